package io.lockstep.platform.linux.oracle;

import io.lockstep.platform.linux.oracle.Calls.User;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** One of the trees that a random sequence is played on, and what is open in it. */
final class Side implements AutoCloseable {
  private static final int SLOTS = 4;
  private static final int NO_FOLLOW = 0x100;
  private static final int ROOM = 1 << 21;

  private final Calls calls;
  private final int root;
  private final int[] open = new int[SLOTS];
  private final ByteBuffer memory = NativeMemory.allocate(ROOM);
  private final long base = NativeMemory.address(memory);
  private int used;

  Side(Path directory, Calls calls) {
    this.calls = calls;
    Arrays.fill(open, -1);
    long fd = Calls.call(Calls.OPENAT, Libc.AT_FDCWD, c(directory.toString()), 0x210000, 0);
    if (fd < 0) {
      throw new IllegalStateException("cannot open " + directory + ": errno " + -fd);
    }
    root = (int) fd;
  }

  /** Makes the call; what it returned, and what is then seen of everything it was about. */
  String perform(Step s) {
    used = 0;
    String result = result(s);
    used = 0;
    return s.kind()
        + " "
        + result
        + " | "
        + Look.at(root, Arguments.path(s.path()))
        + " | "
        + Look.at(root, Arguments.path(s.other()))
        + " | "
        + Look.at(open[s.slot()]);
  }

  private String result(Step s) {
    return switch (s.kind()) {
      case OPEN ->
          opened(s, at(s, Calls.OPENAT, path(s.path()), Arguments.open(s.x()), mode(s.y())));
      case REOPEN ->
          opened(s, call(s, Calls.OPENAT, root, descriptor(s), Arguments.reopen(s.x()), 0));
      case CLOSE -> close(s.slot());
      case MKDIR -> at(s, Calls.MKDIRAT, path(s.path()), mode(s.x())) + "";
      case RMDIR -> at(s, Calls.UNLINKAT, path(s.path()), 0x200) + "";
      case UNLINK -> at(s, Calls.UNLINKAT, path(s.path()), 0) + "";
      case SYMLINK -> call(s, Calls.SYMLINKAT, path(s.other()), root, path(s.path())) + "";
      case LINK -> two(s, Calls.LINKAT, s.x() % 2 == 0 ? 0 : 0x400);
      case LINK_OPEN ->
          call(s, Calls.LINKAT, root, descriptor(s), root, path(s.path()), 0x400) + "";
      case RENAME -> two(s, Calls.RENAMEAT2, s.x() % 4);
      case MKNOD ->
          at(
                  s,
                  Calls.MKNODAT,
                  path(s.path()),
                  pick(Arguments.KINDS, s.x()) | mode(s.y()),
                  pick(Arguments.DEVICES, s.y()))
              + "";
      case CHMOD -> at(s, Calls.FCHMODAT, path(s.path()), mode(s.x())) + "";
      case CHOWN ->
          at(
                  s,
                  Calls.FCHOWNAT,
                  path(s.path()),
                  owner(s.x()),
                  group(s),
                  s.x() % 2 == 0 ? NO_FOLLOW : 0)
              + "";
      case UTIMES ->
          at(s, Calls.UTIMENSAT, path(s.path()), times(s.x()), s.y() % 2L * NO_FOLLOW) + "";
      case ACCESS -> at(s, Calls.FACCESSAT2, path(s.path()), s.x() % 8, 0x200) + "";
      case SETXATTR, GETXATTR, LISTXATTR, REMOVEXATTR, FSETXATTR, FGETXATTR -> attribute(s);
      case READLINK -> bytes(at(s, Calls.READLINKAT, path(s.path()), room(5000), 5000), 5000);
      case TRUNCATE -> call(s, Calls.TRUNCATE, full(s.path()), pick(Arguments.LENGTHS, s.x())) + "";
      case STATUS -> "";
      default -> onOpen(s);
    };
  }

