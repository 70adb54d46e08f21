package io.lockstep.platform.linux.oracle;

import io.lockstep.platform.linux.oracle.Calls.User;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The classes of arguments that random calls are made of; the plainest of each come first. */
final class Arguments {
  static final User[] USERS = {
    User.ROOT, new User(1001, 1001, 2000), new User(1002, 1002, -1), new User(1001, 2000, -1)
  };
  static final int[] UMASKS = {0, 022, 077};

  private static final String[] NAMES = {
    "a",
    "b",
    "d",
    "d/a",
    "d/b",
    "e",
    "e/a",
    "d/f",
    "d/f/a",
    "l",
    "l/a",
    "missing/x",
    "a/x",
    "a/",
    "d/",
    ".",
    "d/..",
    "",
    "d/.",
    "x".repeat(255),
    "y".repeat(256),
    "d/\u00ff\u00fe\n\u0001"
  };

  private static final int CREATE = 0x40;
  private static final int EXCLUSIVE = 0x80;
  private static final int TRUNCATE = 0x200;
  private static final int APPEND = 0x400;
  private static final int NO_FOLLOW = 0x20000;
  private static final int DIRECTORY = 0x10000;
  private static final int TEMPORARY = 0x410000;
  private static final int PLACE = 0x200000;

  /** No fifo is waited for. */
  private static final int NO_WAIT = 0x800;

  private static final int[] OPEN = {
    2 | CREATE,
    0,
    1,
    2 | CREATE | EXCLUSIVE,
    1 | CREATE | TRUNCATE,
    2 | APPEND | CREATE,
    DIRECTORY,
    NO_FOLLOW,
    TEMPORARY | 2,
    TEMPORARY | 2 | EXCLUSIVE,
    TEMPORARY,
    PLACE,
    PLACE | NO_FOLLOW,
    2 | CREATE | 0x101000,
    1 | CREATE | 0x1000,
    TRUNCATE,
    2 | CREATE | DIRECTORY,
    1 | CREATE | EXCLUSIVE | NO_FOLLOW,
    2 | TRUNCATE | APPEND,
    0x40000
  };

  static final int[] MODES = {
    0644, 0755, 0600, 0, 0777, 04755, 02775, 01777, 06711, 02644, 0440, 07777, 0111
  };
  static final long[] SIZES = {1, 0, 10, 100, 4096, 4097, 65536, 5000, 12288, 1 << 20};
  static final long[] OFFSETS = {
    0, 1, 4096, 4095, 10000, 65536, 1 << 20, (1L << 26) + 7, -1, Long.MAX_VALUE
  };
  static final long[] LENGTHS = {
    0, 1, 4096, 5000, 100_000, 3L << 20, (40L << 20) + 1, -1, 1L << 45, Long.MAX_VALUE
  };
  static final int[] OWNERS = {-1, 0, 1001, 1002, 2000, 77};

  /** Without those that the kernel refuses for FUSE before it looks at the range. */
  static final int[] ALLOCATE = {0, 1, 3, 0x10, 0x11};

  static final int[] WHENCE = {0, 1, 2, 3, 4, 5};
  static final int[] DEVICES = {0, 0x103, (259 << 8) | 7 | (0x112 << 20)};
  static final int[] KINDS = {0100000, 0010000, 0140000, 0020000, 0060000, 0, 0040000};

  private static final String[] ATTRIBUTES = {
    "user.a",
    "user.b",
    "trusted.t",
    "security.s",
    "system.posix_acl_access",
    "system.posix_acl_default",
    "nothing.x",
    "user.",
    "system.other",
    "user." + "n".repeat(250),
    "user." + "n".repeat(251),
    ""
  };

  /**
   * For {@code UTIMENSAT}: seconds and nanoseconds, twice; an empty one is no argument at all. None
   * is after 2262, which Lockstep does not keep.
   */
  static final long[][] TIMES = {
    {1_000_000_000, 123_456_789, 1_100_000_000, 987_654_321},
    {},
    {0, (1 << 30) - 1, 0, (1 << 30) - 2},
    {0, (1 << 30) - 2, 0, (1 << 30) - 1},
    {0, (1 << 30) - 2, 0, (1 << 30) - 2},
    {-5, 250_000_000, 0, 0},
    {1L << 32, 1, 1L << 33, 2},
    {0, 1_000_000_000, 0, 0},
    {0, (1 << 30) - 2, 1_200_000_000, 1}
  };

  private Arguments() {}

  static byte[] path(int index) {
    String name = NAMES[index < NAMES.length ? index : index % 9];
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  static int open(int index) {
    int flags = OPEN[index % OPEN.length];
    return (flags & PLACE) != 0 ? flags : flags | NO_WAIT;
  }

  /** Not the link of /proc itself: it tells what else is open in this process. */
  static int reopen(int index) {
    int flags = open(index);
    return (flags & PLACE) != 0 ? flags & ~NO_FOLLOW : flags;
  }

  static byte[] attribute(int index) {
    return ATTRIBUTES[index % ATTRIBUTES.length].getBytes(StandardCharsets.US_ASCII);
  }

  /** A value that suits the attribute: for ACLs a real one, mostly. */
  static byte[] value(int attribute, int index) {
    boolean acl = ATTRIBUTES[attribute % ATTRIBUTES.length].startsWith("system.posix");
    if (acl && index % 5 != 4) {
      return acl(index);
    }
    byte[] value = new byte[new int[] {1, 0, 100, 3000, 5000, 70_000}[index % 6]];
    Arrays.fill(value, (byte) index);
    return value;
  }

  private static byte[] acl(int index) {
    int[][][] lists = {
      {{1, 6, -1}, {2, 7, 1001}, {4, 5, -1}, {16, 7, -1}, {32, 0, -1}},
      {{1, 7, -1}, {4, 5, -1}, {32, 4, -1}},
      {{1, 6, -1}, {4, 4, -1}, {8, 6, 2000}, {16, 2, -1}, {32, 4, -1}},
      {{1, 7, -1}, {2, 4, 1002}, {4, 0, -1}, {32, 0, -1}}
    };
    int[][] list = lists[index % lists.length];
    ByteBuffer acl = ByteBuffer.allocate(4 + 8 * list.length).order(ByteOrder.LITTLE_ENDIAN);
    acl.putInt(2);
    for (int[] entry : list) {
      acl.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
    }
    return acl.array();
  }
}
