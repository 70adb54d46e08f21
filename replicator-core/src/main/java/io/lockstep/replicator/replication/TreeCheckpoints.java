package io.lockstep.replicator.replication;

import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The checkpoints of the secondary's tree: what it has on stable storage, so that the journal is
 * needed no more for it.
 *
 * <p>Threads: one makes the rounds ({@link #once}); any may take a checkpoint or mend the copy,
 * each under one lock, which comes before the applier's and before {@link SecondaryCopy#frames}. A
 * sync that failed is never taken for done by a later one.
 */
final class TreeCheckpoints {
  private final SecondaryCopy copy;
  private final SecondaryMarks marks;
  private final Journal journal;
  private final FileStore store;
  private final Applier applier;
  private final SecondaryStream.Listener listener;
  private final Latch stopped;
  private final ReentrantLock checkpointing;
  private volatile long everyMs;

  /** Whether a return brings the tree: the rounds take no checkpoint then. */
  private volatile boolean paused;

  /**
   * A sync of the tree failed: what it was to write counts as written for the system, so that the
   * next one may succeed without it. Until the tree is written anew none is a checkpoint.
   */
  private volatile boolean unsynced;

  TreeCheckpoints(
      Execution execution,
      SecondaryCopy copy,
      SecondaryMarks marks,
      Journal journal,
      FileStore store,
      Applier applier,
      SecondaryStream.Listener listener,
      Latch stopped,
      long everyMs) {
    this.copy = copy;
    this.marks = marks;
    this.journal = journal;
    this.store = store;
    this.applier = applier;
    this.listener = listener;
    this.stopped = stopped;
    this.checkpointing = execution.lock();
    this.everyMs = everyMs;
  }

  /** Other times, from the next checkpoint on. */
  void retime(long changedEveryMs) {
    everyMs = changedEveryMs;
  }

  /** Waits for its time, then takes a checkpoint. */
  void once() throws IOException, InterruptedException {
    if (stopped.await(everyMs)) {
      return;
    }
    checkpointing.lock();
    try {
      if (!paused) {
        checkpoint();
      }
    } finally {
      checkpointing.unlock();
    }
  }

  /**
   * A return begins: until {@link #goOn} the rounds take none, and none is under way on return. One
   * that ended after the return would be of the tree before it.
   */
  void pause() {
    checkpointing.lock();
    try {
      paused = true;
    } finally {
      checkpointing.unlock();
    }
  }

  /** A stream begins. */
  void goOn() {
    paused = false;
  }

  /** See {@link SecondaryStream#checkpoint}. */
  void checkpoint() throws IOException {
    checkpointing.lock();
    try {
      long reached = marks.applied();
      if (reached <= marks.checkpoint()) {
        return;
      }
      if (unsynced) {
        throw new IOException("a sync of the tree failed before, and it was not mended since");
      }
      CrashPoint.SECONDARY_CHECKPOINT_BEGUN.reached();
      syncTree();
      CrashPoint.SECONDARY_CHECKPOINT_SYNCED.reached();
      listener.checkpointed(reached, marks.durable());
      CrashPoint.SECONDARY_CHECKPOINT_RECORDED.reached();
      marks.checkpointed(reached);
      journal.trim(Math.min(marks.checkpoint(), marks.peerCheckpoint()));
      CrashPoint.SECONDARY_TRIMMED.reached();
      copy.acknowledge();
    } finally {
      checkpointing.unlock();
    }
  }

  /** See {@link SecondaryStream#mend}. */
  void mend() throws IOException {
    checkpointing.lock();
    try {
      applier.replayAnew();
      syncTree();
      unsynced = false;
      listener.checkpointed(journal.lastSequence(), marks.durable());
      copy.mended();
    } finally {
      checkpointing.unlock();
    }
  }

  private void syncTree() throws IOException {
    try {
      store.syncAll();
    } catch (IOException e) {
      unsynced = true;
      listener.syncFailed();
      throw e;
    }
  }

  /** The tree was written anew, and is on stable storage: a sync that failed is made up for. */
  void writtenAnew() {
    unsynced = false;
  }
}
