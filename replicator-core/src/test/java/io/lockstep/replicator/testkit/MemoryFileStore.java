package io.lockstep.replicator.testkit;

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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A {@link FileStore} wholly in memory, with the manners of a POSIX file system: sparse files, hard
 * links, symbolic links, extended attributes, files that live on while open, and times that move by
 * themselves (by a clock that counts, 1 ms a call) whenever an entry or content changes.
 *
 * <p>A {@link Hook} sees each call before it happens and may make it fail; {@link #failOnce} does
 * that for one call. {@link #copy} and {@link #become} give snapshots, for equal starting points
 * and for power loss.
 */
public final class MemoryFileStore implements FileStore {
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
    IDENTITY,
    SET_IDENTITY,
    XATTR,
    SET_XATTR,
    STAGING,
    WALK
  }

  /** Sees each call before it happens, with the store's lock held. */
  @FunctionalInterface
  public interface Hook {
    /** {@code path} is null for calls that concern no single path. */
    void before(Call call, TreePath path) throws StoreException;
  }

  /** A file that is open. */
  private static final class Handle implements OpenFile {
    private final MemoryNode node;
    private final TreePath path;
    private final Access access;
    private volatile boolean closed;

    private Handle(MemoryNode node, TreePath path, Access access) {
      this.node = node;
      this.path = path;
      this.access = access;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final String STAGING = ".lockstep";
  private static final long TICK_NS = 1_000_000;

  @GuardedBy("this")
  private final List<MemoryNode> roots = new ArrayList<>();

  @GuardedBy("this")
  private long nextInode = 2;

  @GuardedBy("this")
  private long nowNs = 1_000_000_000_000L;

  @GuardedBy("this")
  private Hook hook = (call, path) -> {};

  /** An empty store of {@code directories} replicated directories. */
  public MemoryFileStore(int directories) {
    for (int i = 0; i < directories; i++) {
      MemoryNode root = new MemoryNode(nextInode++, NewFile.directory(0755, 0, 0), nowNs);
      root.id = Optional.of(FileId.root(i));
      roots.add(root);
    }
  }

  /** An empty store of one directory. */
  public MemoryFileStore() {
    this(1);
  }

  /** From now on {@code hook} sees every call; replaces any other. */
  public synchronized void hook(Hook newHook) {
    hook = newHook;
  }

  /**
   * The next call of that kind whose path satisfies {@code which} fails, once. Replaces any hook.
   */
  public synchronized void failOnce(Call call, Predicate<TreePath> which, Failure failure) {
    hook =
        (called, path) -> {
          if (called == call && which.test(path)) {
            hook((ignored, none) -> {});
            throw new StoreException(failure, "made to fail: " + call + " of " + path);
          }
        };
  }

  /** An independent store with the same content, without the hook. */
  public synchronized MemoryFileStore copy() {
    MemoryFileStore copy = new MemoryFileStore(0);
    copy.become(this);
    return copy;
  }

  /** Takes the content of {@code other}; files that are open here are lost to sight. */
  public void become(MemoryFileStore other) {
    List<MemoryNode> copies = new ArrayList<>();
    long inode;
    long time;
    synchronized (other) {
      Map<MemoryNode, MemoryNode> seen = new HashMap<>();
      other.roots.forEach(root -> copies.add(root.copy(seen)));
      inode = other.nextInode;
      time = other.nowNs;
    }
    synchronized (this) {
      roots.clear();
      roots.addAll(copies);
      nextInode = inode;
      nowNs = time;
    }
  }

  @Override
  public synchronized int directories() {
    return roots.size();
  }

  @Override
  public synchronized FileStatus status(TreePath path) throws StoreException {
    hook.before(Call.STATUS, path);
    return find(path).status();
  }

  @Override
  public synchronized FileStatus status(OpenFile file) throws StoreException {
    hook.before(Call.STATUS, handle(file).path);
    return handle(file).node.status();
  }

  @Override
  public synchronized OpenFile open(TreePath path, Access access) throws StoreException {
    hook.before(Call.OPEN, path);
    MemoryNode node = find(path);
    switch (node.kind()) {
      case FILE -> {}
      case DIRECTORY -> throw failure(Failure.IS_A_DIRECTORY, path);
      case SYMLINK -> throw failure(Failure.LOOP, path);
      default -> throw failure(Failure.INVALID, path);
    }
    return new Handle(node, path, access);
  }

  @Override
  public synchronized int read(OpenFile file, ByteBuffer into, long offset) throws StoreException {
    Handle handle = handle(file);
    hook.before(Call.READ, handle.path);
    direct(into);
    if (handle.access == Access.WRITE) {
      throw failure(Failure.INVALID, handle.path);
    }
    return handle.node.read(into, offset);
  }

  @Override
  public synchronized void write(OpenFile file, ByteBuffer data, long offset)
      throws StoreException {
    Handle handle = writable(file);
    hook.before(Call.WRITE, handle.path);
    direct(data);
    if (offset < 0) {
      throw failure(Failure.INVALID, handle.path);
    }
    handle.node.write(data, offset);
    modified(handle.node);
  }

  @Override
  public synchronized void truncate(OpenFile file, long sizeBytes) throws StoreException {
    Handle handle = writable(file);
    hook.before(Call.TRUNCATE, handle.path);
    if (sizeBytes < 0) {
      throw failure(Failure.INVALID, handle.path);
    }
    handle.node.truncate(sizeBytes);
    modified(handle.node);
  }

  @Override
  public synchronized void allocate(OpenFile file, Allocation how, long offset, long lengthBytes)
      throws StoreException {
    Handle handle = writable(file);
    hook.before(Call.ALLOCATE, handle.path);
    if (offset < 0 || lengthBytes <= 0) {
      throw failure(Failure.INVALID, handle.path);
    }
    MemoryNode node = handle.node;
    long end = offset + lengthBytes;
    boolean zeroes =
        how == Allocation.PUNCH_HOLE || how == Allocation.ZERO || how == Allocation.ZERO_KEEP_SIZE;
    if (zeroes && offset < node.size) {
      node.zero(offset, Math.min(end, node.size));
    }
    if (how == Allocation.RESERVE || how == Allocation.ZERO) {
      node.size = Math.max(node.size, end);
    }
    modified(node);
  }

  @Override
  public synchronized long seek(OpenFile file, Region region, long offset) throws StoreException {
    Handle handle = handle(file);
    hook.before(Call.SEEK, handle.path);
    MemoryNode node = handle.node;
    long found = -1;
    if (offset < node.size) {
      found = region == Region.DATA ? node.nextData(offset) : node.nextHole(offset);
    }
    if (found < 0 || (region == Region.DATA && found >= node.size)) {
      throw failure(Failure.NO_SUCH_RANGE, handle.path);
    }
    return found;
  }

  @Override
  public synchronized void sync(OpenFile file, boolean dataOnly) throws StoreException {
    hook.before(Call.SYNC, handle(file).path);
  }

  @Override
  public synchronized void syncDirectory(TreePath directory) throws StoreException {
    hook.before(Call.SYNC_DIRECTORY, directory);
    directory(directory);
  }

  @Override
  public synchronized void syncAll() throws StoreException {
    hook.before(Call.SYNC_ALL, null);
  }

  @Override
  public synchronized void create(TreePath path, NewFile file, FileId id) throws StoreException {
    hook.before(Call.CREATE, path);
    MemoryNode parent = parent(path);
    free(parent, path);
    MemoryNode node = new MemoryNode(nextInode++, file, tick());
    node.id = id.isNone() ? Optional.empty() : Optional.of(id);
    parent.children.put(key(path), node);
    modified(parent);
  }

  @Override
  public synchronized void link(TreePath existing, TreePath path) throws StoreException {
    hook.before(Call.LINK, path);
    MemoryNode node = find(existing);
    MemoryNode parent = parent(path);
    if (node.isDirectory()) {
      throw failure(Failure.NOT_PERMITTED, existing);
    }
    if (existing.directory() != path.directory()) {
      throw failure(Failure.CROSSES_STORES, path);
    }
    free(parent, path);
    parent.children.put(key(path), node);
    node.links++;
    node.changeNs = tick();
    modified(parent);
  }

  @Override
  public synchronized void remove(TreePath path, boolean directory) throws StoreException {
    hook.before(Call.REMOVE, path);
    MemoryNode parent = parent(path);
    MemoryNode node = find(path);
    if (directory != node.isDirectory()) {
      throw failure(directory ? Failure.NOT_A_DIRECTORY : Failure.IS_A_DIRECTORY, path);
    }
    if (!node.children.isEmpty()) {
      throw failure(Failure.NOT_EMPTY, path);
    }
    parent.children.remove(key(path));
    node.links--;
    node.changeNs = tick();
    modified(parent);
  }

  @Override
  public synchronized void rename(TreePath from, TreePath to, boolean exclusive)
      throws StoreException {
    hook.before(Call.RENAME, from);
    MemoryNode parent = parent(from);
    MemoryNode node = find(from);
    MemoryNode toParent = parent(to);
    MemoryNode replaced = toParent.children.get(key(to));
    movable(node, from, to);
    if (replaced != null) {
      if (exclusive) {
        throw failure(Failure.EXISTS, to);
      }
      if (replaced == node) {
        return;
      }
      if (replaced.isDirectory() != node.isDirectory()) {
        throw failure(node.isDirectory() ? Failure.NOT_A_DIRECTORY : Failure.IS_A_DIRECTORY, to);
      }
      if (!replaced.children.isEmpty()) {
        throw failure(Failure.NOT_EMPTY, to);
      }
      replaced.links--;
    }
    parent.children.remove(key(from));
    toParent.children.put(key(to), node);
    node.changeNs = tick();
    modified(parent);
    modified(toParent);
  }

  @Override
  public synchronized void exchange(TreePath one, TreePath other) throws StoreException {
    hook.before(Call.EXCHANGE, one);
    MemoryNode first = find(one);
    MemoryNode second = find(other);
    movable(first, one, other);
    movable(second, other, one);
    parent(one).children.put(key(one), second);
    parent(other).children.put(key(other), first);
    modified(parent(one));
    modified(parent(other));
  }

  @Override
  public synchronized void setAttributes(TreePath path, AttributeChange change)
      throws StoreException {
    hook.before(Call.SET_ATTRIBUTES, path);
    change(find(path), change);
  }

  @Override
  public synchronized void setAttributes(OpenFile file, AttributeChange change)
      throws StoreException {
    hook.before(Call.SET_ATTRIBUTES, handle(file).path);
    change(handle(file).node, change);
  }

  @Override
  public synchronized byte[] readLink(TreePath path) throws StoreException {
    hook.before(Call.READ_LINK, path);
    MemoryNode node = find(path);
    if (node.kind() != FileKind.SYMLINK) {
      throw failure(Failure.INVALID, path);
    }
    return node.born.target().clone();
  }

  @Override
  public synchronized List<Entry> list(TreePath directory, boolean withIds) throws StoreException {
    hook.before(Call.LIST, directory);
    MemoryNode node = directory(directory);
    List<Entry> entries = new ArrayList<>();
    node.children.forEach(
        (name, child) -> {
          if (!(directory.isRoot() && name.equals(STAGING))) {
            Optional<FileId> id = withIds ? child.id : Optional.empty();
            entries.add(new Entry(bytes(name), child.kind(), child.inode, id));
          }
        });
    return entries;
  }

  @Override
  public synchronized Statistics statistics(int directory) {
    return new Statistics(4096, 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19, 255);
  }

  @Override
  public synchronized Optional<FileId> identity(TreePath path) throws StoreException {
    hook.before(Call.IDENTITY, path);
    return find(path).id;
  }

  @Override
  public synchronized void setIdentity(TreePath path, FileId id) throws StoreException {
    hook.before(Call.SET_IDENTITY, path);
    MemoryNode node = find(path);
    node.id = Optional.of(id);
    node.changeNs = tick();
  }

  @Override
  public synchronized List<byte[]> xattrs(TreePath path) throws StoreException {
    hook.before(Call.XATTR, path);
    return find(path).xattrs.keySet().stream().map(MemoryFileStore::bytes).toList();
  }

  @Override
  public synchronized byte[] xattr(TreePath path, byte[] name) throws StoreException {
    hook.before(Call.XATTR, path);
    byte[] value = find(path).xattrs.get(text(name));
    if (value == null) {
      throw failure(Failure.NO_ATTRIBUTE, path);
    }
    return value.clone();
  }

  @Override
  public synchronized void setXattr(TreePath path, byte[] name, byte[] value)
      throws StoreException {
    hook.before(Call.SET_XATTR, path);
    MemoryNode node = find(path);
    node.xattrs.put(text(name), value.clone());
    node.changeNs = tick();
  }

  @Override
  public synchronized void removeXattr(TreePath path, byte[] name) throws StoreException {
    hook.before(Call.SET_XATTR, path);
    MemoryNode node = find(path);
    if (node.xattrs.remove(text(name)) == null) {
      throw failure(Failure.NO_ATTRIBUTE, path);
    }
    node.changeNs = tick();
  }

  @Override
  public synchronized TreePath staging(int directory) throws StoreException {
    TreePath path = TreePath.root(directory).resolve(STAGING);
    hook.before(Call.STAGING, path);
    MemoryNode root = roots.get(directory);
    if (!root.children.containsKey(STAGING)) {
      MemoryNode node = new MemoryNode(nextInode++, NewFile.directory(0700, 0, 0), tick());
      root.children.put(STAGING, node);
      modified(root);
    }
    return path;
  }

  @Override
  public synchronized void walk(TreePath from, Predicate<TreePath> visitor) throws StoreException {
    hook.before(Call.WALK, from);
    walkBelow(from, visitor);
  }

  /** Nothing to free: the content stays readable, as on a disk. */
  @Override
  public void close() {}

  private boolean walkBelow(TreePath from, Predicate<TreePath> visitor) throws StoreException {
    for (Entry entry : list(from, false)) {
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
  private MemoryNode find(TreePath path) throws StoreException {
    if (path.directory() >= roots.size()) {
      throw failure(Failure.NOT_FOUND, path);
    }
    if (path.isRoot()) {
      return roots.get(path.directory());
    }
    MemoryNode node = parent(path).children.get(key(path));
    if (node == null) {
      throw failure(Failure.NOT_FOUND, path);
    }
    return node;
  }

  @GuardedBy("this")
  private MemoryNode parent(TreePath path) throws StoreException {
    if (path.isRoot()) {
      throw failure(Failure.BUSY, path);
    }
    return directory(path.parent());
  }

  @GuardedBy("this")
  private MemoryNode directory(TreePath path) throws StoreException {
    MemoryNode node = find(path);
    if (!node.isDirectory()) {
      throw failure(Failure.NOT_A_DIRECTORY, path);
    }
    return node;
  }

  private static void movable(MemoryNode node, TreePath from, TreePath to) throws StoreException {
    if (from.directory() != to.directory()) {
      throw failure(Failure.CROSSES_STORES, to);
    }
    if (node.isDirectory() && !to.equals(from) && to.startsWith(from)) {
      throw failure(Failure.INVALID, to);
    }
  }

  private static void free(MemoryNode parent, TreePath path) throws StoreException {
    if (parent.children.containsKey(key(path))) {
      throw failure(Failure.EXISTS, path);
    }
  }

  @GuardedBy("this")
  private void change(MemoryNode node, AttributeChange change) {
    if (node.kind() != FileKind.SYMLINK) {
      change.permissions().ifPresent(bits -> node.permissions = bits);
    }
    change.owner().ifPresent(owner -> node.owner = owner);
    change.group().ifPresent(group -> node.group = group);
    change.accessNs().ifPresent(time -> node.accessNs = time);
    change.modifyNs().ifPresent(time -> node.modifyNs = time);
    node.changeNs = tick();
  }

  @GuardedBy("this")
  private void modified(MemoryNode node) {
    node.modifyNs = tick();
    node.changeNs = node.modifyNs;
  }

  @GuardedBy("this")
  private long tick() {
    nowNs += TICK_NS;
    return nowNs;
  }

  private static Handle handle(OpenFile file) throws StoreException {
    Handle handle = (Handle) file;
    if (handle.closed) {
      throw failure(Failure.STALE, handle.path);
    }
    return handle;
  }

  private static Handle writable(OpenFile file) throws StoreException {
    Handle handle = handle(file);
    if (handle.access == Access.READ) {
      throw failure(Failure.INVALID, handle.path);
    }
    return handle;
  }

  private static void direct(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("file stores take direct buffers only");
    }
  }

  private static String key(TreePath path) {
    return text(path.name());
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static StoreException failure(Failure failure, TreePath path) {
    return new StoreException(failure, failure + ": " + path);
  }
}
