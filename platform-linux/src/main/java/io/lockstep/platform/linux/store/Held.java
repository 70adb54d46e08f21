package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.StoreException;

/**
 * What can be done to a file by a descriptor that is only a place (O_PATH): everything but its
 * data, by the descriptor's name in /proc. It costs no open file of the kind (a device, a fifo) and
 * works for every kind.
 */
final class Held {
  /** For messages. */
  static final String WHAT = "a file that is open or held";

  private static final byte[] ITSELF = {};

  private Held() {}

  /** Where the extended attributes of {@code fd} are. */
  static Xattrs.Place path(int fd) {
    return new Xattrs.Place(Scratch.get().descriptorPath(fd, ITSELF), true);
  }

  /** Opens the file or directory again; directories only to read. */
  static PosixFile reopen(Scratch scratch, int fd, Access access) throws StoreException {
    int errno = Libc.errno(Statuses.ask(scratch, fd));
    if (errno != 0) {
      throw Errno.exception(errno, "status of " + WHAT);
    }
    FileKind kind = Statuses.kind(Statuses.mode(scratch));
    if (kind != FileKind.FILE && (kind != FileKind.DIRECTORY || access != Access.READ)) {
      throw Errno.exception(Errno.EINVAL, "open again " + WHAT + ": a " + kind);
    }
    int how = access == Access.READ ? Libc.O_RDONLY : Libc.O_RDWR;
    long path = scratch.descriptorPath(fd, ITSELF);
    int opened = Libc.openat(Libc.AT_FDCWD, path, how | Libc.O_CLOEXEC | Libc.O_NOATIME, 0);
    errno = Libc.errno(opened);
    if (errno != 0) {
      throw Errno.exception(errno, "open again " + WHAT);
    }
    return kind == FileKind.DIRECTORY ? PosixFile.directory(opened, false) : new PosixFile(opened);
  }

  /** As {@link Attributes#set(Scratch, int, AttributeChange)}; 0 or an error number. */
  static int set(Scratch scratch, int fd, AttributeChange change) {
    int errno = 0;
    if (change.owner().isPresent() || change.group().isPresent()) {
      int owner = change.owner().orElse(-1);
      int group = change.group().orElse(-1);
      errno = Libc.errno(Libc.fchownat(fd, scratch.empty(), owner, group, Libc.AT_EMPTY_PATH));
    }
    if (errno == 0 && change.permissions().isPresent()) {
      long path = scratch.descriptorPath(fd, ITSELF);
      errno = Libc.errno(Libc.chmod(path, change.permissions().getAsInt()));
      errno = errno == Errno.EOPNOTSUPP ? 0 : errno;
    }
    if (errno == 0 && (change.accessNs().isPresent() || change.modifyNs().isPresent())) {
      long times = Attributes.times(scratch, change);
      long path = scratch.descriptorPath(fd, ITSELF);
      errno = Libc.errno(Libc.utimensat(Libc.AT_FDCWD, path, times, 0));
    }
    return errno;
  }
}
