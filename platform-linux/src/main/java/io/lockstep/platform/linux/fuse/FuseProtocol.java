package io.lockstep.platform.linux.fuse;

/** Numbers of {@code linux/fuse.h}, protocol 7. */
final class FuseProtocol {
  static final int MAJOR = 7;

  /** The newest minor version that the codecs know. */
  static final int MINOR = 38;

  /** From here on, which is Linux 6.18, the kernel knows FUSE_NOTIFY_PRUNE. */
  static final int PRUNE_MINOR = 45;

  /** Linux 6.18: the first whose queues for each processor are used, though 6.14 has them. */
  static final int QUEUES_MINOR = 45;

  /** Linux 4.18. */
  static final int OLDEST_MINOR = 27;

  static final long ROOT = 1;

  static final int LOOKUP = 1;
  static final int FORGET = 2;
  static final int GETATTR = 3;
  static final int SETATTR = 4;
  static final int READLINK = 5;
  static final int SYMLINK = 6;
  static final int MKNOD = 8;
  static final int MKDIR = 9;
  static final int UNLINK = 10;
  static final int RMDIR = 11;
  static final int RENAME = 12;
  static final int LINK = 13;
  static final int OPEN = 14;
  static final int READ = 15;
  static final int WRITE = 16;
  static final int STATFS = 17;
  static final int RELEASE = 18;
  static final int FSYNC = 20;
  static final int SETXATTR = 21;
  static final int GETXATTR = 22;
  static final int LISTXATTR = 23;
  static final int REMOVEXATTR = 24;
  static final int FLUSH = 25;
  static final int INIT = 26;
  static final int OPENDIR = 27;
  static final int READDIR = 28;
  static final int RELEASEDIR = 29;
  static final int FSYNCDIR = 30;
  static final int ACCESS = 34;
  static final int CREATE = 35;
  static final int INTERRUPT = 36;
  static final int BMAP = 37;
  static final int DESTROY = 38;
  static final int IOCTL = 39;
  static final int POLL = 40;
  static final int BATCH_FORGET = 42;
  static final int FALLOCATE = 43;
  static final int READDIRPLUS = 44;
  static final int RENAME2 = 45;
  static final int LSEEK = 46;
  static final int COPY_FILE_RANGE = 47;
  static final int SYNCFS = 50;
  static final int TMPFILE = 51;
  static final int STATX = 52;
  static final int COPY_FILE_RANGE_64 = 53;

  static final int INIT_ASYNC_READ = 1;
  static final int INIT_BIG_WRITES = 1 << 5;
  static final int INIT_DONT_MASK = 1 << 6;
  static final int INIT_DO_READDIRPLUS = 1 << 13;
  static final int INIT_READDIRPLUS_AUTO = 1 << 14;
  static final int INIT_ASYNC_DIO = 1 << 15;
  static final int INIT_WRITEBACK_CACHE = 1 << 16;
  static final int INIT_PARALLEL_DIROPS = 1 << 18;
  static final int INIT_POSIX_ACL = 1 << 20;
  static final int INIT_MAX_PAGES = 1 << 22;
  static final int INIT_CACHE_SYMLINKS = 1 << 23;
  static final int INIT_HANDLE_KILLPRIV_V2 = 1 << 28;
  static final int INIT_SETXATTR_EXT = 1 << 29;
  static final int INIT_EXT = 1 << 30;

  /** Of the second word of flags. */
  static final int INIT2_OVER_IO_URING = 1 << 9;

  static final int SET_MODE = 1;
  static final int SET_UID = 1 << 1;
  static final int SET_GID = 1 << 2;
  static final int SET_SIZE = 1 << 3;
  static final int SET_ATIME = 1 << 4;
  static final int SET_MTIME = 1 << 5;
  static final int SET_FH = 1 << 6;
  static final int SET_ATIME_NOW = 1 << 7;
  static final int SET_MTIME_NOW = 1 << 8;
  static final int SET_KILL_SUIDGID = 1 << 11;

  static final int GETATTR_FH = 1;
  static final int WRITE_CACHE = 1;
  static final int WRITE_KILL_SUIDGID = 1 << 2;
  static final int FSYNC_DATA_ONLY = 1;
  static final int OPENED_KEEP_CACHE = 1 << 1;
  static final int SETXATTR_ACL_KILL_SGID = 1;
  static final int XATTR_CREATE = 1;
  static final int XATTR_REPLACE = 2;
  static final int RENAME_NOREPLACE = 1;
  static final int RENAME_EXCHANGE = 2;

  /** Not a terminal, which says: no such ioctl. */
  static final int ENOTTY = 25;

  static final int O_ACCESS_MODE = 3;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_EXCL = 0x80;
  static final int O_TRUNC = 0x200;
  static final int O_DSYNC = 0x1000;
  static final int O_SYNC = 0x101000;

  static final int S_KIND = 0xf000;
  static final int S_PERMISSIONS = 07777;
  static final int S_SETUID = 04000;
  static final int S_SETGID = 02000;
  static final int S_GROUP_EXECUTES = 010;

  private FuseProtocol() {}

  /** For messages. */
  static String name(int opcode) {
    return switch (opcode) {
      case ACCESS -> "ACCESS";
      case BMAP -> "BMAP";
      case IOCTL -> "IOCTL";
      case POLL -> "POLL";
      case FLUSH -> "FLUSH";
      case COPY_FILE_RANGE -> "COPY_FILE_RANGE";
      case TMPFILE -> "TMPFILE";
      case STATX -> "STATX";
      default -> "opcode " + opcode;
    };
  }
}
