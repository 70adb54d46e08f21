package io.lockstep.replicator.testkit.sim.disk;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * A {@link Disk} wholly in memory that fails as real ones do: see {@link CrashingTree} for what a
 * {@link #powerLoss} leaves. Unlike many a file system, {@link DiskFile#force} makes nothing
 * durable but the one file: a new or renamed one is lost without {@link #forceDirectory}.
 *
 * <p>Paths are those of the host whose disk this is; any absolute path will do. One random
 * generator decides everything, so a seed repeats it. Safe for any thread.
 */
public final class SimDisk implements Disk {
  /** What was called, by the method's name. */
  public enum Call {
    OPEN,
    READ,
    WRITE,
    SET_SIZE,
    SIZE,
    FORCE,
    CLOSE,
    EXISTS,
    IS_DIRECTORY,
    LOCK,
    DELETE,
    REPLACE,
    LIST,
    CREATE_DIRECTORIES,
    FORCE_DIRECTORY,
    USABLE_BYTES
  }

  /**
   * Sees each call before it happens, outside of any lock; may wait there. What it throws where the
   * call declares no exception is lost.
   */
  @FunctionalInterface
  public interface Hook {
    void before(Call call, Path path) throws IOException;
  }

  private static final long LARGEST_ROOM_BYTES = 1L << 40;

  @GuardedBy("this")
  private final CrashingTree tree;

  @GuardedBy("this")
  private final Set<Path> locks = new HashSet<>();

  @GuardedBy("this")
  private long mounts;

  private volatile Hook hook = (call, path) -> {};

  /** A disk without a file. */
  public SimDisk(RandomGenerator random) {
    tree = new CrashingTree(random, CrashingTree.Sync.FILE);
    tree.addRoot(NewFile.directory(0755, 0, 0), Optional.empty(), 0);
  }

  /** From now on {@code newHook} sees every call; replaces any other. */
  public void hook(Hook newHook) {
    hook = newHook;
  }

  /**
   * From now on each modification is followed with these chances by a writeback of one page and by
   * the commit of some metadata. Neither happens by itself before.
   */
  public synchronized void activity(int writebackPerMille, int commitPerMille) {
    tree.activity(writebackPerMille, commitPerMille);
  }

  /** From now on {@code bytes} more can be allocated, in blocks of 4 KiB; what is freed counts. */
  public synchronized void fullAfter(long bytes) {
    tree.fullAfter(bytes);
  }

  /** There is room again. */
  public synchronized void roomAgain() {
    tree.fullAfter(Long.MAX_VALUE);
  }

  /**
   * The next {@code count} forces fail. The data is lost as on Linux: it can be read until the
   * power goes, and a later force succeeds although it was never written.
   */
  public synchronized void failForces(int count) {
    tree.failSyncs(count);
  }

  /** The processes of the host end: what is open is closed, everything written is kept. */
  public synchronized void processCrash() {
    mounts++;
    locks.clear();
    tree.processCrash();
  }

  /** The host loses power and is back; what is open is lost. */
  public synchronized void powerLoss() {
    mounts++;
    locks.clear();
    tree.powerLoss();
  }

  /**
   * Inverts one bit of a file on the disk.
   *
   * @return false where nothing is stored: a hole, beyond the end, or not yet on the disk
   */
  public synchronized boolean flipBit(Path file, long offset, int bit) throws IOException {
    return tree.flip(Names.find(tree.roots(), path(file)), offset, bit);
  }

  @Override
  public DiskFile open(Path file, boolean create) throws IOException {
    hook.before(Call.OPEN, file);
    synchronized (this) {
      TreePath path = path(file);
      Inode parent = directory(path.parent(), file);
      Inode inode = parent.children.get(Names.key(path));
      if (inode == null && !create) {
        throw new NoSuchFileException(file.toString());
      }
      if (inode == null) {
        inode = made(parent, path, NewFile.file(0600, 0, 0));
      }
      if (inode.isDirectory()) {
        throw new FileNotFoundException(file + " (Is a directory)");
      }
      inode.handles++;
      return new Handle(file, inode, mounts);
    }
  }

  @Override
  public boolean exists(Path file) {
    try {
      hook.before(Call.EXISTS, file);
    } catch (IOException e) {
      return false;
    }
    synchronized (this) {
      return found(path(file)) != null;
    }
  }

  @Override
  public boolean isDirectory(Path file) {
    try {
      hook.before(Call.IS_DIRECTORY, file);
    } catch (IOException e) {
      return false;
    }
    synchronized (this) {
      Inode inode = found(path(file));
      return inode != null && inode.isDirectory();
    }
  }

  @Override
  public Held lock(Path file) throws IOException {
    hook.before(Call.LOCK, file);
    open(file, true).close();
    synchronized (this) {
      Path locked = file.toAbsolutePath().normalize();
      if (!locks.add(locked)) {
        throw new IOException(file + " is held by another process");
      }
      long taken = mounts;
      return () -> unlock(locked, taken);
    }
  }

  private synchronized void unlock(Path file, long taken) {
    if (taken == mounts) {
      locks.remove(file);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    hook.before(Call.DELETE, file);
    synchronized (this) {
      TreePath path = path(file);
      Inode inode = found(path);
      if (inode == null) {
        return;
      }
      if (!inode.children.isEmpty()) {
        throw new java.nio.file.DirectoryNotEmptyException(file.toString());
      }
      tree.unname(directory(path.parent(), file), Names.key(path));
      unlinked(inode);
      tree.end();
    }
  }

  @Override
  public void replace(Path source, Path target) throws IOException {
    hook.before(Call.REPLACE, target);
    synchronized (this) {
      TreePath from = path(source);
      TreePath to = path(target);
      Inode inode = found(from);
      if (inode == null) {
        throw new NoSuchFileException(source.toString());
      }
      Inode parent = directory(to.parent(), target);
      Inode replaced = parent.children.get(Names.key(to));
      if (replaced == inode) {
        return;
      }
      if (replaced != null) {
        Names.replaceable(replaced, inode, to);
      }
      tree.unname(directory(from.parent(), source), Names.key(from));
      tree.name(parent, Names.key(to), inode);
      if (replaced != null) {
        unlinked(replaced);
      }
      tree.end();
    }
    forceDirectory(target.toAbsolutePath().getParent());
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    hook.before(Call.LIST, directory);
    synchronized (this) {
      return directory(path(directory), directory).children.keySet().stream()
          .map(name -> directory.resolve(fileName(name)))
          .sorted()
          .toList();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    hook.before(Call.CREATE_DIRECTORIES, directory);
    synchronized (this) {
      TreePath wanted = path(directory);
      TreePath path = TreePath.root(0);
      Inode parent = tree.roots().get(0);
      for (int i = 0; i < wanted.depth(); i++) {
        path = path.resolve(directory.toAbsolutePath().getName(i).toString());
        Inode inode = parent.children.get(Names.key(path));
        if (inode == null) {
          inode = made(parent, path, NewFile.directory(0700, 0, 0));
          force(parent);
        } else if (!inode.isDirectory()) {
          throw new FileAlreadyExistsException(directory.toString());
        }
        parent = inode;
      }
    }
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    hook.before(Call.FORCE_DIRECTORY, directory);
    synchronized (this) {
      force(directory(path(directory), directory));
    }
  }

  @Override
  public long usableBytes(Path directory) throws IOException {
    hook.before(Call.USABLE_BYTES, directory);
    synchronized (this) {
      long pages = Math.min(LARGEST_ROOM_BYTES / Page.BYTES, Math.max(tree.freePages(), 0));
      return pages * Page.BYTES;
    }
  }

  /** A file that is open. */
  private final class Handle implements DiskFile {
    private final Path path;
    private final Inode inode;
    private final long mount;
    private boolean closed;

    private Handle(Path path, Inode inode, long mount) {
      this.path = path;
      this.inode = inode;
      this.mount = mount;
    }

    @Override
    public long size() throws IOException {
      hook.before(Call.SIZE, path);
      synchronized (SimDisk.this) {
        return open().size;
      }
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      hook.before(Call.READ, path);
      synchronized (SimDisk.this) {
        Inode file = open();
        if (position >= file.size && into.hasRemaining()) {
          return -1;
        }
        int count = file.read(into, position);
        into.position(into.position() + count);
        return count;
      }
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      hook.before(Call.WRITE, path);
      synchronized (SimDisk.this) {
        Inode file = open();
        try {
          tree.write(file, bytes, position);
        } catch (StoreException e) {
          throw told(e, path);
        } finally {
          tree.end();
        }
        bytes.position(bytes.limit());
      }
    }

    @Override
    public void setSize(long sizeBytes) throws IOException {
      hook.before(Call.SET_SIZE, path);
      synchronized (SimDisk.this) {
        tree.resize(open(), sizeBytes);
        tree.end();
      }
    }

    @Override
    public void force() throws IOException {
      hook.before(Call.FORCE, path);
      synchronized (SimDisk.this) {
        try {
          tree.syncFile(open(), false);
        } catch (StoreException e) {
          throw told(e, path);
        }
      }
    }

    @Override
    public void close() throws IOException {
      hook.before(Call.CLOSE, path);
      synchronized (SimDisk.this) {
        if (!closed && mount == mounts) {
          inode.handles--;
          tree.released(inode);
          tree.end();
        }
        closed = true;
      }
    }

    @GuardedBy("SimDisk.this")
    private Inode open() throws IOException {
      if (closed || mount != mounts) {
        throw new IOException(path + ": Stream Closed");
      }
      return inode;
    }
  }

  @GuardedBy("this")
  private Inode made(Inode parent, TreePath path, NewFile what) throws IOException {
    try {
      Inode inode = tree.create(what, Optional.empty(), 0);
      inode.links = 1;
      tree.name(parent, Names.key(path), inode);
      tree.end();
      return inode;
    } catch (StoreException e) {
      throw told(e, Path.of(path.toString()));
    }
  }

  @GuardedBy("this")
  private void unlinked(Inode inode) {
    inode.links--;
    tree.released(inode);
  }

  @GuardedBy("this")
  private void force(Inode directory) throws IOException {
    try {
      tree.syncDirectory(directory);
    } catch (StoreException e) {
      throw new IOException("Input/output error", e);
    }
  }

  @GuardedBy("this")
  private Inode found(TreePath path) {
    try {
      return Names.find(tree.roots(), path);
    } catch (StoreException e) {
      return null;
    }
  }

  @GuardedBy("this")
  private Inode directory(TreePath path, Path asked) throws IOException {
    Inode inode = found(path);
    if (inode == null) {
      throw new NoSuchFileException(asked.toString());
    }
    if (!inode.isDirectory()) {
      throw new NotDirectoryException(asked.toString());
    }
    return inode;
  }

  /** The words of the JDK, which callers may look for. */
  private static IOException told(StoreException e, Path path) {
    boolean full = e.failure() == Failure.NO_SPACE;
    return new IOException(path + ": " + (full ? "No space left on device" : "Input/output error"));
  }

  private static TreePath path(Path path) {
    TreePath found = TreePath.root(0);
    for (Path name : path.toAbsolutePath().normalize()) {
      found = found.resolve(name.toString());
    }
    return found;
  }

  private static String fileName(String key) {
    return new String(Names.bytes(key), java.nio.charset.StandardCharsets.UTF_8);
  }
}
