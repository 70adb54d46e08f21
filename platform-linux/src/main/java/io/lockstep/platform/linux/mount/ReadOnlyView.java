package io.lockstep.platform.linux.mount;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;

/**
 * Mounts a directory over itself, read-only.
 *
 * <p>The view is made detached, set read-only and private, and only then moved into place: other
 * mount namespaces that share the parent receive it read-only too, nobody sees a writable moment,
 * and later mounts over it do not spread back to the tree below. Kernels before 5.12 bind first and
 * remount then.
 */
final class ReadOnlyView {
  private static final int OPEN_TREE_CLONE = 1;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final int MOUNT_ATTR_RDONLY = 1;
  private static final int MOUNT_ATTR_BYTES = 32;
  private static final int MS_RDONLY = 1;
  private static final int MS_REMOUNT = 32;
  private static final int MS_BIND = 4096;
  private static final int MS_PRIVATE = 1 << 18;
  private static final int MNT_DETACH = 2;

  private ReadOnlyView() {}

  /** 0 or an error number. */
  static int put(java.nio.file.Path directory) {
    Scratch scratch = Scratch.get();
    long at = scratch.path(0, directory.toString());
    int clone = OPEN_TREE_CLONE | Libc.O_CLOEXEC;
    long tree = Libc.syscall(Architecture.OPEN_TREE, Libc.AT_FDCWD, at, clone, 0, 0, 0);
    int errno = Libc.errno(tree);
    if (errno == Errno.ENOSYS) {
      return bindAndRemount(at);
    }
    if (errno != 0) {
      return errno;
    }
    try {
      errno = restrict(scratch, tree);
      if (errno == Errno.ENOSYS) {
        return bindAndRemount(at);
      }
      return errno != 0
          ? errno
          : Libc.errno(
              Libc.syscall(
                  Architecture.MOVE_MOUNT,
                  tree,
                  scratch.empty(),
                  Libc.AT_FDCWD,
                  at,
                  MOVE_MOUNT_F_EMPTY_PATH,
                  0));
    } finally {
      Libc.close((int) tree);
    }
  }

  private static int restrict(Scratch scratch, long tree) {
    long attributes = scratch.argument(0, MOUNT_ATTR_RDONLY);
    scratch.argument(8, 0);
    scratch.argument(16, MS_PRIVATE);
    scratch.argument(24, 0);
    return Libc.errno(
        Libc.syscall(
            Architecture.MOUNT_SETATTR,
            tree,
            scratch.empty(),
            Libc.AT_EMPTY_PATH,
            attributes,
            MOUNT_ATTR_BYTES,
            0));
  }

  static int bindAndRemount(long at) {
    int errno = Libc.errno(Libc.mount(at, at, 0, MS_BIND, 0));
    if (errno != 0) {
      return errno;
    }
    errno = Libc.errno(Libc.mount(0, at, 0, MS_PRIVATE, 0));
    if (errno == 0) {
      errno = Libc.errno(Libc.mount(0, at, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0));
    }
    if (errno != 0) {
      Libc.umount2(at, MNT_DETACH);
    }
    return errno;
  }
}