  private String onOpen(Step s) {
    int fd = open[s.slot()];
    long size = pick(Arguments.SIZES, s.x());
    long offset = pick(Arguments.OFFSETS, s.y());
    return switch (s.kind()) {
      case WRITE -> call(s, Calls.WRITE, fd, pattern(s, size), size) + "";
      case PWRITE -> call(s, Calls.PWRITE, fd, pattern(s, size), size, offset) + "";
      case READ -> bytes(call(s, Calls.READ, fd, room(size), size), size);
      case PREAD -> bytes(call(s, Calls.PREAD, fd, room(size), size, offset), size);
      case FTRUNCATE -> call(s, Calls.FTRUNCATE, fd, pick(Arguments.LENGTHS, s.x())) + "";
      case FALLOCATE ->
          call(
                  s,
                  Calls.FALLOCATE,
                  fd,
                  pick(Arguments.ALLOCATE, s.path()),
                  offset,
                  pick(Arguments.LENGTHS, s.x()))
              + "";
      case LSEEK ->
          // places in directories mean something only to the file system that gave them out, and
          // the kernel lets one go anywhere in a file of FUSE
          Look.isDirectory(open[s.slot()])
              ? "-"
              : call(s, Calls.LSEEK, fd, Math.min(offset, 1L << 40), pick(Arguments.WHENCE, s.x()))
                  + "";
      case FCHMOD -> call(s, Calls.FCHMOD, fd, mode(s.x())) + "";
      case FCHOWN -> call(s, Calls.FCHOWN, fd, owner(s.x()), group(s)) + "";
      case FUTIMES -> call(s, Calls.UTIMENSAT, fd, 0, times(s.x()), 0) + "";
      case SYNC -> call(s, s.x() % 2 == 0 ? Calls.FSYNC : Calls.FDATASYNC, fd) + "";
      case LIST -> list(fd);
      case COPY_RANGE ->
          call(
                  s,
                  Calls.COPY_FILE_RANGE,
                  fd,
                  offsetAt(offset),
                  open[(s.slot() + 1) % SLOTS],
                  offsetAt(pick(Arguments.OFFSETS, s.path())),
                  size,
                  0)
              + "";
      case MAPPED_STORE -> mappedStore(s, fd, size);
      default -> throw new IllegalArgumentException(s.toString());
    };
  }

  /** Through a shared mapping of one page; the kernel copies, so that no Java code waits for it. */
  private String mappedStore(Step s, int fd, long size) {
    long map = call(s, Calls.MMAP, 0, 4096, 3, 1, fd, 0);
    if (map < 0) {
      return map + "";
    }
    String result = "not in the file";
    if (Look.size(fd) >= 4096) {
      int[] pipe = pipe();
      int count = (int) Math.min(size, 4096);
      Calls.call(Calls.WRITE, pipe[1], pattern(s, count), count);
      Calls.call(Calls.READ, pipe[0], map + 4096 - count, count);
      result = call(s, Calls.MSYNC, map, 4096, 4) + "";
      Calls.call(Calls.CLOSE, pipe[0]);
      Calls.call(Calls.CLOSE, pipe[1]);
    }
    Calls.call(Calls.MUNMAP, map, 4096);
    return result;
  }

  private int[] pipe() {
    long at = room(8);
    Calls.call(22, at);
    int index = (int) (at - base);
    return new int[] {memory.getInt(index), memory.getInt(index + 4)};
  }

  private String attribute(Step s) {
    long name = text(Arguments.attribute(s.x()));
    byte[] value = Arguments.value(s.x(), s.y());
    int fd = open[s.slot()];
    return switch (s.kind()) {
      case SETXATTR ->
          call(s, Calls.LSETXATTR, full(s.path()), name, text(value), value.length, s.y() % 3) + "";
      case FSETXATTR -> call(s, Calls.FSETXATTR, fd, name, text(value), value.length, 0) + "";
      case GETXATTR ->
          bytes(call(s, Calls.LGETXATTR, full(s.path()), name, room(70_000), limit(s)), 70_000);
      case FGETXATTR -> bytes(call(s, Calls.FGETXATTR, fd, name, room(70_000), limit(s)), 70_000);
      case REMOVEXATTR -> call(s, Calls.LREMOVEXATTR, full(s.path()), name) + "";
      default -> {
        long into = room(70_000);
        long length = call(s, Calls.LLISTXATTR, full(s.path()), into, 70_000);
        yield length < 0 ? length + "" : names(into, length).toString();
      }
    };
  }

  private static long limit(Step s) {
    return s.y() % 3 == 2 ? 1 : 70_000;
  }

  /** Lockstep's own is left out, should a mount show it: the final comparison would tell. */
  private Set<String> names(long address, long length) {
    byte[] all = new byte[(int) length];
    memory.get((int) (address - base), all);
    TreeSet<String> names = new TreeSet<>();
    for (String name : new String(all, StandardCharsets.ISO_8859_1).split("\0")) {
      names.add(name);
    }
    return names;
  }

