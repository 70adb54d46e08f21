package io.lockstep.platform.linux.syscall;

import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;

/** Error numbers of Linux and the portable reasons that they stand for, in both directions. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EOVERFLOW = 75;
  public static final int EOPNOTSUPP = 95;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETDOWN = 100;
  public static final int ECONNABORTED = 103;
  public static final int ENOTCONN = 107;
  public static final int ESTALE = 116;
  public static final int EDQUOT = 122;

  private Errno() {}

  /** The portable reason for an error number; {@code IO} for what has no other. */
  public static Failure failure(int errno) {
    return switch (errno) {
      case ENOENT -> Failure.NOT_FOUND;
      case EEXIST -> Failure.EXISTS;
      case ENOTDIR -> Failure.NOT_A_DIRECTORY;
      case EISDIR -> Failure.IS_A_DIRECTORY;
      case ENOTEMPTY -> Failure.NOT_EMPTY;
      case ENOSPC -> Failure.NO_SPACE;
      case EDQUOT -> Failure.QUOTA;
      case EACCES -> Failure.NO_PERMISSION;
      case EPERM -> Failure.NOT_PERMITTED;
      case EROFS -> Failure.READ_ONLY;
      case EFBIG, EOVERFLOW -> Failure.TOO_LARGE;
      case ENAMETOOLONG -> Failure.NAME_TOO_LONG;
      case EMLINK -> Failure.TOO_MANY_LINKS;
      case EMFILE, ENFILE -> Failure.TOO_MANY_OPEN;
      case EXDEV -> Failure.CROSSES_STORES;
      case EINVAL -> Failure.INVALID;
      case EOPNOTSUPP, ENOSYS -> Failure.NOT_SUPPORTED;
      case ENODATA -> Failure.NO_ATTRIBUTE;
      case E2BIG, ERANGE -> Failure.ATTRIBUTE_TOO_LARGE;
      case ENOMEM -> Failure.NO_MEMORY;
      case EBUSY, ETXTBSY -> Failure.BUSY;
      case ESTALE, EBADF -> Failure.STALE;
      case ELOOP -> Failure.LOOP;
      case ENXIO -> Failure.NO_SUCH_RANGE;
      default -> Failure.IO;
    };
  }

  /** The error number that an application shall see for {@code failure}. */
  public static int of(Failure failure) {
    return switch (failure) {
      case NOT_FOUND -> ENOENT;
      case EXISTS -> EEXIST;
      case NOT_A_DIRECTORY -> ENOTDIR;
      case IS_A_DIRECTORY -> EISDIR;
      case NOT_EMPTY -> ENOTEMPTY;
      case NO_SPACE -> ENOSPC;
      case QUOTA -> EDQUOT;
      case NO_PERMISSION -> EACCES;
      case NOT_PERMITTED -> EPERM;
      case READ_ONLY -> EROFS;
      case TOO_LARGE -> EFBIG;
      case NAME_TOO_LONG -> ENAMETOOLONG;
      case TOO_MANY_LINKS -> EMLINK;
      case TOO_MANY_OPEN -> EMFILE;
      case CROSSES_STORES -> EXDEV;
      case INVALID -> EINVAL;
      case NOT_SUPPORTED -> EOPNOTSUPP;
      case NO_ATTRIBUTE -> ENODATA;
      case ATTRIBUTE_TOO_LARGE -> ERANGE;
      case NO_MEMORY -> ENOMEM;
      case BUSY -> EBUSY;
      case STALE -> ESTALE;
      case LOOP -> ELOOP;
      case NO_SUCH_RANGE -> ENXIO;
      case IO -> EIO;
    };
  }

  /**
   * The error number that an application shall see: the kernel's own where there was one. A closed
   * descriptor of ours is not the application's mistake, so EBADF becomes ESTALE.
   */
  public static int of(StoreException refusal) {
    int code = refusal.code();
    return code == 0 || code == EBADF ? of(refusal.failure()) : code;
  }

  /** What {@code errno} means, for messages. */
  public static String text(int errno) {
    String words =
        switch (errno) {
          case EPERM -> "operation not permitted";
          case EACCES -> "permission denied";
          case EIO -> "input/output error of the device or file system";
          case ENODEV -> "no such device";
          case EADDRNOTAVAIL -> "address not available";
          case ENETDOWN -> "network is down";
          case ECONNABORTED -> "connection aborted";
          case ENOTCONN -> "the mount is dead: nobody serves it";
          case EINTR -> "interrupted";
          case EAGAIN -> "try again";
          default -> failure(errno).name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        };
    return words + " (errno " + errno + ")";
  }

  /** A refusal by the kernel while doing {@code what}. */
  public static StoreException exception(int errno, String what) {
    return new StoreException(failure(errno), errno, what + ": " + text(errno));
  }
}
