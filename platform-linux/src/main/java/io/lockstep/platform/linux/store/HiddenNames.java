package io.lockstep.platform.linux.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The hidden names in this store's directories, each noted before it is there, so that what a
 * process that was killed left is found without a walk through the tree.
 *
 * <p>A note is a symbolic link in the staging place that leads nowhere: its name is the hidden one,
 * its target tells the directory. Both are changes of names on one file system, which keeps their
 * order through a loss of power too. A creation takes its name from here and gives it back; the
 * note stays for the next creation in that directory, so that most cost none.
 */
final class HiddenNames {
  private static final byte[] PLACE = Staging.NAME;
  private static final byte CREATION = 'c';
  private static final byte PUBLICATION = 'p';
  private static final int MOST_IDLE = 32;
  private static final int NOTE_PERMISSIONS = 0600;
  private static final int MAKE = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC;
  private static final int READ = Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;

  /** A name for one creation after another in one directory. */
  record Name(TreePath directory, byte[] bytes) {
    private String key() {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  private final Roots roots;
  private final Staging staging;

  /** Those that no creation uses now, the one that was used longest ago first. */
  @GuardedBy("this")
  private final Deque<Name> idle = new ArrayDeque<>();

  @GuardedBy("this")
  private final Set<String> mine = new HashSet<>();

  HiddenNames(Roots roots, Staging staging) {
    this.roots = roots;
    this.staging = staging;
  }

  /** A name for a creation in {@code directory}; nothing has it there. Uses slots 1 and 2. */
  Name take(Scratch scratch, TreePath directory) throws StoreException {
    Name known = idleIn(directory);
    if (known != null) {
      return known;
    }
    Name surplus = surplus();
    if (surplus != null) {
      unnote(scratch, surplus.directory().directory(), surplus.bytes());
    }
    Name fresh = new Name(directory, HiddenName.of(ThreadLocalRandom.current().nextLong()));
    synchronized (this) {
      mine.add(fresh.key());
    }
    try {
      note(scratch, CREATION, directory, fresh.bytes());
    } catch (StoreException e) {
      abandon(fresh);
      throw e;
    }
    return fresh;
  }

  private synchronized Name idleIn(TreePath directory) {
    for (Iterator<Name> each = idle.iterator(); each.hasNext(); ) {
      Name name = each.next();
      if (name.directory().equals(directory)) {
        each.remove();
        return name;
      }
    }
    return null;
  }

  private synchronized Name surplus() {
    if (idle.size() < MOST_IDLE) {
      return null;
    }
    Name oldest = idle.remove();
    mine.remove(oldest.key());
    return oldest;
  }

  /** The creation has ended, and nothing has the name. */
  synchronized void giveBack(Name name) {
    idle.add(name);
  }

  /** Something may have the name still: the next {@link #sweep} sees to it. */
  synchronized void abandon(Name name) {
    mine.remove(name.key());
  }

  /** The file at the hidden name {@code path} is going to be renamed by a later operation. */
  void publishing(Scratch scratch, TreePath path) throws StoreException {
    note(scratch, PUBLICATION, path.parent(), path.name());
  }

  /** Nothing has the hidden name {@code path} any more. */
  void published(Scratch scratch, TreePath path) throws StoreException {
    unnote(scratch, path.directory(), path.name());
  }

  private void note(Scratch scratch, byte why, TreePath directory, byte[] name)
      throws StoreException {
    int errno = tryNote(scratch, why, directory, name);
    if (errno == Errno.ENOENT) {
      staging.make(scratch, directory.directory());
      errno = tryNote(scratch, why, directory, name);
    }
    if (errno != 0 && errno != Errno.EEXIST) {
      throw Errno.exception(errno, "note a hidden name in " + directory);
    }
  }

  private int tryNote(Scratch scratch, byte why, TreePath directory, byte[] name)
      throws StoreException {
    byte[] path = directory.bytes();
    byte[] text = new byte[path.length + 2];
    text[0] = why;
    text[1] = '/';
    System.arraycopy(path, 0, text, 2, path.length);
    int root = roots.descriptor(directory.directory());
    long note = scratch.path(1, inPlace(name));
    int errno = Libc.errno(Libc.symlinkat(scratch.path(2, text), root, note));
    return errno == Errno.ENAMETOOLONG ? write(root, note, text) : errno;
  }

  /** Some file systems have links of a quarter of the length that a path may have. */
  private static int write(int root, long note, byte[] text) throws StoreException {
    int fd = Libc.openat(root, note, MAKE, NOTE_PERMISSIONS);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      return errno;
    }
    try {
      FileContent.write(fd, NativeMemory.allocate(text.length).put(text).flip(), 0);
      return Libc.errno(Libc.fsync(fd));
    } finally {
      Libc.close(fd);
    }
  }

