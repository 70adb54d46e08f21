package io.lockstep.agent.node;

import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The serving node's own checkpoints: what its tree surely holds, told to the peer, which trims by
 * it.
 *
 * <p>One is taken as soon as the peer is lost ({@link #soon}): what was acknowledged while both had
 * it is on this node's stable storage before it goes on alone, or a loss of power right after would
 * take what only the peer, out of reach, still has. Safe for any thread.
 */
final class Checkpoints implements AutoCloseable {
  private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(5);

  private final ModuleContext context;
  private final ModuleData data;
  private final PrimaryStream primary;
  private final ReplicatedVolume.CopyFailed copyFailed;
  private final Execution execution;
  private final ReentrantLock lock;

  /** Of {@link #lock}: one is due, was taken, or none is any more. */
  private final Condition changed;

  private final Execution.Task thread;
  private boolean due;
  private long dueSinceNs;
  private boolean stopped;
  private long last;

  Checkpoints(
      ModuleContext context,
      ModuleData data,
      PrimaryStream primary,
      ReplicatedVolume.CopyFailed copyFailed) {
    this.context = context;
    this.data = data;
    this.primary = primary;
    this.copyFailed = copyFailed;
    this.execution = context.execution();
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.thread = execution.task("own-checkpoint-" + context.name(), this::run);
  }

  void start() {
    thread.start();
  }

  /** The next one is taken at once, of everything that the peer has acknowledged. */
  void soon() {
    lock.lock();
    try {
      if (!due) {
        due = true;
        dueSinceNs = execution.nanoTime();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the one asked for with {@link #soon}, until {@code bound} after it was asked for;
   * returns whether it was taken.
   */
  boolean await(Duration bound) throws InterruptedException {
    lock.lock();
    try {
      long endNs = dueSinceNs + bound.toNanos();
      while (due && !stopped) {
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0) {
          return false;
        }
        long unused = changed.awaitNanos(leftNs);
      }
      return !due;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Brings this node's files to stable storage before they are handed over, or counted as the
   * peer's equal.
   *
   * @throws IOException when they cannot be, and may be lost for good, since the next sync would
   *     succeed without them: this copy has failed
   */
  void sync() throws IOException {
    try {
      data.store.syncAll();
    } catch (IOException e) {
      copyFailed.copyFailed("its files cannot be brought to stable storage: " + e.getMessage());
      throw e;
    }
  }

  private void run() {
    try {
      while (awaitDue()) {
        once();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether to go on. */
  private boolean awaitDue() throws InterruptedException {
    long endNs = execution.nanoTime() + context.cluster().timing().checkpoint().toNanos();
    lock.lock();
    try {
      long leftNs = endNs - execution.nanoTime();
      while (!due && !stopped && leftNs > 0) {
        leftNs = changed.awaitNanos(leftNs);
      }
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private void once() throws InterruptedException {
    boolean taken = true;
    try {
      awaitCompleted();
      if (primary.mode() != PrimaryStream.Mode.CLOSED) {
        take();
      }
    } catch (IOException e) {
      taken = false;
      endIfUnrecorded(e);
      copyFailed.copyFailed("a checkpoint failed on this node: " + e.getMessage());
    }
    done(taken);
  }

  /**
   * A record that cannot be written says nothing against the tree, which may be all that holds what
   * was acknowledged: the next process opens the record anew, and the peer takes over if it can.
   */
  private void endIfUnrecorded(IOException why) {
    if (data.state.failed()) {
      context.host().fatal().ended("Module " + context.name() + " cannot keep its record", why);
    }
  }

  private void done(boolean taken) {
    lock.lock();
    try {
      due = due && !taken && primary.mode() != PrimaryStream.Mode.CLOSED;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What the peer has is about to have its effect here. */
  private void awaitCompleted() throws InterruptedException {
    while (primary.mode() == PrimaryStream.Mode.BLOCKED
        && primary.completedSequence() < primary.progress().received()) {
      execution.sleepNs(LOOK_EVERY_NS);
    }
  }

  private void take() throws IOException {
    long completed = primary.completedSequence();
    if (completed == last) {
      return;
    }
    data.store.syncAll();
    CrashPoint.PRIMARY_CHECKPOINT_SYNCED.reached();
    data.state.update(record -> record.withOwnCheckpoint(completed));
    CrashPoint.PRIMARY_CHECKPOINT_RECORDED.reached();
    last = completed;
    primary.tellCheckpoint(completed);
    CrashPoint.PRIMARY_CHECKPOINT_TOLD.reached();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