  private String list(int fd) {
    Calls.call(Calls.LSEEK, fd, 0, 0);
    TreeSet<String> names = new TreeSet<>();
    long into = room(65536);
    int start = (int) (into - base);
    while (true) {
      long read = Calls.call(Calls.GETDENTS64, fd, into, 65536);
      if (read <= 0) {
        return read + " " + names;
      }
      for (int at = start; at < start + read; at += memory.getShort(at + 16)) {
        int end = at + 19;
        while (memory.get(end) != 0) {
          end++;
        }
        byte[] name = new byte[end - at - 19];
        memory.get(at + 19, name);
        names.add(new String(name, StandardCharsets.ISO_8859_1) + ":" + memory.get(at + 18));
      }
    }
  }

  private String opened(Step s, long fd) {
    if (fd < 0) {
      return fd + "";
    }
    close(s.slot());
    open[s.slot()] = (int) fd;
    return "open";
  }

  private String close(int slot) {
    if (open[slot] < 0) {
      return "closed";
    }
    long result = Calls.call(Calls.CLOSE, open[slot]);
    open[slot] = -1;
    return result + "";
  }

  private long call(Step s, int number, long... arguments) {
    User user = Arguments.USERS[s.user() % Arguments.USERS.length];
    return calls.as(user, Arguments.UMASKS[s.other() % 3], number, arguments);
  }

  private long at(Step s, int number, long... arguments) {
    long[] all = new long[arguments.length + 1];
    all[0] = root;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return call(s, number, all);
  }

  private String two(Step s, int number, int flags) {
    return call(s, number, root, path(s.path()), root, path(s.other()), flags) + "";
  }

  private long path(int index) {
    return text(Arguments.path(index));
  }

  /** For the calls without a directory: through the directory's descriptor. */
  private long full(int index) {
    byte[] path = Arguments.path(index);
    byte[] prefix = ("/proc/self/fd/" + root + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(prefix, prefix.length + path.length);
    System.arraycopy(path, 0, all, prefix.length, path.length);
    return text(path.length == 0 ? path : all);
  }

  private long descriptor(Step s) {
    return c("/proc/self/fd/" + open[s.slot()]);
  }

  private long c(String text) {
    return text(text.getBytes(StandardCharsets.UTF_8));
  }

  private long text(byte[] bytes) {
    long address = room(bytes.length + 1);
    memory.put((int) (address - base), bytes);
    memory.put((int) (address - base) + bytes.length, (byte) 0);
    return address;
  }

  private long room(long bytes) {
    int at = used;
    used += (int) (bytes + 15) / 16 * 16;
    return base + at;
  }

  private long pattern(Step s, long size) {
    long address = room(size);
    for (int i = 0; i < size; i++) {
      memory.put((int) (address - base) + i, (byte) (s.other() + i / 7 + 1));
    }
    return address;
  }

  private long offsetAt(long offset) {
    if (offset < 0) {
      return 0;
    }
    long address = room(8);
    memory.putLong((int) (address - base), offset);
    return address;
  }

  private long times(int index) {
    long[] times = Arguments.TIMES[index % Arguments.TIMES.length];
    if (times.length == 0) {
      return 0;
    }
    long address = room(32);
    for (int i = 0; i < 4; i++) {
      memory.putLong((int) (address - base) + 8 * i, times[i]);
    }
    return address;
  }

  /** What a call returned, and the bytes that it wrote last. */
  private String bytes(long result, long room) {
    if (result <= 0) {
      return result + "";
    }
    int start = used - (int) (room + 15) / 16 * 16;
    int hash = 0;
    for (int i = 0; i < result && result <= room; i++) {
      hash = 31 * hash + memory.get(start + i);
    }
    return result + " #" + hash;
  }

  private static int mode(int index) {
    return Arguments.MODES[index % Arguments.MODES.length];
  }

  /** Never with no owner either: the kernel answers that for FUSE without asking. */
  private static int group(Step s) {
    int group = owner(s.y());
    return group == -1 && owner(s.x()) == -1 ? 0 : group;
  }

  private static int owner(int index) {
    return Arguments.OWNERS[index % Arguments.OWNERS.length];
  }

  private static int pick(int[] table, int index) {
    return table[index % table.length];
  }

  private static long pick(long[] table, int index) {
    return table[index % table.length];
  }

  @Override
  public void close() {
    for (int slot = 0; slot < SLOTS; slot++) {
      close(slot);
    }
    Calls.call(Calls.CLOSE, root);
  }
}