  private void unnote(Scratch scratch, int directory, byte[] name) throws StoreException {
    int root = roots.descriptor(directory);
    int errno = Libc.errno(Libc.unlinkat(root, scratch.path(1, inPlace(name)), 0));
    if (errno != 0 && errno != Errno.ENOENT) {
      throw Errno.exception(errno, "forget a hidden name");
    }
  }

  private static byte[] inPlace(byte[] name) {
    byte[] path = Arrays.copyOf(PLACE, PLACE.length + 1 + name.length);
    path[PLACE.length] = '/';
    System.arraycopy(name, 0, path, PLACE.length + 1, name.length);
    return path;
  }

  /**
   * Removes what has a noted name and belongs to no creation of this store; what is to be renamed
   * only with {@code unpublished}. Goes on where something cannot be removed, and tells it then.
   */
  void sweep(boolean unpublished) throws StoreException {
    StoreException failure = null;
    for (int directory = 0; directory < roots.count(); directory++) {
      Scratch scratch = Scratch.get();
      staging.make(scratch, directory);
      int place = roots.open(scratch, Staging.path(directory), Staging.LIST);
      try {
        for (Entry note :
            Directories.list(scratch, place, false, name -> !HiddenName.is(name), "notes")) {
          try {
            sweep(scratch, directory, place, note.name(), unpublished);
          } catch (StoreException e) {
            failure = e;
          }
        }
      } finally {
        Libc.close(place);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void sweep(Scratch scratch, int directory, int place, byte[] name, boolean unpublished)
      throws StoreException {
    synchronized (this) {
      if (mine.contains(new Name(TreePath.root(directory), name).key())) {
        return;
      }
    }
    byte[] text = read(scratch, place, name);
    // one without a text is of a process that was killed before anything had the name
    if (text.length < 2 || text[0] == CREATION || unpublished) {
      TreePath where = directory(directory, text);
      if (where != null) {
        remove(scratch, where, name);
      }
      unnote(scratch, directory, name);
    }
  }

  /** Where a note says that the name is; null if it is none. */
  private static TreePath directory(int directory, byte[] text) {
    try {
      return text.length < 2
          ? null
          : TreePath.of(directory, Arrays.copyOfRange(text, 2, text.length));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static byte[] read(Scratch scratch, int place, byte[] name) throws StoreException {
    ByteBuffer into = scratch.large();
    long note = scratch.path(1, name);
    long address = NativeMemory.address(into);
    long length = Libc.readlinkat(place, note, address, into.capacity());
    int errno = Libc.errno(length);
    if (errno == Errno.EINVAL) {
      int fd = Libc.openat(place, note, READ, 0);
      errno = Libc.errno(fd);
      if (errno == 0) {
        try {
          length = FileContent.read(fd, into.clear(), 0);
        } finally {
          Libc.close(fd);
        }
      }
    }
    if (errno == Errno.ENOENT) {
      return new byte[0];
    }
    if (errno != 0) {
      throw Errno.exception(errno, "read what a hidden name is for");
    }
    byte[] text = new byte[(int) length];
    into.get(0, text);
    return text;
  }

  /** Leaves the directory's time as it is. */
  private void remove(Scratch scratch, TreePath directory, byte[] name) throws StoreException {
    int parent;
    try {
      parent = roots.open(scratch, directory, Libc.O_PATH | Libc.O_DIRECTORY);
    } catch (StoreException e) {
      switch (e.failure()) {
        case NOT_FOUND, NOT_A_DIRECTORY, LOOP -> {
          return;
        }
        default -> throw e;
      }
    }
    try {
      int errno = Libc.errno(Statuses.ask(scratch, parent));
      FileStatus before = Statuses.status(scratch);
      errno = errno == 0 ? unlink(scratch, parent, name) : errno;
      if (errno == 0) {
        AttributeChange time = AttributeChange.modified(before.modifyNs());
        errno = Attributes.set(scratch, parent, scratch.dot(), time);
      }
      if (errno != 0 && errno != Errno.ENOENT) {
        throw Errno.exception(
            errno, "remove " + new String(name, StandardCharsets.US_ASCII) + " from " + directory);
      }
    } finally {
      Libc.close(parent);
    }
  }

  private static int unlink(Scratch scratch, int parent, byte[] name) {
    int errno = Libc.errno(Libc.unlinkat(parent, scratch.path(1, name), 0));
    return errno == Errno.EISDIR
        ? Libc.errno(Libc.unlinkat(parent, scratch.path(1, name), Libc.AT_REMOVEDIR))
        : errno;
  }

  /** Takes the notes of names that no creation uses away. */
  void close() {
    Scratch scratch = Scratch.get();
    for (Name name = oldest(); name != null; name = oldest()) {
      try {
        unnote(scratch, name.directory().directory(), name.bytes());
      } catch (StoreException e) {
        return; // the next start does it
      }
    }
  }

  private synchronized Name oldest() {
    return idle.poll();
  }
}
