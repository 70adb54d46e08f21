package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.platform.linux.syscall.Times;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;

/** Status by statx(2), whose structure is the same on every processor. */
final class Statuses {
  static final int S_IFMT = 0170000;
  static final int S_IFREG = 0100000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int NO_FOLLOW = Libc.AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

  private Statuses() {}

  /** Asks for what {@code name} in {@code directory} is; 0 or -1. */
  static int ask(Scratch scratch, int directory, long name) {
    return Libc.statx(directory, name, NO_FOLLOW, STATX_BASIC_STATS, scratch.statx());
  }

  /** Asks for what {@code fd} is; 0 or -1. */
  static int ask(Scratch scratch, int fd) {
    return Libc.statx(fd, scratch.empty(), Libc.AT_EMPTY_PATH, STATX_BASIC_STATS, scratch.statx());
  }

  /** Kind and permissions as the last {@link #ask} found them. */
  static int mode(Scratch scratch) {
    return scratch.statxShort(28);
  }

  static int owner(Scratch scratch) {
    return scratch.statxInt(20);
  }

  static int group(Scratch scratch) {
    return scratch.statxInt(24);
  }

  /** The number of the file system that the file is on. */
  static long fileSystem(Scratch scratch) {
    return ((long) scratch.statxInt(136) << 32) | (scratch.statxInt(140) & 0xffffffffL);
  }

  /** All that the last {@link #ask} found. */
  static FileStatus status(Scratch s) {
    int mode = mode(s);
    return new FileStatus(
        kind(mode),
        mode & 07777,
        owner(s),
        group(s),
        s.statxInt(16),
        s.statxLong(40),
        s.statxLong(48),
        s.statxInt(4),
        device(s.statxInt(128), s.statxInt(132)),
        s.statxLong(32),
        time(s, 64),
        time(s, 112),
        time(s, 96));
  }

  static FileKind kind(int mode) {
    return switch (mode & S_IFMT) {
      case 0040000 -> FileKind.DIRECTORY;
      case 0120000 -> FileKind.SYMLINK;
      case 0010000 -> FileKind.FIFO;
      case 0140000 -> FileKind.SOCKET;
      case 0020000 -> FileKind.CHARACTER_DEVICE;
      case 0060000 -> FileKind.BLOCK_DEVICE;
      default -> FileKind.FILE;
    };
  }

  /** The type bits of a mode. */
  static int type(FileKind kind) {
    return switch (kind) {
      case FILE -> S_IFREG;
      case DIRECTORY -> 0040000;
      case SYMLINK -> 0120000;
      case FIFO -> 0010000;
      case SOCKET -> 0140000;
      case CHARACTER_DEVICE -> 0020000;
      case BLOCK_DEVICE -> 0060000;
    };
  }

  /** The kernel's own encoding: 12 bits of major, 20 of minor number. */
  private static long device(int major, int minor) {
    return (minor & 0xffL) | ((long) major << 8) | ((minor & ~0xffL) << 12);
  }

  private static long time(Scratch s, int offset) {
    return Times.ns(s.statxLong(offset), s.statxInt(offset + 8));
  }
}
