package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The one name in each replicated directory that is Lockstep's own: what is not in place yet. */
final class Staging {
  static final byte[] NAME = HiddenName.place();

  /** How a directory is opened to be listed. */
  static final int LIST = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOATIME;

  private static final int PERMISSIONS = 0700;

  /** Of an empty one, where a file system counts the directories in it as links. */
  private static final int LINKS_OF_A_DIRECTORY = 2;

  private final Roots roots;

  /** By directory: whether this store made it, or found it, and did not take it away. */
  private final boolean[] there;

  Staging(Roots roots) {
    this.roots = roots;
    this.there = new boolean[roots.count()];
  }

  /** What a directory's root is to those who do not see this place: as a rule one link less. */
  synchronized FileStatus leftOut(FileStatus root, int directory) {
    if (!there[directory] || root.links() <= LINKS_OF_A_DIRECTORY) {
      return root;
    }
    return new FileStatus(
        root.kind(),
        root.permissions(),
        root.owner(),
        root.group(),
        root.links() - 1,
        root.sizeBytes(),
        root.blocks(),
        root.blockSizeBytes(),
        root.device(),
        root.inode(),
        root.accessNs(),
        root.modifyNs(),
        root.changeNs());
  }

  static TreePath path(int directory) {
    return TreePath.root(directory).resolve(NAME);
  }

  /** Makes it where it is missing, which does not show in the directory's time. Uses slot 1. */
  synchronized void make(Scratch scratch, int directory) throws StoreException {
    int root = roots.descriptor(directory);
    TreePath path = path(directory);
    check(Libc.errno(Statuses.ask(scratch, root)), path);
    AttributeChange before = AttributeChange.modified(Statuses.status(scratch).modifyNs());
    long name = scratch.path(1, NAME);
    int errno = Libc.errno(Libc.mkdirat(root, name, PERMISSIONS));
    if (errno == 0) {
      errno = Attributes.set(scratch, root, scratch.dot(), before);
    }
    check(errno == Errno.EEXIST ? 0 : errno, path);
    check(Libc.errno(Statuses.ask(scratch, root, name)), path);
    if (Statuses.kind(Statuses.mode(scratch)) != FileKind.DIRECTORY) {
      throw new StoreException(
          Failure.NOT_A_DIRECTORY,
          path + " is not a directory, but its name belongs to Lockstep: move it away");
    }
    AttributeChange closed =
        new AttributeChange(
            OptionalInt.of(PERMISSIONS),
            OptionalInt.of(0),
            OptionalInt.of(0),
            OptionalLong.empty(),
            OptionalLong.empty());
    check(Attributes.set(scratch, root, name, closed), path);
    there[directory] = true;
  }

  /** Takes it away again unless something is in it. */
  synchronized void leave(Scratch scratch, int directory) throws StoreException {
    int root = roots.descriptor(directory);
    int errno = Libc.errno(Libc.unlinkat(root, scratch.path(1, NAME), Libc.AT_REMOVEDIR));
    switch (errno) {
      case 0, Errno.ENOENT -> there[directory] = false;
      case Errno.ENOTEMPTY, Errno.EEXIST -> {}
      default -> throw Errno.exception(errno, "remove " + directory + ":/.lockstep");
    }
  }

  private static void check(int errno, TreePath path) throws StoreException {
    if (errno != 0) {
      throw Errno.exception(errno, "make " + path);
    }
  }
}
