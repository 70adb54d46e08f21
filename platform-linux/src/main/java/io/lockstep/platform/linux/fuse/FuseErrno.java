package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;

/** Error numbers that the kernel is answered with. */
final class FuseErrno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  static final int ENODEV = 19;
  static final int EINVAL = 22;
  static final int ENOTTY = 25;
  static final int ERANGE = 34;
  static final int ENAMETOOLONG = 36;
  static final int ENOSYS = 38;
  static final int ENODATA = 61;
  static final int EOPNOTSUPP = 95;
  static final int ECONNABORTED = 103;
  static final int ESTALE = 116;

  private FuseErrno() {}

  /** The kernel's own code where there was one, else that of the portable reason. */
  static int of(StoreException refusal) {
    int code = refusal.code();
    return code == 0 || code == EBADF ? of(refusal.failure()) : code;
  }

  private static int of(Failure failure) {
    return switch (failure) {
      case NOT_FOUND -> ENOENT;
      case EXISTS -> EEXIST;
      case NOT_A_DIRECTORY -> 20;
      case IS_A_DIRECTORY -> 21;
      case NOT_EMPTY -> 39;
      case NO_SPACE -> 28;
      case QUOTA -> 122;
      case NO_PERMISSION -> EACCES;
      case NOT_PERMITTED -> EPERM;
      case READ_ONLY -> 30;
      case TOO_LARGE -> 27;
      case NAME_TOO_LONG -> ENAMETOOLONG;
      case TOO_MANY_LINKS -> 31;
      case TOO_MANY_OPEN -> 24;
      case CROSSES_STORES -> 18;
      case INVALID -> EINVAL;
      case NOT_SUPPORTED -> EOPNOTSUPP;
      case NO_ATTRIBUTE -> ENODATA;
      case ATTRIBUTE_TOO_LARGE -> ERANGE;
      case NO_MEMORY -> 12;
      case BUSY -> EBUSY;
      case STALE -> ESTALE;
      case LOOP -> 40;
      case NO_SUCH_RANGE -> 6;
      case IO -> EIO;
    };
  }
}
