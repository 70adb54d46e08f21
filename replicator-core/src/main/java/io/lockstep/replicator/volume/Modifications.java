package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.replication.Sequencer;
import io.lockstep.replicator.replication.TreeEffects;
import io.lockstep.replicator.volume.ReplicatedVolume.CopyFailed;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one modification happens: numbered, at the peer, then here; or on neither node. The caller
 * holds what keeps its order ({@link Modifying}, {@link TreeLock}). Safe for any thread.
 */
final class Modifications {
  private static final Logger LOG = LoggerFactory.getLogger(Modifications.class);

  /** What an operation does on this node. */
  interface Effect {
    void on(Operation operation) throws StoreException;
  }

  private static final long LOCAL_ONLY = -1;

  private final Execution execution;

  /** Held while a file gets its identity, so that it gets one. */
  private final ReentrantLock identifying;

  private final FileStore store;
  private final Sequencer sequencer;
  private final long epoch;
  private final Predicate<TreePath> excluded;
  private final CopyFailed copyFailed;
  private final AtomicLong nextNumber = new AtomicLong(1);
  private final AtomicLong lastTimeNs = new AtomicLong();

  Modifications(
      Execution execution,
      FileStore store,
      Sequencer sequencer,
      long epoch,
      Predicate<TreePath> excluded,
      CopyFailed copyFailed) {
    this.execution = execution;
    this.identifying = execution.lock();
    this.store = store;
    this.sequencer = sequencer;
    this.epoch = epoch;
    this.excluded = excluded;
    this.copyFailed = copyFailed;
  }

  FileId newId() {
    return new FileId(epoch, nextNumber.getAndIncrement());
  }

  /** Wall clock in ns, never running backwards, so that later changes never look older. */
  long now() {
    return lastTimeNs.accumulateAndGet(execution.wallTimeNs(), Math::max);
  }

  /** The identity of what is at {@code path}; given first where there is none. */
  FileId identify(TreePath path) throws StoreException {
    if (path.isRoot()) {
      return FileId.root(path.directory());
    }
    identifying.lock();
    try {
      Optional<FileId> known = store.identity(path);
      if (known.isPresent()) {
        return known.get();
      }
      FileId id = newId();
      perform(new Operation.Identify(id, path, now()), o -> store.setIdentity(path, id), null);
      return id;
    } finally {
      identifying.unlock();
    }
  }

  /** The whole of one operation; {@code file} is where a data operation goes, else null. */
  void perform(Operation operation, Effect effect, OpenFile file) throws StoreException {
    finish(submit(operation, false), operation, effect, file);
  }

  /** The whole of a creation; what {@link TreeEffects#create} returns here. */
  Optional<OpenFile> create(Operation.Create operation) throws StoreException {
    AtomicReference<Optional<OpenFile>> made = new AtomicReference<>(Optional.empty());
    perform(operation, o -> made.set(TreeEffects.create(store, operation)), null);
    return made.get();
  }

  /** Numbers the operation and sends it off; {@link #finish} must follow. */
  long submit(Operation operation, boolean force) throws StoreException {
    CrashPoint.PRIMARY_BEFORE_NUMBERING.reached();
    return excluded.test(operation.path()) ? LOCAL_ONLY : sequencer.submit(operation, force);
  }

  /** Waits for the peer, then gives the operation its effect here, or takes it back there. */
  void finish(long sequence, Operation operation, Effect effect, OpenFile file)
      throws StoreException {
    if (sequence == LOCAL_ONLY) {
      effect.on(operation);
      return;
    }
    sequencer.awaitReceived(sequence, operation);
    CrashPoint.PRIMARY_RECEIVED.reached();
    try {
      effect.on(operation);
      CrashPoint.PRIMARY_APPLIED.reached();
    } catch (StoreException e) {
      compensate(sequence, operation, file, e);
      throw e;
    } finally {
      sequencer.completed(sequence, operation);
    }
    CrashPoint.PRIMARY_COMPLETED.reached();
  }

  /** Whether what has {@code path} stays on this node. */
  boolean isExcluded(TreePath path) {
    return excluded.test(path);
  }

  /** Sends what this node's tree shows by another effect, or does not show yet. */
  void send(Operation operation) throws StoreException {
    long sequence = sequencer.submit(operation, false);
    sequencer.awaitReceived(sequence, operation);
    sequencer.completed(sequence, operation);
  }

  private void compensate(long failedSequence, Operation failed, OpenFile file, StoreException why)
      throws StoreException {
    try {
      sequencer.failed(failed);
    } finally {
      // the peer's tree must become as this one even if it cannot be noted that it may differ
      takeBack(failedSequence, failed, file, why);
    }
  }

  private void takeBack(long failedSequence, Operation failed, OpenFile file, StoreException why)
      throws StoreException {
    Optional<List<Operation>> undo = Compensation.of(store, failed, file);
    if (undo.isEmpty()) {
      String reason =
          "the operation "
              + failed.getClass().getSimpleName()
              + " on "
              + failed.path()
              + " failed here after the peer had it, and cannot be taken back: "
              + why.getMessage();
      copyFailed.copyFailed(reason);
      throw new StoreException(Failure.IO, reason);
    }
    for (Operation outcome : undo.get()) {
      send(new Operation.Compensate(outcome, failedSequence));
    }
  }

