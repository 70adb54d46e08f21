package io.lockstep.platform.linux.syscall;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One thread's memory for the arguments of system calls, so that a call allocates nothing. Valid
 * until the same thread's next use of the same part.
 */
public final class Scratch {
  /** Room for one path and its end, one more byte than any path may have. */
  private static final int PATH_BYTES = 4160;

  private static final int STATX = 3 * PATH_BYTES;
  private static final int STATX_BYTES = 256;
  private static final int ARGUMENTS = STATX + STATX_BYTES;
  private static final int ARGUMENT_BYTES = 128;
  private static final int VALUE = ARGUMENTS + ARGUMENT_BYTES;
  private static final int VALUE_BYTES = 64;
  private static final int EMPTY = VALUE + VALUE_BYTES;
  private static final int DOT = EMPTY + 8;
  private static final int ATTRIBUTE_NAME = DOT + 8;
  private static final int ATTRIBUTE_NAME_BYTES = 264;
  private static final int SIZE = ATTRIBUTE_NAME + ATTRIBUTE_NAME_BYTES;
  private static final int LARGE_BYTES = 128 * 1024;
  private static final byte[] DESCRIPTORS = "/proc/self/fd/".getBytes(StandardCharsets.US_ASCII);

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final ByteBuffer memory = NativeMemory.allocate(SIZE);
  private final long base = NativeMemory.address(memory);
  private ByteBuffer large;

  private Scratch() {
    memory.put(DOT, (byte) '.');
  }

  /** The calling thread's. */
  public static Scratch get() {
    return OF_THREAD.get();
  }

  /** Writes {@code path} into slot 0, 1 or 2 with a NUL behind it; returns its address. */
  public long path(int slot, byte[] path) {
    if (path.length >= PATH_BYTES) {
      throw new IllegalArgumentException("path of " + path.length + " bytes");
    }
    int at = slot * PATH_BYTES;
    memory.put(at, path, 0, path.length);
    memory.put(at + path.length, (byte) 0);
    return base + at;
  }

  /** As {@link #path(int, byte[])} for text, in UTF-8. */
  public long path(int slot, String path) {
    return path(slot, path.getBytes(StandardCharsets.UTF_8));
  }

  /** Puts a NUL in place of byte {@code index} of slot {@code slot}; returns the address after. */
  public long cut(int slot, int index) {
    int at = slot * PATH_BYTES + index;
    memory.put(at, (byte) 0);
    return base + at + 1;
  }

  /** Address of slot {@code slot}. */
  public long slot(int slot) {
    return base + (long) slot * PATH_BYTES;
  }

  /**
   * Writes {@code /proc/self/fd/N}, and {@code /name} unless {@code name} is empty, into slot 2;
   * returns its address.
   */
  public long descriptorPath(int fd, byte[] name) {
    int at = 2 * PATH_BYTES;
    memory.put(at, DESCRIPTORS);
    at += DESCRIPTORS.length;
    int digits = 1;
    for (int rest = fd / 10; rest > 0; rest /= 10) {
      digits++;
    }
    for (int i = digits - 1, rest = fd; i >= 0; i--, rest /= 10) {
      memory.put(at + i, (byte) ('0' + rest % 10));
    }
    at += digits;
    if (name.length > 0) {
      memory.put(at++, (byte) '/');
      memory.put(at, name, 0, name.length);
      at += name.length;
    }
    memory.put(at, (byte) 0);
    return slot(2);
  }

  /** Address of an empty path. */
  public long empty() {
    return base + EMPTY;
  }

  /** Address of the path {@code "."}. */
  public long dot() {
    return base + DOT;
  }

  /** Writes the name of an extended attribute; returns its address. */
  public long attributeName(byte[] name) {
    memory.put(ATTRIBUTE_NAME, name, 0, name.length);
    memory.put(ATTRIBUTE_NAME + name.length, (byte) 0);
    return base + ATTRIBUTE_NAME;
  }

  /** Address of room for a struct statx. */
  public long statx() {
    return base + STATX;
  }

  /** Writes a 64-bit argument at byte {@code offset}; returns the address of the first one. */
  public long argument(int offset, long value) {
    memory.putLong(ARGUMENTS + offset, value);
    return base + ARGUMENTS;
  }

  /** Address of room for a value of 64 bytes. */
  public long value() {
    return base + VALUE;
  }

  /** The bytes at {@link #statx}. */
  public long statxLong(int offset) {
    return memory.getLong(STATX + offset);
  }

  /** As {@link #statxLong}, 32 bits. */
  public int statxInt(int offset) {
    return memory.getInt(STATX + offset);
  }

  /** As {@link #statxLong}, 16 bits. */
  public int statxShort(int offset) {
    return memory.getShort(STATX + offset) & 0xffff;
  }

  /** The bytes at {@link #value}, in the machine's order. */
  public long valueLong(int offset) {
    return memory.getLong(VALUE + offset);
  }

  /** Sets bytes at {@link #value}, in the machine's order. */
  public void valueLong(int offset, long value) {
    memory.putLong(VALUE + offset, value);
  }

  /** Room of 128 KiB, made when first asked for. */
  public ByteBuffer large() {
    if (large == null) {
      large = NativeMemory.allocate(LARGE_BYTES);
    }
    return large;
  }
}
