package io.lockstep.replicator.replication;

import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.OperationCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the tree to the journal's end: gives what waits in the queue its effect while that may go
 * to the tree, and replays the journal where the tree may have any part of it.
 *
 * <p>Threads: one makes the rounds ({@link #once}); any may hold the tree or let it go on. Each
 * operation is applied under a lock of its own, so that whoever stops applying can wait for the one
 * under way. An operation that this tree refuses is no failure if the numbering node's refused it
 * too, which says so by a later one; otherwise applying stops, and the copy has failed.
 */
final class Applier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);
  private static final long ACK_EVERY_BYTES = 1 << 20;
  private static final long COMPENSATION_WAIT_S = 10;

  /** For how long the applier, once it has caught up, lets operations gather. */
  private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final SecondaryCopy copy;
  private final SecondaryMarks marks;
  private final Journal journal;
  private final ApplyQueue queue;
  private final OperationApplier operations;
  private final SecondaryStream.Listener listener;

  /** Held while an operation is given its effect. */
  private final ReentrantLock applying;

  /** Set when a stream begins: the tree was changed by others than the applier meanwhile. */
  private volatile boolean anotherTree;

  /** Of the thread that makes the rounds. */
  private long unacknowledged;

  private ByteBuffer scratch = ByteBuffer.allocateDirect(1 << 16);

  /** Applies nothing before {@link #setApplying}. */
  Applier(
      Execution execution,
      SecondaryCopy copy,
      SecondaryMarks marks,
      Journal journal,
      ApplyQueue queue,
      FileStore store,
      SecondaryStream.Listener listener) {
    this.copy = copy;
    this.marks = marks;
    this.journal = journal;
    this.queue = queue;
    this.operations = new OperationApplier(store);
    this.listener = listener;
    this.applying = execution.lock();
  }

  /** See {@link SecondaryStream#setApplying}. */
  void setApplying(boolean on) {
    queue.setFlowing(on);
    if (!on) {
      applying.lock();
      try {
        LOG.debug("Applying is held");
      } finally {
        applying.unlock();
      }
    }
  }

  /** See {@link SecondaryStream#hold}. */
  boolean hold() {
    boolean held = queue.hold(true);
    applying.lock();
    try {
      LOG.debug("The tree is held: {}", held);
    } finally {
      applying.unlock();
    }
    return held;
  }

  /** The tree was changed by others: files that are open here may not be the tree's any more. */
  void anotherTree() {
    anotherTree = true;
  }

  /** Applies the next operation, or waits for one; tells the primary from time to time. */
  void once() throws IOException, InterruptedException {
    ApplyQueue.Item item = applyNext();
    if (item != null) {
      unacknowledged += item.bytes();
      queue.done(item);
    }
    boolean idle = item == null && !queue.linger(LINGER_NS);
    if (unacknowledged > ACK_EVERY_BYTES || idle && unacknowledged > 0) {
      unacknowledged = 0;
      copy.acknowledgeApplied();
    }
    if (idle) {
      queue.awaitFlow();
    }
  }

  private ApplyQueue.Item applyNext() throws IOException, InterruptedException {
    applying.lock();
    try {
      ApplyQueue.Item item = queue.poll();
      if (item != null) {
        applyOne(item);
      }
      return item;
    } catch (IOException | RuntimeException e) {
      queue.setFlowing(false);
      throw e;
    } finally {
      applying.unlock();
    }
  }

  private void applyOne(ApplyQueue.Item item) throws IOException, InterruptedException {
    Operation operation = OperationCodec.decode(item.operation().duplicate());
    if (anotherTree) {
      // a return may have put another file in the place of one that is still open here
      anotherTree = false;
      operations.close();
    }
    CrashPoint.SECONDARY_BEFORE_APPLY.reached();
    try {
      operations.apply(operation);
    } catch (ApplyFailure e) {
      if (!compensated(item.sequence())) {
        throw e;
      }
    }
    CrashPoint.SECONDARY_APPLIED.reached();
    marks.applied(item.sequence());
    listener.applied(item.sequence(), operation);
  }

  /**
   * Whether the numbering node's store refused the operation too, and says so within a bounded
   * time.
   */
  private boolean compensated(long sequence) throws InterruptedException {
    return queue.awaitItem(
        later -> compensates(later, sequence), TimeUnit.SECONDS.toNanos(COMPENSATION_WAIT_S));
  }

  private static boolean compensates(ApplyQueue.Item later, long sequence) {
    try {
      return OperationCodec.decode(later.operation().duplicate()) instanceof Operation.Compensate c
          && c.failedSequence() == sequence;
    } catch (MalformedException e) {
      return false; // found when its turn comes
    }
  }

  /**
   * Gives every operation since the checkpoint its effect, over a tree that may have any part of
   * them. Before the rounds begin.
   *
   * @throws IOException when the journal cannot be read or the tree cannot follow
   */
  void replay() throws IOException {
    long from = marks.checkpoint() + 1;
    if (journal.lastSequence() >= from && journal.firstSequence() > from) {
      throw new IOException(
          "the journal begins at "
              + journal.firstSequence()
              + " but the tree is only sure up to "
              + marks.checkpoint());
    }
    if (journal.lastSequence() >= from) {
      LOG.info("Replaying operations {} to {} over the tree", from, journal.lastSequence());
      journal.read(from, this::replay);
      operations.replayed();
      CrashPoint.START_REPLAYED.reached();
    }
  }

  /** As {@link #replay()}, between rounds: what waits is in the journal, and applying is off. */
  void replayAnew() throws IOException {
    setApplying(false);
    applying.lock();
    try {
      queue.clear();
      operations.close();
      replay();
    } finally {
      applying.unlock();
    }
  }

  private boolean replay(long sequence, ByteBuffer payload) throws IOException {
    Operation operation = OperationCodec.decode(direct(payload));
    operations.replay(operation);
    listener.applied(sequence, operation);
    return true;
  }

  /** The store wants direct buffers. Only one thread replays. */
  private ByteBuffer direct(ByteBuffer bytes) {
    if (scratch.capacity() < bytes.remaining()) {
      scratch = ByteBuffer.allocateDirect(Math.max(bytes.remaining(), 2 * scratch.capacity()));
    }
    scratch.clear();
    return scratch.put(bytes).flip();
  }

  /** Closes the files that it keeps open; after the last round. */
  @Override
  public void close() {
    operations.close();
  }
}