  /**
   * Forces a file on both nodes, in parallel; {@code sequence} was forced with its write already if
   * not negative.
   */
  void syncBoth(OpenFile file, boolean dataOnly, long sequence) throws StoreException {
    long through = sequence > 0 ? sequence : sequencer.requestForce();
    CrashPoint.PRIMARY_FORCE_REQUESTED.reached();
    try {
      store.sync(file, dataOnly);
      CrashPoint.PRIMARY_SYNCED_HERE.reached();
    } catch (StoreException e) {
      throw syncFailed(e);
    }
    sequencer.awaitDurable(through);
    CrashPoint.PRIMARY_SYNCED_BOTH.reached();
  }

  /** What a node does by itself of something that both do. */
  @FunctionalInterface
  interface Here {
    void run() throws StoreException;
  }

  /** Forces a directory on both nodes; {@code here} is {@link #syncDirectoryHere}. */
  void syncDirectoryBoth(Here here) throws StoreException {
    long through = sequencer.requestForce();
    here.run();
    sequencer.awaitDurable(through);
  }

  /**
   * Forces a directory on this node; nothing may move it meanwhile. One that was removed meanwhile
   * has nothing to force.
   */
  void syncDirectoryHere(TreePath path) throws StoreException {
    try {
      store.syncDirectory(path);
    } catch (StoreException e) {
      switch (e.failure()) {
        case NOT_FOUND -> LOG.debug("{} was removed while it was to be forced", path, e);
        case NOT_A_DIRECTORY -> throw e;
        default -> throw syncFailed(e);
      }
    }
  }

  /**
   * What was not forced may be lost although it reads well: this copy is not to be trusted any
   * more.
   */
  private StoreException syncFailed(StoreException e) {
    copyFailed.copyFailed("forcing data to stable storage failed on this node: " + e.getMessage());
    return e;
  }

  boolean exists(TreePath path) throws StoreException {
    return statusOrNull(path) != null;
  }

  FileStatus statusOrNull(TreePath path) throws StoreException {
    try {
      return store.status(path);
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  /** Refuses what would fail here after the peer had done it. */
  void checkRemovable(TreePath path, FileStatus status, boolean directory) throws StoreException {
    boolean isDirectory = status.kind() == FileKind.DIRECTORY;
    if (isDirectory != directory) {
      throw new StoreException(
          isDirectory ? Failure.IS_A_DIRECTORY : Failure.NOT_A_DIRECTORY, "cannot remove " + path);
    }
    if (directory) {
      checkEmpty(path);
    }
  }

  private void checkEmpty(TreePath directory) throws StoreException {
    try (OpenFile open = store.openDirectory(directory)) {
      store.entries(
          open,
          0,
          (name, kind, inode, next) -> {
            if (!isDot(name)) {
              throw new StoreException(Failure.NOT_EMPTY, directory + " is not empty");
            }
            return true;
          });
    }
  }

  private static boolean isDot(byte[] name) {
    return name[0] == '.' && (name.length == 1 || name.length == 2 && name[1] == '.');
  }

  void checkRename(
      TreePath from, FileStatus source, TreePath to, FileStatus target, Volume.RenameMode mode)
      throws StoreException {
    refuseCrossing(from, to);
    boolean movesDirectory = source.kind() == FileKind.DIRECTORY;
    if (movesDirectory && to.startsWith(from) && !to.equals(from)
        || mode == Volume.RenameMode.EXCHANGE && from.startsWith(to) && !to.equals(from)) {
      throw new StoreException(Failure.INVALID, "cannot move " + from + " below itself");
    }
    if (target == null) {
      if (mode == Volume.RenameMode.EXCHANGE) {
        throw new StoreException(Failure.NOT_FOUND, to + " does not exist");
      }
      return;
    }
    if (mode == Volume.RenameMode.EXCLUSIVE) {
      throw new StoreException(Failure.EXISTS, to + " exists");
    }
    if (mode == Volume.RenameMode.REPLACE) {
      checkReplaceable(movesDirectory, from, to, target);
    }
  }

  private void checkReplaceable(
      boolean movesDirectory, TreePath from, TreePath to, FileStatus target) throws StoreException {
    boolean ontoDirectory = target.kind() == FileKind.DIRECTORY;
    if (movesDirectory != ontoDirectory) {
      throw new StoreException(
          ontoDirectory ? Failure.IS_A_DIRECTORY : Failure.NOT_A_DIRECTORY, "cannot replace " + to);
    }
    if (ontoDirectory && !to.equals(from)) {
      checkEmpty(to);
    }
  }

  void checkLinkable(TreePath from, TreePath path) throws StoreException {
    refuseCrossing(from, path);
    if (store.status(from).kind() == FileKind.DIRECTORY) {
      throw new StoreException(Failure.NOT_PERMITTED, "a directory has one name only: " + from);
    }
  }

  /**
   * A file cannot move between what is replicated and what stays on this node; applications then
   * copy.
   */
  void refuseCrossing(TreePath from, TreePath to) throws StoreException {
    if (excluded.test(from) != excluded.test(to)) {
      throw new StoreException(
          Failure.CROSSES_STORES, "rename between replicated and excluded paths");
    }
  }
}
