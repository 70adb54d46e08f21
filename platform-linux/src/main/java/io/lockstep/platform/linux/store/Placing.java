package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Placer;
import java.io.IOException;
import java.nio.file.Path;

/** Places files by descriptors, from the root on; the root is what is mounted there now. */
public final class Placing implements Placer {
  private static final int ROOT = Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC;

  @Override
  public Unplaced make(Path root, TreePath path, NewFile file) throws IOException {
    Scratch scratch = Scratch.get();
    int fd = Libc.openat(Libc.AT_FDCWD, scratch.path(0, root.toString()), ROOT, 0);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      throw Errno.exception(errno, "open " + root);
    }
    Roots roots = new Roots(new int[] {fd}, Roots.kernelHasOpenat2());
    try {
      return new UnplacedFile(roots, below(path), file);
    } catch (IOException | RuntimeException e) {
      roots.close();
      throw e;
    }
  }

  /** There is but one root. */
  static TreePath below(TreePath path) {
    return TreePath.of(0, path.bytes());
  }
}
