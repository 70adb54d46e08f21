package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.platform.linux.syscall.Umask;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.util.Optional;

/**
 * Makes new files so that their name appears together with owner, permissions and identity.
 *
 * <p>Were the name there first, an agent killed in between would leave a file that replay can not
 * tell from somebody else's. A regular file is made without a name in its directory (O_TMPFILE) and
 * linked when complete; everything else gets a hidden name in the same directory ({@link
 * HiddenNames}) and is renamed. Both are made in their own directory, so that default ACLs, quota
 * projects and the like are inherited as the kernel does it.
 */
final class Creation {
  private static final int SET_ID_AND_STICKY = 07000;
  private static final int OPEN = Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_NOATIME;

  private final NewFile file;
  private final FileId id;
  private final AttributeChange times;
  private final HiddenNames hidden;
  private int fd = -1;
  private int errno;

  /** Of one file; {@code times} is all that is set beside what {@code file} says. */
  Creation(NewFile file, FileId id, AttributeChange times, HiddenNames hidden) {
    this.hidden = hidden;
    this.file = file;
    this.id = id;
    this.times = times;
  }

  /**
   * Makes the file {@code path}, whose name is in slot 0, in the open directory, once; 0 or an
   * error number.
   */
  int create(Scratch scratch, int directory, long name, TreePath path) throws StoreException {
    if (file.kind() == FileKind.FILE) {
      errno = nameless(scratch, directory, name);
      if (errno != Errno.EOPNOTSUPP && errno != Errno.EISDIR) {
        return errno;
      }
    }
    HiddenNames.Name before = hidden.take(scratch, path.parent());
    if (renamed(scratch, directory, name, before.bytes())) {
      hidden.giveBack(before);
    } else {
      hidden.abandon(before);
    }
    return errno;
  }

  /** What {@link #create} made, open to read and write, where it is a regular file. */
  Optional<OpenFile> file() {
    return fd < 0 ? Optional.empty() : Optional.of(new PosixFile(fd));
  }

  private int nameless(Scratch scratch, int directory, long name) {
    int made = makeNameless(scratch, directory, file);
    int errno = Libc.errno(made);
    if (errno != 0) {
      return errno;
    }
    errno = complete(scratch, made, file);
    if (errno == 0) {
      errno = Attributes.set(scratch, made, times);
    }
    if (errno == 0) {
      errno = publish(scratch, made, directory, name, id);
    }
    return opened(made, errno);
  }

  /** Keeps what is open unless there was an error, which it returns. */
  private int opened(int made, int errno) {
    if (errno == 0) {
      fd = made;
    } else {
      Libc.close(made);
    }
    return errno;
  }

  /** A file in {@code directory} that has no name, open to read and write. */
  static int createNameless(Scratch scratch, int directory, NewFile file, TreePath what)
      throws StoreException {
    int fd = makeNameless(scratch, directory, file);
    int errno = Libc.errno(fd);
    if (errno == 0) {
      errno = complete(scratch, fd, file);
      if (errno != 0) {
        Libc.close(fd);
      }
    }
    if (errno != 0) {
      throw Errno.exception(errno, "make a file without a name in " + what);
    }
    return fd;
  }

  private static int makeNameless(Scratch scratch, int directory, NewFile file) {
    Umask.clear();
    int flags = Libc.O_TMPFILE | OPEN;
    int fd = Libc.openat(directory, scratch.dot(), flags, file.permissions());
    int errno = Libc.errno(fd);
    Umask.restore();
    if (errno != 0) {
      com.sun.jna.Native.setLastError(errno);
    }
    return fd;
  }

  /**
   * Gives the file without a name its identity and the name at {@code name}; 0 or an error number.
   */
  static int publish(Scratch scratch, int fd, int directory, long name, FileId id) {
    int errno = Libc.errno(Identities.write(scratch, fd, id));
    if (errno != 0) {
      return errno;
    }
    int result = Libc.linkat(fd, scratch.empty(), directory, name, Libc.AT_EMPTY_PATH);
    if (Libc.errno(result) == Errno.ENOENT) {
      // without CAP_DAC_READ_SEARCH only the way through /proc is open
      long path = scratch.descriptorPath(fd, new byte[0]);
      result = Libc.linkat(Libc.AT_FDCWD, path, directory, name, Libc.AT_SYMLINK_FOLLOW);
    }
    return Libc.errno(result);
  }

