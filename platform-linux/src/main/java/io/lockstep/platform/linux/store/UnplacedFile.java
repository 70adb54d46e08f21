package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.Placer;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A file beside its place, in a directory of its own that nobody but this process's user enters:
 * once it has its owner, that one could hold it open, and go on changing what is given set-id bits
 * or capabilities next. From its making on it is reached by its descriptor: whoever may write to
 * the directory around could put something else under that name, and have its owner changed.
 */
final class UnplacedFile implements Placer.Unplaced {
  private static final int PLACE = Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
  private static final int ENTER = PLACE | Libc.O_DIRECTORY;
  private static final int MINE_ALONE = 0700;
  private static final byte[] INSIDE = {'f'};
  private static final int DIRECTORY = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC;
  private static final int NONE = -1;

  private final Roots roots;
  private final TreePath path;
  private final FileKind kind;
  private final int parent;
  private final byte[] unfinished = unfinishedName();
  private int own = NONE;
  private int held = NONE;
  private int content = NONE;
  private boolean placed;

  /** Takes over {@code roots} when it is made. */
  UnplacedFile(Roots roots, TreePath path, NewFile file) throws StoreException {
    this.roots = roots;
    this.path = path;
    this.kind = file.kind();
    Scratch scratch = Scratch.get();
    this.parent = roots.enter(scratch, 0, path);
    try {
      enclose(scratch);
      int errno = Creation.make(scratch, own, scratch.path(1, INSIDE), file);
      if (errno != 0) {
        throw Errno.exception(errno, "make a " + kind + " beside " + path);
      }
      hold(scratch, file);
    } catch (StoreException e) {
      release(scratch);
      throw e;
    }
  }

  /** Makes its directory; one that is not as it was made may be another's. */
  private void enclose(Scratch scratch) throws StoreException {
    int made = Libc.mkdirat(parent, scratch.path(1, unfinished), MINE_ALONE);
    check(made, "make a directory beside " + path);
    own = check(Libc.openat(parent, scratch.path(1, unfinished), ENTER, 0), "enter what was made");
    check(Statuses.ask(scratch, own), "status of what was made");
    boolean mine = Statuses.status(scratch).owner() == Libc.geteuid();
    if (!mine || (Statuses.mode(scratch) & 0077) != 0) {
      throw new StoreException(
          Failure.NOT_PERMITTED, "somebody put another directory in its place");
    }
  }

  /** What is not as it was made may be another's, and is left alone. */
  private void hold(Scratch scratch, NewFile file) throws StoreException {
    held = check(Libc.openat(own, scratch.path(1, INSIDE), PLACE, 0), "hold what was made");
    check(Statuses.ask(scratch, held), "status of what was made");
    FileStatus status = Statuses.status(scratch);
    boolean same =
        status.kind() == kind
            && (kind == FileKind.SYMLINK || status.permissions() == file.permissions())
            && (kind == FileKind.DIRECTORY || status.links() == 1)
            && (kind != FileKind.FILE || status.sizeBytes() == 0);
    if (!same || kind == FileKind.DIRECTORY && !isEmpty(held)) {
      throw new StoreException(Failure.NOT_PERMITTED, "somebody put another file in its place");
    }
  }

  private static boolean isEmpty(int directory) throws StoreException {
    Path itself = Path.of("/proc/self/fd", String.valueOf(directory));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(itself)) {
      return !entries.iterator().hasNext();
    } catch (IOException e) {
      throw new StoreException(Failure.IO, "cannot look into what was made: " + e.getMessage());
    }
  }

  private static byte[] unfinishedName() {
    return (".lockstep-restore-" + UUID.randomUUID()).getBytes(StandardCharsets.US_ASCII);
  }

  private static int check(int result, String what) throws StoreException {
    int errno = Libc.errno(result);
    if (errno != 0) {
      throw Errno.exception(errno, what);
    }
    return result;
  }

  @Override
  public void write(ByteBuffer data, long offset) throws StoreException {
    if (content == NONE) {
      long itself = Scratch.get().descriptorPath(held, new byte[0]);
      int how = Libc.O_WRONLY | Libc.O_CLOEXEC;
      content = check(Libc.openat(Libc.AT_FDCWD, itself, how, 0), "open what was made");
    }
    FileContent.write(content, data, offset);
  }

  @Override
  public void setAttributes(AttributeChange change) throws StoreException {
    int errno = Held.set(Scratch.get(), held, change);
    if (errno != 0) {
      throw Errno.exception(errno, "change attributes of " + path);
    }
  }

  @Override
  public void setXattr(byte[] name, byte[] value) throws StoreException {
    Xattrs.set(Scratch.get(), Held.path(held), name, value, path.toString());
  }

  @Override
  public void place(boolean replacing) throws StoreException {
    if (content != NONE) {
      check(Libc.fsync(content), "sync " + path);
    }
    rename(Scratch.get(), own, INSIDE, parent, path, replacing);
    placed = true;
    sync(parent);
  }

  private static void rename(
      Scratch scratch, int at, byte[] from, int parent, TreePath to, boolean replacing)
      throws StoreException {
    long old = scratch.path(1, from);
    long name = scratch.path(0, to.name());
    int how = replacing ? Renames.REPLACE : Renames.NOREPLACE;
    check((int) Renames.rename(at, old, parent, name, how), "put " + to + " in its place");
  }

  private static void sync(int parent) throws StoreException {
    int directory = check(Libc.openat(parent, Scratch.get().dot(), DIRECTORY, 0), "open to sync");
    try {
      check(Libc.fsync(directory), "sync the directory");
    } finally {
      Libc.close(directory);
    }
  }

  @Override
  public void alsoAt(TreePath another) throws StoreException {
    TreePath other = Placing.below(another);
    byte[] name = unfinishedName();
    Scratch scratch = Scratch.get();
    int directory = roots.enter(scratch, 0, other);
    try {
      check(link(scratch, directory, name), "give " + path + " the name " + other);
      try {
        rename(scratch, directory, name, directory, other, true);
      } catch (StoreException e) {
        Libc.unlinkat(directory, scratch.path(1, name), 0);
        throw e;
      }
      sync(directory);
    } finally {
      roots.leave(directory, other);
    }
  }

  private int link(Scratch scratch, int directory, byte[] name) {
    long itself = scratch.descriptorPath(held, new byte[0]);
    int follow = Libc.AT_SYMLINK_FOLLOW;
    return Libc.linkat(Libc.AT_FDCWD, itself, directory, scratch.path(1, name), follow);
  }

  private void release(Scratch scratch) {
    if (!placed && own != NONE) {
      int how = kind == FileKind.DIRECTORY ? Libc.AT_REMOVEDIR : 0;
      Libc.unlinkat(own, scratch.path(1, INSIDE), how);
    }
    Libc.unlinkat(parent, scratch.path(1, unfinished), Libc.AT_REMOVEDIR);
    for (int fd : new int[] {content, held, own}) {
      if (fd != NONE) {
        Libc.close(fd);
      }
    }
    roots.leave(parent, path);
  }

  @Override
  public void close() {
    release(Scratch.get());
    roots.close();
  }
}
