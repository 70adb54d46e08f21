package io.lockstep.platform.linux.oracle;

import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * What is seen of a file. A time that somebody set is told to the nanosecond; one that a call left
 * is told as that, since no two calls happen at one time.
 */
final class Look {
  private static final int NO_FOLLOW = 0x100;
  private static final int EMPTY_PATH = 0x1000;
  private static final long DAY_SECONDS = 86_400;

  private Look() {}

  static String at(int directory, byte[] name) {
    ByteBuffer path = NativeMemory.allocate(name.length + 1).put(0, name);
    return look(directory, path, NO_FOLLOW);
  }

  static String at(int fd) {
    return fd < 0 ? "closed" : look(fd, NativeMemory.allocate(1), EMPTY_PATH);
  }

  static long size(int fd) {
    ByteBuffer into = status(fd);
    return into == null ? -1 : into.getLong(40);
  }

  static boolean isDirectory(int fd) {
    ByteBuffer into = status(fd);
    return into != null && (into.getShort(28) & 0170000) == 0040000;
  }

  /** Of an open file; null when it cannot be had. */
  private static ByteBuffer status(int fd) {
    ByteBuffer into = NativeMemory.allocate(256);
    ByteBuffer path = NativeMemory.allocate(1);
    long result =
        Calls.call(
            Calls.STATX,
            fd,
            NativeMemory.address(path),
            EMPTY_PATH,
            0x7ff,
            NativeMemory.address(into));
    return result < 0 ? null : into;
  }

  private static String look(int directory, ByteBuffer path, int flags) {
    ByteBuffer s = NativeMemory.allocate(256);
    long result =
        Calls.call(
            Calls.STATX,
            directory,
            NativeMemory.address(path),
            flags,
            0x7ff,
            NativeMemory.address(s));
    if (result < 0) {
      return result + "";
    }
    int mode = s.getShort(28) & 0xffff;
    boolean directoryItself = (mode & 0170000) == 0040000;
    return String.format(
        "%o %d:%d links=%d size=%s device=%x:%x modified=%s read=%s",
        mode,
        s.getInt(20),
        s.getInt(24),
        s.getInt(16),
        directoryItself ? "-" : s.getLong(40),
        s.getInt(128),
        s.getInt(132),
        time(s, 112),
        time(s, 64));
  }

  private static String time(ByteBuffer s, int at) {
    long seconds = s.getLong(at);
    boolean now = Math.abs(Instant.now().getEpochSecond() - seconds) < DAY_SECONDS;
    return now ? "now" : seconds + "." + s.getInt(at + 8);
  }
}