  /** Owner first: it takes set-id bits away. Permissions only where the kernel gave others. */
  private static int complete(Scratch scratch, int fd, NewFile file) {
    int errno = Libc.errno(Statuses.ask(scratch, fd));
    if (errno == 0 && otherOwner(scratch, file)) {
      errno = Libc.errno(Libc.fchown(fd, file.owner(), file.group()));
    }
    int wanted = permissions(scratch, file);
    boolean lost = (wanted & 06000) != 0 && otherOwner(scratch, file);
    if (errno == 0 && (lost || wanted != (Statuses.mode(scratch) & 07777))) {
      errno = Libc.errno(Libc.fchmod(fd, wanted));
    }
    return errno;
  }

  /** Sets {@link #errno}; returns whether nothing has the hidden name any more. */
  private boolean renamed(Scratch scratch, int directory, long name, byte[] before) {
    long path = scratch.path(1, before);
    errno = make(scratch, directory, path, file);
    if (errno != 0) {
      return true;
    }
    errno = completeNamed(scratch, directory, path, before, file);
    if (errno == 0) {
      errno = Libc.errno(Identities.write(scratch, scratch.descriptorPath(directory, before), id));
    }
    if (errno == 0) {
      errno = Attributes.set(scratch, directory, path, times);
    }
    CrashPoint.CREATION_HIDDEN.reached();
    errno = errno == 0 ? publishNamed(directory, path, name) : errno;
    int how = file.kind() == FileKind.DIRECTORY ? Libc.AT_REMOVEDIR : 0;
    return errno == 0 || Libc.unlinkat(directory, path, how) == 0;
  }

  /** Opens a regular file before its name appears, so that nothing can fail behind that. */
  private int publishNamed(int directory, long path, long name) {
    if (file.kind() != FileKind.FILE) {
      return rename(directory, path, name);
    }
    int made = Libc.openat(directory, path, OPEN | Libc.O_NOFOLLOW, 0);
    int errno = Libc.errno(made);
    return errno == 0 ? opened(made, rename(directory, path, name)) : errno;
  }

  private static int rename(int directory, long path, long name) {
    return Libc.errno(Renames.rename(directory, path, directory, name, Renames.NOREPLACE));
  }

  /** Makes {@code file} at {@code path}, of whoever calls; 0 or an error number. Uses slot 2. */
  static int make(Scratch scratch, int directory, long path, NewFile file) {
    Umask.clear();
    long result =
        switch (file.kind()) {
          case DIRECTORY -> Libc.mkdirat(directory, path, file.permissions());
          case SYMLINK -> Libc.symlinkat(scratch.path(2, file.target()), directory, path);
          case FILE, FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE ->
              Libc.syscall(
                  Architecture.MKNODAT,
                  directory,
                  path,
                  Statuses.type(file.kind()) | file.permissions(),
                  file.device(),
                  0,
                  0);
        };
    int errno = Libc.errno(result);
    Umask.restore();
    return errno;
  }

  private static int completeNamed(
      Scratch scratch, int directory, long path, byte[] name, NewFile file) {
    int errno = Libc.errno(Statuses.ask(scratch, directory, path));
    if (errno == 0 && otherOwner(scratch, file)) {
      errno =
          Libc.errno(
              Libc.fchownat(directory, path, file.owner(), file.group(), Libc.AT_SYMLINK_NOFOLLOW));
    }
    if (errno != 0 || file.kind() == FileKind.SYMLINK) {
      return errno;
    }
    int wanted = permissions(scratch, file);
    boolean lost = (wanted & 06000) != 0 && otherOwner(scratch, file);
    if (lost || wanted != (Statuses.mode(scratch) & 07777)) {
      errno = Libc.errno(Libc.chmod(scratch.descriptorPath(directory, name), wanted));
    }
    return errno;
  }

  private static boolean otherOwner(Scratch scratch, NewFile file) {
    return Statuses.owner(scratch) != file.owner() || Statuses.group(scratch) != file.group();
  }

  /** What a default ACL took away stays away. */
  private static int permissions(Scratch scratch, NewFile file) {
    return (Statuses.mode(scratch) & 0777) | (file.permissions() & SET_ID_AND_STICKY);
  }
}
