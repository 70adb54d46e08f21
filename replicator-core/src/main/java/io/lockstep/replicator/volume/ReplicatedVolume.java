package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.replication.Sequencer;
import io.lockstep.replicator.replication.TreeEffects;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The volume of a module on the node that serves it.
 *
 * <p>Locks, always taken in this order: the gate (shared), the {@link Node#order} of every node
 * that the modification concerns (by number), the tree lock, and then the sequencer's own. The tree
 * lock is shared while a path is looked up and the operation numbered; data operations give it back
 * before they wait for the peer, operations on names and attributes keep it until they are done.
 * Only the rename of a directory holds it alone, since it changes the paths of everything below.
 */
public final class ReplicatedVolume implements Volume {
  private static final byte[] CAPABILITIES =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private final FileStore store;
  private final NodeTable nodes;
  private final Modifications modifications;
  private final TreeLock tree;
  private final VolumeGate gate;

  /**
   * Over a store that stays the caller's.
   *
   * @param epoch random, for the identities of new files; a new one each time a node begins to
   *     serve
   * @param excluded paths that stay on this node
   * @param copyFailed told when this node's own store failed in a way that no compensation can mend
   */
  public ReplicatedVolume(
      Execution execution,
      FileStore store,
      Sequencer sequencer,
      long epoch,
      Predicate<TreePath> excluded,
      CopyFailed copyFailed) {
    this.store = store;
    this.nodes = new NodeTable(execution, store.directories());
    this.tree = new TreeLock(execution);
    this.gate = new VolumeGate(execution);
    this.modifications =
        new Modifications(execution, store, sequencer, epoch, excluded, copyFailed);
    for (int directory = 0; directory < store.directories(); directory++) {
      nodes.root(directory).identified(FileId.root(directory));
    }
  }

  /**
   * Told that this node's copy of the data can no longer be trusted to follow its own operations.
   */
  public interface CopyFailed {
    /** {@code reason} is for the operator. */
    void copyFailed(String reason);
  }

  /** Holds and narrows the modifications. */
  public VolumeGate gate() {
    return gate;
  }

  /**
   * The identity of what is at {@code path}, given to it (and to the peer's copy) if it had none.
   */
  public FileId identityOf(TreePath path) throws StoreException {
    try (TreeLock.Held held = tree.shared()) {
      return modifications.identify(path);
    }
  }

  @Override
  public TreeNode root(int directory) {
    return nodes.root(directory);
  }

  @Override
  public TreeNode node(long number) throws StoreException {
    return nodes.get(number);
  }

  @Override
  public Found lookup(TreeNode parent, byte[] name) throws StoreException {
    checkNotReserved(parent, name, Failure.NOT_FOUND);
    return find((Node) parent, name);
  }

  private Found find(Node parent, byte[] name) throws StoreException {
    try (TreeLock.Held held = tree.shared()) {
      FileStatus status = store.status(pathOf(parent).resolve(name));
      return new Found(nodes.refer(parent, name, status), status);
    }
  }

  @Override
  public void forget(TreeNode node, long references) {
    nodes.forget((Node) node, references);
  }

  @Override
  public void forgetAll(int directory) {
    nodes.forgetAll(directory);
  }

  @Override
  public int known() {
    return nodes.size();
  }

  @Override
  public long idle(int directory, long from, int most, IdleVisitor visitor) {
    return nodes.idle(directory, from, most, visitor);
  }

  @Override
  public FileStatus status(TreeNode node, VolumeFile file) throws StoreException {
    Node target = (Node) node;
    if (file != null) {
      return store.status(((Handle) file).file());
    }
    return reading(target, store::status, path -> statusOf(target, path));
  }

  /** What has the name may be another file already, whose renaming is not at its end yet. */
  private FileStatus statusOf(Node node, TreePath path) throws StoreException {
    FileStatus status = store.status(path);
    if (!node.isRoot() && status.inode() != node.inode()) {
      throw new StoreException(Failure.STALE, path + " is another file by now");
    }
    return status;
  }

  private interface OnFile<T> {
    T of(OpenFile file) throws StoreException;
  }

  private interface OnPath<T> {
    T at(TreePath path) throws StoreException;
  }

  /**
   * Reads from a node by its name, or, if that is gone, by what is open or held of it. A name that
   * is being moved or removed is waited for, once.
   */
  private <T> T reading(Node node, OnFile<T> gone, OnPath<T> named) throws StoreException {
    try {
      return readingOnce(node, gone, named);
    } catch (StoreException e) {
      if (e.failure() != Failure.NOT_FOUND && e.failure() != Failure.STALE) {
        throw e;
      }
      node.order().lock();
      try {
        return readingOnce(node, gone, named);
      } finally {
        node.order().unlock();
      }
    }
  }

  private <T> T readingOnce(Node node, OnFile<T> gone, OnPath<T> named) throws StoreException {
    if (node.isGone()) {
      return gone.of(remains(node));
    }
    try (TreeLock.Held held = tree.shared()) {
      return named.at(pathOf(node));
    }
  }

  /** What there is of a file without a name. */
  private static OpenFile remains(Node node) throws StoreException {
    Handle handle = node.anyHandle();
    OpenFile file = handle != null ? handle.file() : node.held();
    if (file == null) {
      throw new StoreException(Failure.STALE, node + " is gone");
    }
    return file;
  }

  private TreePath pathOf(Node node) throws StoreException {
    TreePath path = node.path();
    if (path == null) {
      path = findOtherName(node);
    }
    return path;
  }

  /** The known names are gone but the file has others, which nobody has looked up yet. */
  private TreePath findOtherName(Node node) throws StoreException {
    TreePath found = node.isGone() ? null : search(TreePath.root(node.directory()), node.inode());
    if (found == null) {
      throw new StoreException(Failure.STALE, node + " has no name any more");
    }
    Node parent = nodeAt(found.parent());
    nodes.linked(node, parent, found.name());
    forgetUnlessRoot(parent);
    return found;
  }

  private TreePath search(TreePath directory, long inode) throws StoreException {
    List<FileStore.Entry> entries = store.list(directory, false);
    for (FileStore.Entry entry : entries) {
      if (entry.inode() == inode) {
        return directory.resolve(entry.name());
      }
    }
    for (FileStore.Entry entry : entries) {
      if (entry.kind() == FileKind.DIRECTORY) {
        TreePath found = search(directory.resolve(entry.name()), inode);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** The node of a directory by its path, with one more reference unless it is a root. */
  private Node nodeAt(TreePath path) throws StoreException {
    if (path.isRoot()) {
      return nodes.root(path.directory());
    }
    Node parent = nodeAt(path.parent());
    try {
      return nodes.refer(parent, path.name(), store.status(path));
    } finally {
      forgetUnlessRoot(parent);
    }
  }

  private void forgetUnlessRoot(Node node) {
    if (!node.isRoot()) {
      nodes.forget(node, 1);
    }
  }

  @Override
  public FileStatus setAttributes(TreeNode node, VolumeFile file, AttributeChange change)
      throws StoreException {
    Node target = (Node) node;
    try (Modifying m = modifying(0, target)) {
      if (target.isGone()) {
        OpenFile open = file == null ? remains(target) : ((Handle) file).file();
        store.setAttributes(open, change);
      } else {
        onNode(
            target,
            (id, path) -> new Operation.SetAttributes(id, path, change, modifications.now()),
            operation -> TreeEffects.onTree(store, operation));
      }
    }
    return status(node, file);
  }

  private interface ForNode {
    Operation operation(FileId id, TreePath path);
  }

  /** One modification of a node that has a name, by its path. */
  private void onNode(Node node, ForNode make, Modifications.Effect effect) throws StoreException {
    try (TreeLock.Held held = tree.shared()) {
      TreePath path = pathOf(node);
      Operation operation = make.operation(identity(node, path), path);
      modifications.perform(operation, effect, null);
    }
  }

  private FileId identity(Node node, TreePath path) throws StoreException {
    if (node.id() == null) {
      node.identified(modifications.identify(path));
    }
    return node.id();
  }

  @Override
  public FileStatus truncate(TreeNode node, VolumeFile file, long sizeBytes) throws StoreException {
    Handle given = (Handle) file;
    if (given != null && given.access() != FileStore.Access.READ) {
      data(
          given,
          0,
          false,
          (id, path) -> new Operation.Truncate(id, path, sizeBytes, modifications.now()));
      return store.status(given.file());
    }
    Handle own = (Handle) open(node, FileStore.Access.READ_WRITE);
    try {
      data(
          own,
          0,
          false,
          (id, path) -> new Operation.Truncate(id, path, sizeBytes, modifications.now()));
      return store.status(own.file());
    } finally {
      close(own);
    }
  }

  @Override
  public byte[] readLink(TreeNode node) throws StoreException {
    return reading((Node) node, store::readLink, store::readLink);
  }

  @Override
  public Found create(TreeNode parent, byte[] name, NewFile what) throws StoreException {
    Made made = make(parent, name, what);
    made.file().ifPresent(OpenFile::close);
    return made.found();
  }

  /** A new file; {@code file} is a regular one's, open to read and write. */
  private record Made(Found found, Optional<OpenFile> file) {}

  private Made make(TreeNode parent, byte[] name, NewFile what) throws StoreException {
    checkNotReserved(parent, name, Failure.NOT_PERMITTED);
    Node directory = (Node) parent;
    try (Modifying m = modifying(0, directory)) {
      try (TreeLock.Held held = tree.shared()) {
        TreePath path = pathOf(directory).resolve(name);
        refuseIfThere(path);
        Operation.Create operation =
            new Operation.Create(
                modifications.newId(),
                identity(directory, path.parent()),
                path,
                what,
                modifications.now());
        Optional<OpenFile> file = modifications.create(operation);
        try {
          FileStatus status = file.isPresent() ? store.status(file.get()) : store.status(path);
          Node node = nodes.created(directory, name, status);
          node.identified(operation.id());
          node.setPlain(true);
          return new Made(new Found(node, status), file);
        } catch (StoreException e) {
          file.ifPresent(OpenFile::close);
          throw e;
        }
      }
    }
  }

  private void refuseIfThere(TreePath path) throws StoreException {
    if (modifications.exists(path)) {
      throw new StoreException(Failure.EXISTS, path + " exists");
    }
  }

  @Override
  public Opened createAndOpen(TreeNode parent, byte[] name, NewFile what, FileStore.Access access)
      throws StoreException {
    Made made = make(parent, name, what);
    Found found = made.found();
    if (made.file().isPresent()) {
      Handle handle = new Handle((Node) found.node(), made.file().get(), access);
      nodes.opened(handle);
      return new Opened(found.node(), found.status(), handle);
    }
    try {
      return new Opened(found.node(), found.status(), open(found.node(), access));
    } catch (StoreException e) {
      forget(found.node(), 1);
      throw e;
    }
  }

  @Override
  public Found link(TreeNode existing, TreeNode parent, byte[] name) throws StoreException {
    checkNotReserved(parent, name, Failure.NOT_PERMITTED);
    Node target = (Node) existing;
    Node directory = (Node) parent;
    if (target.directory() != directory.directory()) {
      throw new StoreException(Failure.CROSSES_STORES, "cannot link " + target);
    }
    try (Modifying m = modifying(0, target, directory)) {
      try (TreeLock.Held held = tree.shared()) {
        if (target.isGone()) {
          return publish(target, directory, name);
        }
        TreePath from = pathOf(target);
        TreePath path = pathOf(directory).resolve(name);
        refuseIfThere(path);
        modifications.checkLinkable(from, path);
        Operation operation =
            new Operation.Link(
                identity(target, from),
                from,
                identity(directory, path.parent()),
                path,
                modifications.now());
        modifications.perform(operation, o -> TreeEffects.onTree(store, o), null);
        nodes.linked(target, directory, name);
        return new Found(nodes.refer(directory, name, store.status(path)), store.status(path));
      }
    }
  }

  /** The first name of a file that had none. */
  private Found publish(Node target, Node directory, byte[] name) throws StoreException {
    OpenFile file = remains(target);
    if (store.status(file).kind() != FileKind.FILE) {
      throw new StoreException(Failure.NOT_FOUND, "only a file can come back to a name");
    }
    TreePath path = pathOf(directory).resolve(name);
    refuseIfThere(path);
    FileId id = modifications.newId();
    new Publication(store, modifications)
        .publish(file, id, identity(directory, path.parent()), path);
    target.identified(id);
    nodes.published(target, directory, name);
    return new Found(target, store.status(path));
  }

  @Override
  public Opened createNameless(TreeNode parent, NewFile what) throws StoreException {
    Node directory = (Node) parent;
    OpenFile file;
    try (TreeLock.Held held = tree.shared()) {
      if (directory.isGone()) {
        throw new StoreException(Failure.NOT_PERMITTED, directory + " was removed");
      }
      file = store.createNameless(pathOf(directory), what);
    }
    try {
      FileStatus status = store.status(file);
      OpenFile kept = store.reopen(file, FileStore.Access.READ_WRITE);
      Node node = nodes.nameless(directory.directory(), status, kept);
      Handle handle = new Handle(node, file, FileStore.Access.READ_WRITE);
      nodes.opened(handle);
      return new Opened(node, status, handle);
    } catch (StoreException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public void remove(TreeNode parent, byte[] name, boolean directory) throws StoreException {
    checkNotReserved(parent, name, Failure.NOT_PERMITTED);
    Node holder = (Node) parent;
    Found found = find(holder, name);
    Node target = (Node) found.node();
    try (Modifying m = modifying(0, holder, target)) {
      try (TreeLock.Held held = tree.shared()) {
        TreePath path = pathOf(holder).resolve(name);
        FileStatus status = store.status(path);
        modifications.checkRemovable(path, status, directory);
        Operation operation =
            new Operation.Remove(
                modifications.identify(path),
                identity(holder, path.parent()),
                path,
                directory,
                modifications.now());
        boolean last = directory || status.links() == 1;
        takeName(operation, path, last, kept -> nodes.removed(holder, name, last, kept));
      }
    } finally {
      nodes.forget(target, 1);
    }
  }

  private interface NameTaken {
    /** Returns whether what was held is kept. */
    boolean by(OpenFile held);
  }

  /**
   * Performs what takes the name {@code path} from a file. If it is the last one the file is held
   * from before, so that its number is not given out again while somebody may still refer to it.
   */
  private void takeName(Operation operation, TreePath path, boolean last, NameTaken taken)
      throws StoreException {
    OpenFile held = last ? store.hold(path) : null;
    boolean kept = false;
    try {
      modifications.perform(operation, o -> TreeEffects.onTree(store, o), null);
      kept = taken.by(held);
    } finally {
      if (held != null && !kept) {
        held.close();
      }
    }
  }

  @Override
  public void rename(
      TreeNode parent, byte[] name, TreeNode toParent, byte[] toName, RenameMode mode)
      throws StoreException {
    checkNotReserved(parent, name, Failure.NOT_PERMITTED);
    checkNotReserved(toParent, toName, Failure.NOT_PERMITTED);
    if (parent.directory() != toParent.directory()) {
      throw new StoreException(Failure.CROSSES_STORES, "rename between replicated directories");
    }
    Found source = find((Node) parent, name);
    Found replaced = findOrNull((Node) toParent, toName);
    Node target = replaced == null ? (Node) toParent : (Node) replaced.node();
    boolean movesDirectory =
        source.status().kind() == FileKind.DIRECTORY
            || replaced != null && replaced.status().kind() == FileKind.DIRECTORY;
    try (Modifying m = modifying(0, (Node) parent, (Node) toParent, (Node) source.node(), target)) {
      try (TreeLock.Held held = movesDirectory ? tree.exclusive() : tree.shared()) {
        renameLocked((Node) parent, name, (Node) toParent, toName, mode);
      }
    } finally {
      nodes.forget((Node) source.node(), 1);
      if (replaced != null) {
        nodes.forget((Node) replaced.node(), 1);
      }
    }
  }

  private Found findOrNull(Node parent, byte[] name) throws StoreException {
    try {
      return find(parent, name);
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  private void renameLocked(Node parent, byte[] name, Node toParent, byte[] toName, RenameMode mode)
      throws StoreException {
    TreePath from = pathOf(parent).resolve(name);
    TreePath to = pathOf(toParent).resolve(toName);
    FileStatus source = store.status(from);
    FileStatus target = modifications.statusOrNull(to);
    modifications.checkRename(from, source, to, target, mode);
    if (target != null && target.inode() == source.inode() && target.kind() == source.kind()) {
      return;
    }
    FileId id = modifications.identify(from);
    FileId parentId = identity(parent, from.parent());
    FileId toParentId = identity(toParent, to.parent());
    FileId targetId = target == null ? FileId.NONE : modifications.identify(to);
    long timeNs = modifications.now();
    if (mode == RenameMode.EXCHANGE) {
      Operation operation =
          new Operation.Exchange(id, parentId, from, targetId, toParentId, to, timeNs);
      modifications.perform(operation, o -> TreeEffects.onTree(store, o), null);
      nodes.exchanged(parent, name, toParent, toName);
      return;
    }
    Operation operation =
        new Operation.Rename(id, parentId, from, toParentId, to, targetId, timeNs);
    if (target == null) {
      modifications.perform(operation, o -> TreeEffects.onTree(store, o), null);
    } else {
      boolean last = target.kind() == FileKind.DIRECTORY || target.links() == 1;
      takeName(operation, to, last, kept -> nodes.removed(toParent, toName, last, kept));
    }
    nodes.renamed(parent, name, toParent, toName);
  }

  @Override
  public VolumeFile open(TreeNode node, FileStore.Access access) throws StoreException {
    FileStore.Access how = access == FileStore.Access.WRITE ? FileStore.Access.READ_WRITE : access;
    return opening((Node) node, access, file -> store.reopen(file, how), p -> store.open(p, how));
  }

  private Handle opening(
      Node node, FileStore.Access access, OnFile<OpenFile> gone, OnPath<OpenFile> named)
      throws StoreException {
    Handle handle = new Handle(node, reading(node, gone, named), access);
    nodes.opened(handle);
    return handle;
  }

  @Override
  public int read(VolumeFile file, ByteBuffer into, long offset) throws StoreException {
    return store.read(((Handle) file).file(), into, offset);
  }

  @Override
  public void write(VolumeFile file, ByteBuffer data, long offset, Durability durability)
      throws StoreException {
    Handle handle = (Handle) file;
    boolean force = durability != Durability.RECEIVED;
    long sequence =
        data(
            handle,
            data.remaining(),
            force,
            (id, path) -> new Operation.Write(id, path, offset, data, modifications.now()));
    if (force) {
      modifications.syncBoth(handle.file(), durability == Durability.DATA, sequence);
    }
  }

  /**
   * One modification of an open file's data; gives the tree lock back before it waits for the peer.
   */
  private long data(Handle handle, long bytes, boolean force, ForNode make) throws StoreException {
    Node node = handle.node();
    try (Modifying m = modifying(bytes, node)) {
      if (node.isGone()) {
        TreeEffects.onFile(
            store, handle.file(), make.operation(FileId.NONE, TreePath.root(node.directory())));
        return 0;
      }
      Operation operation;
      long sequence;
      try (TreeLock.Held held = tree.shared()) {
        TreePath path = pathOf(node);
        operation = make.operation(identity(node, path), path);
        sequence = modifications.submit(operation, force);
      }
      modifications.finish(
          sequence, operation, o -> TreeEffects.onFile(store, handle.file(), o), handle.file());
      return sequence;
    }
  }

  @Override
  public void allocate(VolumeFile file, Allocation how, long offset, long lengthBytes)
      throws StoreException {
    data(
        (Handle) file,
        0,
        false,
        (id, path) ->
            new Operation.Allocate(id, path, how, offset, lengthBytes, modifications.now()));
  }

  @Override
  public long seek(VolumeFile file, FileStore.Region region, long offset) throws StoreException {
    return store.seek(((Handle) file).file(), region, offset);
  }

  @Override
  public void sync(VolumeFile file, boolean dataOnly) throws StoreException {
    modifications.syncBoth(((Handle) file).file(), dataOnly, -1);
  }

  @Override
  public void syncDirectory(TreeNode directory) throws StoreException {
    modifications.syncDirectoryBoth(
        () -> {
          // held until it is forced: one that moved away meanwhile would look like a failing disk
          try (TreeLock.Held held = tree.shared()) {
            Node node = (Node) directory;
            modifications.syncDirectoryHere(
                node.isGone() ? TreePath.root(node.directory()) : pathOf(node));
          }
        });
  }

  @Override
  public void close(VolumeFile file) {
    Handle handle = (Handle) file;
    nodes.closed(handle);
    handle.file().close();
  }

  @Override
  public VolumeFile openDirectory(TreeNode directory) throws StoreException {
    FileStore.Access read = FileStore.Access.READ;
    return opening((Node) directory, read, file -> store.reopen(file, read), store::openDirectory);
  }

  @Override
  public void entries(VolumeFile directory, long from, FileStore.EntryVisitor visitor)
      throws StoreException {
    store.entries(((Handle) directory).file(), from, visitor);
  }

  @Override
  public FileStore.Statistics statistics(TreeNode node) throws StoreException {
    return store.statistics(node.directory());
  }

  @Override
  public List<byte[]> xattrs(TreeNode node) throws StoreException {
    return reading((Node) node, store::xattrs, store::xattrs);
  }

  /** The kernel asks for the capabilities of every file before its first write. */
  @Override
  public byte[] xattr(TreeNode node, byte[] name) throws StoreException {
    if (((Node) node).isPlain() && Arrays.equals(name, CAPABILITIES)) {
      throw new StoreException(Failure.NO_ATTRIBUTE, "a new file has no capabilities");
    }
    return reading((Node) node, file -> store.xattr(file, name), path -> store.xattr(path, name));
  }

  @Override
  public void setXattr(TreeNode node, byte[] name, byte[] value, XattrMode mode)
      throws StoreException {
    Node target = (Node) node;
    try (Modifying m = modifying(0, target)) {
      target.setPlain(false);
      if (mode != XattrMode.ANY) {
        checkXattr(target, name, mode);
      }
      if (target.isGone()) {
        store.setXattr(remains(target), name, value);
        return;
      }
      onNode(
          target,
          (id, path) -> new Operation.SetXattr(id, path, name, value, modifications.now()),
          o -> TreeEffects.onTree(store, o));
    }
  }

  private void checkXattr(Node node, byte[] name, XattrMode mode) throws StoreException {
    boolean there = false;
    for (byte[] known : xattrs(node)) {
      there |= Arrays.equals(known, name);
    }
    if (there != (mode == XattrMode.REPLACE)) {
      throw new StoreException(
          there ? Failure.EXISTS : Failure.NO_ATTRIBUTE,
          there ? "attribute exists" : "no such attribute");
    }
  }

  @Override
  public void removeXattr(TreeNode node, byte[] name) throws StoreException {
    Node target = (Node) node;
    try (Modifying m = modifying(0, target)) {
      checkXattr(target, name, XattrMode.REPLACE);
      if (target.isGone()) {
        store.removeXattr(remains(target), name);
        return;
      }
      onNode(
          target,
          (id, path) -> new Operation.RemoveXattr(id, path, name, modifications.now()),
          o -> TreeEffects.onTree(store, o));
    }
  }

  private static void checkNotReserved(TreeNode parent, byte[] name, Failure failure)
      throws StoreException {
    if (HiddenName.isOwn(name, ((Node) parent).isRoot())) {
      throw new StoreException(failure, "the name is Lockstep's own");
    }
  }

  private Modifying modifying(long bytes, Node... concerned) throws StoreException {
    return new Modifying(gate, bytes, concerned);
  }
}
