package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.platform.linux.syscall.Times;
import io.lockstep.replicator.model.AttributeChange;
import java.util.OptionalLong;

/**
 * Sets owner, permissions and times, in this order: a new owner clears set-id bits and all three
 * change the time of status. Each method returns 0 or an error number.
 */
final class Attributes {
  private static final int UTIME_OMIT = (1 << 30) - 2;
  private static final int KEEP = -1;

  private Attributes() {}

  /** Changes what {@code name} in {@code directory} is, without following a link. */
  static int set(Scratch scratch, int directory, long name, AttributeChange change) {
    int errno = 0;
    if (owned(change)) {
      int owner = change.owner().orElse(KEEP);
      int group = change.group().orElse(KEEP);
      errno = Libc.errno(Libc.fchownat(directory, name, owner, group, Libc.AT_SYMLINK_NOFOLLOW));
    }
    if (errno == 0 && change.permissions().isPresent()) {
      errno = permissions(scratch, directory, name, change.permissions().getAsInt());
    }
    if (errno == 0 && timed(change)) {
      long times = times(scratch, change);
      errno = Libc.errno(Libc.utimensat(directory, name, times, Libc.AT_SYMLINK_NOFOLLOW));
    }
    return errno;
  }

  /** Changes the open file {@code fd}. */
  static int set(Scratch scratch, int fd, AttributeChange change) {
    int errno = 0;
    if (owned(change)) {
      errno = Libc.errno(Libc.fchown(fd, change.owner().orElse(KEEP), change.group().orElse(KEEP)));
    }
    if (errno == 0 && change.permissions().isPresent()) {
      errno = Libc.errno(Libc.fchmod(fd, change.permissions().getAsInt()));
    }
    if (errno == 0 && timed(change)) {
      errno = Libc.errno(Libc.futimens(fd, times(scratch, change)));
    }
    return errno;
  }

  /** A symbolic link has no permissions of its own on Linux: its are left alone. */
  private static int permissions(Scratch scratch, int directory, long name, int permissions) {
    int flags = Libc.AT_SYMLINK_NOFOLLOW;
    int errno =
        Libc.errno(Libc.syscall(Architecture.FCHMODAT2, directory, name, permissions, flags, 0, 0));
    return switch (errno) {
      case Errno.ENOSYS -> throughDescriptor(scratch, directory, name, permissions);
      case Errno.EOPNOTSUPP -> 0;
      default -> errno;
    };
  }

  /** Before Linux 6.6: a descriptor that is only a place, and its name in /proc. */
  static int throughDescriptor(Scratch scratch, int directory, long name, int permissions) {
    int place = Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
    int fd = Libc.openat(directory, name, place, 0);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      return errno;
    }
    errno = Libc.errno(Statuses.ask(scratch, fd));
    if (errno == 0 && (Statuses.mode(scratch) & Statuses.S_IFMT) != 0120000) {
      errno = Libc.errno(Libc.chmod(scratch.descriptorPath(fd, new byte[0]), permissions));
    }
    Libc.close(fd);
    return errno;
  }

  private static boolean owned(AttributeChange change) {
    return change.owner().isPresent() || change.group().isPresent();
  }

  private static boolean timed(AttributeChange change) {
    return change.accessNs().isPresent() || change.modifyNs().isPresent();
  }

  static long times(Scratch scratch, AttributeChange change) {
    time(scratch, 0, change.accessNs());
    return time(scratch, 16, change.modifyNs());
  }

  private static long time(Scratch scratch, int offset, OptionalLong ns) {
    long value = ns.orElse(0);
    scratch.argument(offset, Times.seconds(value));
    return scratch.argument(offset + 8, ns.isPresent() ? Times.nanos(value) : UTIME_OMIT);
  }
}
