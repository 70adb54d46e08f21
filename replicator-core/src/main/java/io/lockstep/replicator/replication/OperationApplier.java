package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives received operations their effect on this node's tree, in order. One thread at a time.
 *
 * <p>In the ordinary course the tree is exactly what an operation presumes, and anything else means
 * that the copy has failed. After a crash the tree may hold any part of what came after the
 * checkpoint: then ({@link #replay}) each operation is taken as an outcome, found by identity
 * wherever its file is now, and a name that a later operation gave away is put aside until that
 * operation comes.
 */
public final class OperationApplier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperationApplier.class);

  private final FileStore store;
  private final OpenFiles files = new OpenFiles();
  private IdentityIndex index;
  private long asideNumber;

  /** Writes through {@code store}, which stays the caller's. */
  public OperationApplier(FileStore store) {
    this.store = store;
  }

  /**
   * Performs {@code operation}.
   *
   * @throws ApplyFailure when this copy can no longer follow
   */
  public void apply(Operation operation) throws ApplyFailure {
    if (operation instanceof Operation.Compensate compensation) {
      settle(compensation.outcome(), false);
      return;
    }
    try {
      perform(operation);
    } catch (StoreException e) {
      throw new ApplyFailure("cannot apply " + describe(operation) + ": " + e.getMessage(), e);
    }
  }

  private void perform(Operation operation) throws StoreException {
    if (TreeEffects.isData(operation)) {
      OpenFile file = files.get(operation.id());
      if (file == null) {
        expect(operation.path(), operation.id());
        file = open(operation.id(), operation.path());
      }
      TreeEffects.onFile(store, file, operation);
      return;
    }
    if (operation instanceof Operation.Create create) {
      // what is new is mostly written next
      TreeEffects.create(store, create).ifPresent(file -> files.put(create.id(), file));
      return;
    }
    if (!(operation instanceof Operation.Identify)) {
      expect(
          operation instanceof Operation.Link link ? link.existing() : operation.path(),
          operation.id());
    }
    if (operation instanceof Operation.Rename rename && !rename.replaced().isNone()) {
      expect(rename.to(), rename.replaced());
    }
    TreeEffects.onTree(store, operation);
    forgetRemoved(operation);
  }

  private void forgetRemoved(Operation operation) {
    if (operation instanceof Operation.Remove) {
      files.forget(operation.id());
    } else if (operation instanceof Operation.Rename rename && !rename.replaced().isNone()) {
      files.forget(rename.replaced());
    }
  }

  private OpenFile open(FileId id, TreePath path) throws StoreException {
    OpenFile file = store.open(path, FileStore.Access.READ_WRITE);
    files.put(id, file);
    return file;
  }

  private void expect(TreePath path, FileId id) throws StoreException {
    if (!isAt(path, id)) {
      throw new StoreException(Failure.STALE, path + " is not the file " + id + " on this node");
    }
  }

  private boolean isAt(TreePath path, FileId id) throws StoreException {
    try {
      Optional<FileId> found = store.identity(path);
      return found.isPresent() && found.get().equals(id);
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Performs {@code operation} over a tree that may already hold its effect, a later one's, or part
   * of either.
   *
   * @throws ApplyFailure when the store itself fails
   */
  public void replay(Operation operation) throws ApplyFailure {
    settle(operation.plain(), true);
  }

  private void settle(Operation operation, boolean keepLastNames) throws ApplyFailure {
    try {
      replayOutcome(operation, keepLastNames);
    } catch (StoreException e) {
      throw new ApplyFailure("cannot replay " + describe(operation) + ": " + e.getMessage(), e);
    }
  }

  private void replayOutcome(Operation operation, boolean keepLastNames) throws StoreException {
    if (operation instanceof Operation.Create o) {
      replayCreate(o);
    } else if (operation instanceof Operation.Link o) {
      TreePath at = locate(o.id(), o.existing());
      if (at != null) {
        place(o.id(), o.parent(), o.path(), at, o.timeNs());
      }
    } else if (operation instanceof Operation.Rename o) {
      replayRename(o);
    } else if (operation instanceof Operation.Exchange o) {
      replayExchange(o);
    } else if (operation instanceof Operation.Remove o) {
      replayRemove(o, keepLastNames);
    } else if (operation instanceof Operation.Identify o) {
      replayIdentify(o);
    } else {
      TreePath at = locate(operation.id(), operation.path());
      if (at != null) {
        replayAt(operation, at);
      }
    }
  }

  private void replayAt(Operation operation, TreePath at) throws StoreException {
    if (TreeEffects.isData(operation)) {
      OpenFile file = files.get(operation.id());
      TreeEffects.onFile(store, file != null ? file : open(operation.id(), at), operation);
    } else if (operation instanceof Operation.SetAttributes o) {
      store.setAttributes(at, o.change());
    } else if (operation instanceof Operation.SetXattr o) {
      store.setXattr(at, o.name(), o.value());
    } else if (operation instanceof Operation.RemoveXattr o) {
      try {
        store.removeXattr(at, o.name());
      } catch (StoreException e) {
        if (e.failure() != Failure.NO_ATTRIBUTE) {
          throw e;
        }
      }
    }
  }

  private void replayCreate(Operation.Create o) throws StoreException {
    TreePath at = locate(o.id(), o.path());
    if (at != null) {
      // its name may have outlived a loss of power that its time did not
      store.setAttributes(at, AttributeChange.modified(o.timeNs()));
      place(o.id(), o.parent(), o.path(), at, o.timeNs());
      // a loss of power may have kept the file and lost the times that it was given
      TreePath placed = locate(o.id(), o.path());
      if (placed != null) {
        store.setAttributes(placed, AttributeChange.times(o.timeNs()));
      }
      return;
    }
    TreePath target = targetOf(o.parent(), o.path());
    if (target == null) {
      return;
    }
    clear(target, o.id());
    TreeEffects.onTree(
        store, new Operation.Create(o.id(), o.parent(), target, o.file(), o.timeNs()));
    index().add(o.id(), target);
  }

  private void replayRename(Operation.Rename o) throws StoreException {
    TreePath at = isAt(o.path(), o.id()) ? o.path() : locate(o.id(), o.to());
    if (at != null) {
      place(o.id(), o.toParent(), o.to(), at, o.timeNs());
    } else if (!o.replaced().isNone()) {
      // what moved here is gone by now, and so is what it replaced
      vacate(o.replaced(), o.toParent(), o.to());
    }
    vacate(o.id(), o.parent(), o.path());
    TreePath from = targetOf(o.parent(), o.path());
    if (from != null) {
      TreeEffects.modified(store, from.parent(), o.timeNs());
    }
    files.forget(o.replaced());
  }

  private void replayExchange(Operation.Exchange o) throws StoreException {
    TreePath one = locate(o.id(), o.path());
    if (one != null) {
      place(o.id(), o.otherParent(), o.otherPath(), one, o.timeNs());
    }
    TreePath other = locate(o.other(), o.otherPath());
    if (other != null) {
      place(o.other(), o.parent(), o.path(), other, o.timeNs());
    }
    vacate(o.id(), o.parent(), o.path());
    vacate(o.other(), o.otherParent(), o.otherPath());
  }

  /** The file no longer has that name; its other names, if any, stay. */
  private void vacate(FileId id, FileId parent, TreePath path) throws StoreException {
    TreePath target = targetOf(parent, path);
    if (target != null && isAt(target, id)) {
      aside(target);
    }
  }

  /**
   * A file whose last name this takes may have lost the others to later operations, which find it
   * aside: after {@code ln a b; rm b; mv a b} the name that the removal meets is the moved file's.
   */
  private void replayRemove(Operation.Remove o, boolean keepLastNames) throws StoreException {
    TreePath target = targetOf(o.parent(), o.path());
    if (target == null) {
      return;
    }
    if (isAt(target, o.id())) {
      if (o.directory()) {
        for (FileStore.Entry entry : store.list(target, false)) {
          aside(target.resolve(entry.name()));
        }
      }
      if (keepLastNames && !o.directory() && store.status(target).links() == 1) {
        aside(target);
      } else {
        store.remove(target, o.directory());
        index().remove(o.id(), target);
      }
      files.forget(o.id());
    }
    TreeEffects.modified(store, target.parent(), o.timeNs());
  }

  private void replayIdentify(Operation.Identify o) throws StoreException {
    if (locate(o.id(), o.path()) == null && exists(o.path())) {
      store.setIdentity(o.path(), o.id());
      index().add(o.id(), o.path());
    }
  }

  /**
   * Makes {@code id}, now at {@code at}, have the name {@code path} in directory {@code parent}
   * too. A name that it has beyond what is true at this point of the journal is one that a later
   * operation gave it, and stays; only a directory, which has one name, moves. Where the tree
   * already has {@code parent} below the directory, a later operation moves the directory away from
   * there first, so it waits for that one where it is.
   */
  private void place(FileId id, FileId parent, TreePath path, TreePath at, long timeNs)
      throws StoreException {
    TreePath target = targetOf(parent, path);
    if (target == null) {
      return;
    }
    if (!isAt(target, id)) {
      TreePath now = locate(id, at);
      if (target.startsWith(now)) {
        return;
      }
      clear(target, id);
      now = locate(id, at);
      if (store.status(now).kind() == FileKind.DIRECTORY) {
        TreePath left = now.parent();
        long leftNs = store.status(left).modifyNs();
        store.rename(now, target, true);
        index().moved(now, target);
        TreeEffects.modified(store, left, leftNs);
      } else {
        store.link(now, target);
        index().add(id, target);
      }
    }
    TreeEffects.modified(store, target.parent(), timeNs);
  }

  /**
   * Where {@code path}'s last name belongs now: its directory may have moved since. Null when that
   * is gone.
   */
  private TreePath targetOf(FileId parent, TreePath path) throws StoreException {
    TreePath directory = locate(parent, path.parent());
    return directory == null ? null : directory.resolve(path.name());
  }

  private TreePath locate(FileId id, TreePath hint) throws StoreException {
    if (hint.isRoot() || isAt(hint, id)) {
      return hint;
    }
    if (id.epoch() == 0) {
      return TreePath.root((int) id.number() - 1);
    }
    return index().find(id);
  }

  private void clear(TreePath target, FileId wanted) throws StoreException {
    if (exists(target) && !isAt(target, wanted)) {
      aside(target);
    }
  }

  /**
   * Puts what has a name that is not its own (yet, or any more) where its own operation will find
   * it.
   */
  private void aside(TreePath occupant) throws StoreException {
    TreePath staging = staging(occupant.directory());
    long leftNs = store.status(occupant.parent()).modifyNs();
    TreePath free = staging.resolve("replay-" + asideNumber);
    while (exists(free)) {
      asideNumber++;
      free = staging.resolve("replay-" + asideNumber);
    }
    LOG.debug("Replay puts {} aside as {}", occupant, free);
    store.rename(occupant, free, true);
    index().moved(occupant, free);
    TreeEffects.modified(store, occupant.parent(), leftNs);
  }

  /** Making the staging place must not show in the directory's time. */
  private TreePath staging(int directory) throws StoreException {
    TreePath root = TreePath.root(directory);
    long rootNs = store.status(root).modifyNs();
    TreePath staging = store.staging(directory);
    TreeEffects.modified(store, root, rootNs);
    return staging;
  }

  private boolean exists(TreePath path) throws StoreException {
    try {
      store.status(path);
      return true;
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
        return false;
      }
      throw e;
    }
  }

  private IdentityIndex index() throws StoreException {
    if (index == null) {
      for (int directory = 0; directory < store.directories(); directory++) {
        staging(directory);
      }
      index = IdentityIndex.of(store);
    }
    return index;
  }

  /**
   * Ends a replay: what is still aside was replaced or removed by an operation whose effect was
   * already there, and goes.
   */
  public void replayed() throws ApplyFailure {
    try {
      for (int directory = 0; directory < store.directories() && index != null; directory++) {
        removeBelow(staging(directory));
      }
    } catch (StoreException e) {
      throw new ApplyFailure("cannot clean up after a replay: " + e.getMessage(), e);
    }
    index = null;
  }

  private void removeBelow(TreePath directory) throws StoreException {
    for (FileStore.Entry entry : store.list(directory, false)) {
      TreePath path = directory.resolve(entry.name());
      boolean isDirectory = entry.kind() == FileKind.DIRECTORY;
      if (isDirectory) {
        removeBelow(path);
      }
      store.remove(path, isDirectory);
    }
  }

  private static String describe(Operation operation) {
    return operation.getClass().getSimpleName() + " of " + operation.path();
  }

  /** Closes the files that are still open; it can be used again. */
  @Override
  public void close() {
    files.close();
  }
}
