package io.lockstep.replicator.testkit.sim.disk;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A {@link FileStore} wholly in memory, with the manners of a POSIX file system (sparse files, hard
 * links, symbolic links, extended attributes, files that live on while open) and the ways of a disk
 * to fail it: see {@link CrashingTree} for what a {@link #powerLoss} leaves.
 *
 * <p>A {@link Hook} sees each call before it happens, outside of any lock, and may wait there or
 * make it fail; {@link #failOnce} does that for one call. {@link #copy} and {@link #become} give
 * equal starting points. One random generator decides everything, so a seed repeats it.
 */
public final class SimStore implements FileStore {
  /** What was called, by the method's name. */
  public enum Call {
    STATUS,
    OPEN,
    READ,
    WRITE,
    TRUNCATE,
    ALLOCATE,
    SEEK,
    SYNC,
    SYNC_DIRECTORY,
    SYNC_ALL,
    CREATE,
    LINK,
    REMOVE,
    RENAME,
    EXCHANGE,
    SET_ATTRIBUTES,
    READ_LINK,
    LIST,
    STATISTICS,
    IDENTITY,
    SET_IDENTITY,
    XATTR,
    SET_XATTR,
    STAGING,
    WALK
  }

  /** Sees each call before it happens. */
  @FunctionalInterface
  public interface Hook {
    /** {@code path} is null for calls that concern no single path. */
    void before(Call call, TreePath path) throws StoreException;
  }

  /** A file that is open. */
  private final class Handle implements OpenFile {
    private final Inode inode;
    private final TreePath path;
    private final Access access;
    private final long mount;
    private volatile boolean closed;
    private List<Entry> listing = List.of();

    private Handle(Inode inode, TreePath path, Access access, long mount) {
      this.inode = inode;
      this.path = path;
      this.access = access;
      this.mount = mount;
    }

    @Override
    public void close() {
      closeHandle(this);
    }
  }

  private static final String STAGING = ".lockstep";
  private static final String TEMPORARY = "[.]lockstep[.]new[.][0-9a-f]{16}";
  private static final String OWN_XATTRS = "trusted.lockstep.";
  private static final long TICK_NS = 1_000_000;
  private static final long START_NS = 1_000_000_000_000L;

  private final LongSupplier clock;

  @GuardedBy("this")
  private final CrashingTree tree;

  @GuardedBy("this")
  private long mounts;

  @GuardedBy("this")
  private final Map<Integer, UUID> marks = new HashMap<>();

  private volatile Hook hook = (call, path) -> {};

  /**
   * An empty store of {@code directories} replicated directories.
   *
   * @param clock what the kernel's clock says, in ns since 1970
   */
  public SimStore(int directories, RandomGenerator random, LongSupplier clock) {
    this.clock = clock;
    this.tree = new CrashingTree(random, CrashingTree.Sync.PREFIX);
    for (int i = 0; i < directories; i++) {
      NewFile root = NewFile.directory(0755, 0, 0);
      tree.addRoot(root, Optional.of(FileId.root(i)), clock.getAsLong());
    }
  }

  /** An empty store of {@code directories} whose clock counts, 1 ms a call. */
  public SimStore(int directories) {
    this(directories, new SplittableRandom(1), counting());
  }

  /** An empty store of one directory. */
  public SimStore() {
    this(1);
  }

  private static LongSupplier counting() {
    long[] now = {START_NS};
    return () -> now[0] += TICK_NS;
  }

  /** From now on {@code hook} sees every call; replaces any other. */
  public void hook(Hook newHook) {
    hook = newHook;
  }

  /**
   * The next call of that kind whose path satisfies {@code which} fails, once. Replaces any hook.
   */
  public void failOnce(Call call, Predicate<TreePath> which, Failure failure) {
    hook =
        (called, path) -> {
          if (called == call && which.test(path)) {
            hook((ignored, none) -> {});
            throw new StoreException(failure, "made to fail: " + call + " of " + path);
          }
        };
  }

  /**
   * From now on each modification is followed with these chances by a writeback of one page and by
   * the commit of some metadata. Neither happens by itself before.
   */
  public synchronized void activity(int writebackPerMille, int commitPerMille) {
    tree.activity(writebackPerMille, commitPerMille);
  }

  /** From now on {@code bytes} more can be allocated, then NO_SPACE; all that is freed counts. */
  public synchronized void fullAfter(long bytes) {
    tree.fullAfter(bytes);
  }

  /** There is room again. */
  public synchronized void roomAgain() {
    tree.fullAfter(Long.MAX_VALUE);
  }

  /** The next {@code count} syncs of any kind fail with IO and lose data, as Linux does. */
  public synchronized void failSyncs(int count) {
    tree.failSyncs(count);
  }

  /** The processes of the host end: what is open is closed, everything written is kept. */
  public synchronized void processCrash() {
    mounts++;
    tree.processCrash();
  }

  /** The host loses power and is back; what is open is lost. */
  public synchronized void powerLoss() {
    mounts++;
    tree.powerLoss();
  }

  /** An independent store with the same content, all stable, without the hook. */
  public SimStore copy() {
    SimStore copy = new SimStore(0);
    copy.become(this);
    return copy;
  }

  /** Takes the content of {@code other}, all stable; files that are open here are lost to sight. */
  public void become(SimStore other) {
    synchronized (other) {
      synchronized (this) {
        mounts++;
        tree.become(other.tree);
      }
    }
  }

  @Override
  public synchronized int directories() {
    return tree.roots().size();
  }

  @Override
  public FileStatus status(TreePath path) throws StoreException {
    hook.before(Call.STATUS, path);
    synchronized (this) {
      return find(path).status();
    }
  }

  @Override
  public FileStatus status(OpenFile file) throws StoreException {
    hook.before(Call.STATUS, ((Handle) file).path);
    synchronized (this) {
      return handle(file).inode.status();
    }
  }

  @Override
  public OpenFile open(TreePath path, Access access) throws StoreException {
    hook.before(Call.OPEN, path);
    synchronized (this) {
      Inode inode = find(path);
      switch (inode.kind()) {
        case FILE -> {}
        case DIRECTORY -> throw Names.failure(Failure.IS_A_DIRECTORY, path);
        case SYMLINK -> throw Names.failure(Failure.LOOP, path);
        default -> throw Names.failure(Failure.INVALID, path);
      }
      return opened(inode, path, access);
    }
  }

  @Override
  public OpenFile hold(TreePath path) throws StoreException {
    hook.before(Call.OPEN, path);
    synchronized (this) {
      return opened(find(path), path, Access.READ_WRITE);
    }
  }

  @Override
  public OpenFile reopen(OpenFile held, Access access) throws StoreException {
    hook.before(Call.OPEN, ((Handle) held).path);
    synchronized (this) {
      return opened(handle(held).inode, ((Handle) held).path, access);
    }
  }

  @Override
  public OpenFile openDirectory(TreePath path) throws StoreException {
    hook.before(Call.OPEN, path);
    synchronized (this) {
      return opened(directory(path), path, Access.READ);
    }
  }

  @GuardedBy("this")
  private OpenFile opened(Inode inode, TreePath path, Access access) {
    inode.handles++;
    return new Handle(inode, path, access, mounts);
  }

  /** Positions are places in the list as it was when it was last read from its beginning. */
  @Override
  public void entries(OpenFile directory, long from, EntryVisitor visitor) throws StoreException {
    Handle handle = (Handle) directory;
    hook.before(Call.LIST, handle.path);
    List<Entry> listing;
    synchronized (this) {
      Inode inode = handle(directory).inode;
      if (!inode.isDirectory()) {
        throw Names.failure(Failure.NOT_A_DIRECTORY, handle.path);
      }
      if (from == 0) {
        handle.listing = new ArrayList<>(entries(inode, handle.path.isRoot(), false));
        for (String dots : List.of("..", ".")) {
          byte[] name = Names.bytes(dots);
          handle.listing.add(0, new Entry(name, FileKind.DIRECTORY, inode.inode, Optional.empty()));
        }
      }
      listing = handle.listing;
    }
    for (int i = (int) from; i < listing.size(); i++) {
      Entry entry = listing.get(i);
      if (!visitor.entry(entry.name(), entry.kind(), entry.inode(), i + 1L)) {
        return;
      }
    }
  }

  @Override
  public OpenFile createNameless(TreePath directory, NewFile file) throws StoreException {
    hook.before(Call.CREATE, directory);
    synchronized (this) {
      directory(directory);
      Inode inode = tree.create(file, Optional.empty(), clock.getAsLong());
      OpenFile nameless = opened(inode, directory, Access.READ_WRITE);
      tree.end();
      return nameless;
    }
  }

  @Override
  public void publish(OpenFile nameless, TreePath path, FileId id) throws StoreException {
    hook.before(Call.LINK, path);
    synchronized (this) {
      refuseRoot(path, Failure.EXISTS);
      Inode inode = handle(nameless).inode;
      Inode parent = parent(path);
      Names.free(parent, path);
      tree.name(parent, Names.key(path), inode);
      inode.id = Optional.of(id);
      inode.links = 1;
      changed(inode);
      modified(parent);
      tree.end();
    }
  }

  private synchronized void closeHandle(Handle handle) {
    if (!handle.closed && handle.mount == mounts) {
      handle.inode.handles--;
      tree.released(handle.inode);
      tree.end();
    }
    handle.closed = true;
  }

  @Override
  public int read(OpenFile file, ByteBuffer into, long offset) throws StoreException {
    hook.before(Call.READ, ((Handle) file).path);
    direct(into);
    synchronized (this) {
      Handle handle = handle(file);
      if (handle.access == Access.WRITE) {
        throw Names.failure(Failure.INVALID, handle.path);
      }
      return handle.inode.read(into, offset);
    }
  }

  @Override
  public void write(OpenFile file, ByteBuffer data, long offset) throws StoreException {
    hook.before(Call.WRITE, ((Handle) file).path);
    direct(data);
    synchronized (this) {
      Inode inode = writable(file, offset, 0).inode;
      try {
        tree.write(inode, data, offset);
      } finally {
        modified(inode);
        tree.end();
      }
    }
  }

  @Override
  public void truncate(OpenFile file, long sizeBytes) throws StoreException {
    hook.before(Call.TRUNCATE, ((Handle) file).path);
    synchronized (this) {
      Inode inode = writable(file, sizeBytes, 0).inode;
      tree.resize(inode, sizeBytes);
      modified(inode);
      tree.end();
    }
  }

  @Override
  public void allocate(OpenFile file, Allocation how, long offset, long lengthBytes)
      throws StoreException {
    hook.before(Call.ALLOCATE, ((Handle) file).path);
    synchronized (this) {
      Inode inode = writable(file, offset, lengthBytes - 1).inode;
      long end = offset + lengthBytes;
      boolean reserves = how == Allocation.RESERVE || how == Allocation.RESERVE_KEEP_SIZE;
      if (!reserves && offset < inode.size) {
        tree.zero(inode, offset, Math.min(end, inode.size));
      }
      boolean grows = how == Allocation.RESERVE || how == Allocation.ZERO;
      if (grows && end > inode.size) {
        tree.resize(inode, end);
      }
      modified(inode);
      tree.end();
    }
  }

  @Override
  public long seek(OpenFile file, Region region, long offset) throws StoreException {
    hook.before(Call.SEEK, ((Handle) file).path);
    synchronized (this) {
      Handle handle = handle(file);
      Inode inode = handle.inode;
      long found = -1;
      if (offset < inode.size) {
        found = region == Region.DATA ? inode.nextData(offset) : inode.nextHole(offset);
      }
      if (found < 0 || (region == Region.DATA && found >= inode.size)) {
        throw Names.failure(Failure.NO_SUCH_RANGE, handle.path);
      }
      return found;
    }
  }

  @Override
  public void sync(OpenFile file, boolean dataOnly) throws StoreException {
    hook.before(Call.SYNC, ((Handle) file).path);
    synchronized (this) {
      tree.syncFile(handle(file).inode, dataOnly);
    }
  }

  @Override
  public void syncDirectory(TreePath directory) throws StoreException {
    hook.before(Call.SYNC_DIRECTORY, directory);
    synchronized (this) {
      tree.syncDirectory(directory(directory));
    }
  }

  @Override
  public void syncAll() throws StoreException {
    hook.before(Call.SYNC_ALL, null);
    synchronized (this) {
      tree.syncAll();
    }
  }

  @Override
  public void create(TreePath path, NewFile file, FileId id) throws StoreException {
    hook.before(Call.CREATE, path);
    synchronized (this) {
      refuseRoot(path, Failure.EXISTS);
      Inode parent = parent(path);
      Names.free(parent, path);
      Optional<FileId> given = id.isNone() ? Optional.empty() : Optional.of(id);
      Inode inode = tree.create(file, given, clock.getAsLong());
      inode.links = 1;
      tree.name(parent, Names.key(path), inode);
      modified(parent);
      tree.end();
    }
  }

  @Override
  public Optional<OpenFile> create(TreePath path, NewFile file, FileId id, long timeNs)
      throws StoreException {
    create(path, file, id);
    setAttributes(path, AttributeChange.times(timeNs));
    return file.kind() == FileKind.FILE
        ? Optional.of(open(path, Access.READ_WRITE))
        : Optional.empty();
  }

  @Override
  public void link(TreePath existing, TreePath path) throws StoreException {
    hook.before(Call.LINK, path);
    synchronized (this) {
      refuseRoot(existing, Failure.NOT_PERMITTED);
      refuseRoot(path, Failure.EXISTS);
      Inode inode = find(existing);
      Inode parent = parent(path);
      Names.sameStore(existing, path);
      Names.free(parent, path);
      if (inode.isDirectory()) {
        throw Names.failure(Failure.NOT_PERMITTED, existing);
      }
      tree.name(parent, Names.key(path), inode);
      inode.links++;
      changed(inode);
      modified(parent);
      tree.end();
    }
  }

  @Override
  public void remove(TreePath path, boolean directory) throws StoreException {
    hook.before(Call.REMOVE, path);
    synchronized (this) {
      Inode parent = parent(path);
      Inode inode = find(path);
      if (directory != inode.isDirectory()) {
        throw Names.failure(directory ? Failure.NOT_A_DIRECTORY : Failure.IS_A_DIRECTORY, path);
      }
      if (!inode.children.isEmpty()) {
        throw Names.failure(Failure.NOT_EMPTY, path);
      }
      tree.unname(parent, Names.key(path));
      modified(parent);
      unlinked(inode);
      tree.end();
    }
  }

  @Override
  public void rename(TreePath from, TreePath to, boolean exclusive) throws StoreException {
    hook.before(Call.RENAME, from);
    synchronized (this) {
      Inode parent = parent(from);
      Inode toParent = parent(to);
      Names.sameStore(from, to);
      Inode inode = find(from);
      Inode replaced = toParent.children.get(Names.key(to));
      if (replaced != null && exclusive) {
        throw Names.failure(Failure.EXISTS, to);
      }
      Names.notBelowItself(inode, from, to);
      if (replaced == inode) {
        return;
      }
      if (replaced != null) {
        Names.replaceable(replaced, inode, to);
      }
      tree.unname(parent, Names.key(from));
      tree.name(toParent, Names.key(to), inode);
      changed(inode);
      modified(parent);
      modified(toParent);
      if (replaced != null) {
        unlinked(replaced);
      }
      tree.end();
    }
  }

  @Override
  public void exchange(TreePath one, TreePath other) throws StoreException {
    hook.before(Call.EXCHANGE, one);
    synchronized (this) {
      Inode parent = parent(one);
      Inode otherParent = parent(other);
      Names.sameStore(one, other);
      Inode first = find(one);
      Inode second = find(other);
      Names.notBelowItself(first, one, other);
      Names.notBelowItself(second, other, one);
      tree.name(parent, Names.key(one), second);
      tree.name(otherParent, Names.key(other), first);
      changed(first);
      changed(second);
      modified(parent);
      modified(otherParent);
      tree.end();
    }
  }

  @Override
  public void setAttributes(TreePath path, AttributeChange change) throws StoreException {
    hook.before(Call.SET_ATTRIBUTES, path);
    synchronized (this) {
      change(find(path), change);
    }
  }

  @Override
  public void setAttributes(OpenFile file, AttributeChange change) throws StoreException {
    hook.before(Call.SET_ATTRIBUTES, ((Handle) file).path);
    synchronized (this) {
      change(handle(file).inode, change);
    }
  }

  @Override
  public byte[] readLink(TreePath path) throws StoreException {
    hook.before(Call.READ_LINK, path);
    synchronized (this) {
      Inode inode = find(path);
      if (inode.kind() != FileKind.SYMLINK) {
        throw Names.failure(Failure.INVALID, path);
      }
      return inode.born.target().clone();
    }
  }

  @Override
  public List<Entry> list(TreePath directory, boolean withIds) throws StoreException {
    hook.before(Call.LIST, directory);
    synchronized (this) {
      return entries(directory, withIds);
    }
  }

  @Override
  public Statistics statistics(int directory) throws StoreException {
    hook.before(Call.STATISTICS, TreePath.root(directory));
    synchronized (this) {
      long free = Math.min(tree.freePages(), 1 << 19);
      return new Statistics(Page.BYTES, 1 << 20, free, free, 1 << 20, 1 << 19, 255);
    }
  }

  @Override
  public Optional<FileId> identity(TreePath path) throws StoreException {
    hook.before(Call.IDENTITY, path);
    synchronized (this) {
      return find(path).id;
    }
  }

  @Override
  public void setIdentity(TreePath path, FileId id) throws StoreException {
    hook.before(Call.SET_IDENTITY, path);
    synchronized (this) {
      Inode inode = find(path);
      inode.id = path.isRoot() ? inode.id : Optional.of(id);
      changed(inode);
      tree.end();
    }
  }

  @Override
  public synchronized Optional<UUID> mark(int directory) {
    return Optional.ofNullable(marks.get(directory));
  }

  @Override
  public synchronized void mark(int directory, UUID copy) {
    marks.put(directory, copy);
  }

  @Override
  public List<byte[]> xattrs(TreePath path) throws StoreException {
    hook.before(Call.XATTR, path);
    synchronized (this) {
      return find(path).xattrs.keySet().stream().map(Names::bytes).toList();
    }
  }

  @Override
  public byte[] xattr(TreePath path, byte[] name) throws StoreException {
    hook.before(Call.XATTR, path);
    synchronized (this) {
      return value(find(path), name, path);
    }
  }

  @Override
  public void setXattr(TreePath path, byte[] name, byte[] value) throws StoreException {
    hook.before(Call.SET_XATTR, path);
    synchronized (this) {
      setXattr(find(path), path, name, value.clone());
    }
  }

  @Override
  public void removeXattr(TreePath path, byte[] name) throws StoreException {
    hook.before(Call.SET_XATTR, path);
    synchronized (this) {
      refuseOwn(path, name);
      Inode inode = find(path);
      value(inode, name, path);
      setXattr(inode, path, name, null);
    }
  }

  @Override
  public byte[] readLink(OpenFile held) throws StoreException {
    hook.before(Call.READ_LINK, ((Handle) held).path);
    synchronized (this) {
      return handle(held).inode.born.target().clone();
    }
  }

  @Override
  public List<byte[]> xattrs(OpenFile file) throws StoreException {
    hook.before(Call.XATTR, ((Handle) file).path);
    synchronized (this) {
      return handle(file).inode.xattrs.keySet().stream().map(Names::bytes).toList();
    }
  }

  @Override
  public byte[] xattr(OpenFile file, byte[] name) throws StoreException {
    hook.before(Call.XATTR, ((Handle) file).path);
    synchronized (this) {
      return value(handle(file).inode, name, ((Handle) file).path);
    }
  }

  private static byte[] value(Inode inode, byte[] name, TreePath path) throws StoreException {
    byte[] value = inode.xattrs.get(Names.text(name));
    if (value == null) {
      throw Names.failure(Failure.NO_ATTRIBUTE, path);
    }
    return value.clone();
  }

  @Override
  public void setXattr(OpenFile file, byte[] name, byte[] value) throws StoreException {
    hook.before(Call.SET_XATTR, ((Handle) file).path);
    synchronized (this) {
      setXattr(handle(file).inode, ((Handle) file).path, name, value.clone());
    }
  }

  @Override
  public void removeXattr(OpenFile file, byte[] name) throws StoreException {
    hook.before(Call.SET_XATTR, ((Handle) file).path);
    synchronized (this) {
      value(handle(file).inode, name, ((Handle) file).path);
      setXattr(handle(file).inode, ((Handle) file).path, name, null);
    }
  }

  /** Takes it away where {@code value} is null. */
  @GuardedBy("this")
  private void setXattr(Inode inode, TreePath path, byte[] name, byte[] value)
      throws StoreException {
    refuseOwn(path, name);
    tree.xattr(inode, Names.text(name), value);
    changed(inode);
    tree.end();
  }

  @Override
  public TreePath staging(int directory) throws StoreException {
    TreePath path = TreePath.root(directory).resolve(STAGING);
    hook.before(Call.STAGING, path);
    synchronized (this) {
      Inode root = find(TreePath.root(directory));
      if (!root.children.containsKey(STAGING)) {
        NewFile what = NewFile.directory(0700, 0, 0);
        Inode inode = tree.create(what, Optional.empty(), clock.getAsLong());
        inode.links = 1;
        tree.name(root, STAGING, inode);
        modified(root);
        tree.end();
      }
      return path;
    }
  }

  @Override
  public void leaveStaging(int directory) throws StoreException {
    TreePath path = staging(directory);
    if (list(path, false).isEmpty()) {
      remove(path, true);
    }
  }

  /** A creation is one step here: only what was to be published is ever left. */
  @Override
  public synchronized void sweep(boolean unpublished) {
    for (Inode root : tree.roots()) {
      if (unpublished) {
        sweepBelow(root);
      }
    }
  }

  @GuardedBy("this")
  private void sweepBelow(Inode directory) {
    for (Map.Entry<String, Inode> each : List.copyOf(directory.children.entrySet())) {
      if (each.getValue().isDirectory()) {
        sweepBelow(each.getValue());
      } else if (each.getKey().matches(TEMPORARY)) {
        tree.unname(directory, each.getKey());
        unlinked(each.getValue());
        tree.end();
      }
    }
  }

  /** In the order of names, directories before what is in them; a list at a time, as on a disk. */
  @Override
  public void walk(TreePath from, Predicate<TreePath> visitor) throws StoreException {
    hook.before(Call.WALK, from);
    if (status(from).kind() == FileKind.DIRECTORY) {
      walkBelow(from, visitor);
    }
  }

  /** Nothing to free: the content stays readable, as on a disk. */
  @Override
  public void close() {}

  private boolean walkBelow(TreePath from, Predicate<TreePath> visitor) throws StoreException {
    List<Entry> entries;
    synchronized (this) {
      entries = entries(from, false);
    }
    for (Entry entry : entries) {
      TreePath path = from.resolve(entry.name());
      if (!visitor.test(path)) {
        return false;
      }
      if (entry.kind() == FileKind.DIRECTORY && !walkBelow(path, visitor)) {
        return false;
      }
    }
    return true;
  }

  @GuardedBy("this")
  private List<Entry> entries(TreePath directory, boolean withIds) throws StoreException {
    return entries(directory(directory), directory.isRoot(), withIds);
  }

  private static List<Entry> entries(Inode directory, boolean root, boolean withIds) {
    List<Entry> entries = new ArrayList<>();
    directory.children.forEach(
        (name, child) -> {
          if (!(root && name.equals(STAGING)) && !name.matches(TEMPORARY)) {
            Optional<FileId> id = withIds ? child.id : Optional.empty();
            entries.add(new Entry(Names.bytes(name), child.kind(), child.inode, id));
          }
        });
    return entries;
  }

  @GuardedBy("this")
  private Inode find(TreePath path) throws StoreException {
    return Names.find(tree.roots(), path);
  }

  @GuardedBy("this")
  private Inode parent(TreePath path) throws StoreException {
    return Names.parent(tree.roots(), path);
  }

  @GuardedBy("this")
  private Inode directory(TreePath path) throws StoreException {
    return Names.directory(tree.roots(), path);
  }

  private static void refuseRoot(TreePath path, Failure failure) throws StoreException {
    if (path.isRoot()) {
      throw Names.failure(failure, path);
    }
  }

  private static void refuseOwn(TreePath path, byte[] name) throws StoreException {
    if (Names.text(name).startsWith(OWN_XATTRS)) {
      throw Names.failure(Failure.NOT_PERMITTED, path);
    }
  }

  @GuardedBy("this")
  private void change(Inode inode, AttributeChange change) {
    if (inode.kind() != FileKind.SYMLINK) {
      change.permissions().ifPresent(bits -> inode.permissions = bits);
    }
    change.owner().ifPresent(owner -> inode.owner = owner);
    change.group().ifPresent(group -> inode.group = group);
    change.accessNs().ifPresent(time -> inode.accessNs = time);
    change.modifyNs().ifPresent(time -> inode.modifyNs = time);
    changed(inode);
    tree.end();
  }

  @GuardedBy("this")
  private void unlinked(Inode inode) {
    inode.links--;
    changed(inode);
    tree.released(inode);
  }

  @GuardedBy("this")
  private void modified(Inode inode) {
    inode.modifyNs = clock.getAsLong();
    inode.changeNs = inode.modifyNs;
    tree.attributes(inode);
  }

  @GuardedBy("this")
  private void changed(Inode inode) {
    inode.changeNs = clock.getAsLong();
    tree.attributes(inode);
  }

  @GuardedBy("this")
  private Handle handle(OpenFile file) throws StoreException {
    Handle handle = (Handle) file;
    if (handle.closed || handle.mount != mounts) {
      throw Names.failure(Failure.STALE, handle.path);
    }
    return handle;
  }

  @GuardedBy("this")
  private Handle writable(OpenFile file, long offset, long more) throws StoreException {
    Handle handle = handle(file);
    if (handle.access == Access.READ || offset < 0 || more < 0) {
      throw Names.failure(Failure.INVALID, handle.path);
    }
    return handle;
  }

  private static void direct(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("file stores take direct buffers only");
    }
  }
}
