package io.lockstep.replicator.replication;

import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.protocol.StreamMessages.Mark;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secondary's end of the operations stream: journals what comes, acknowledges it, applies it to
 * the tree in order, and takes checkpoints.
 *
 * <p>Threads: frames come on the link's event loops, which append and acknowledge; one thread
 * forces the journal, one applies, one takes checkpoints. {@link #fence} returns only when no frame
 * of the old view can be acknowledged any more.
 */
public final class SecondaryStream implements AutoCloseable {
  /** What the stream tells its owner; called from any of its threads. */
  public interface Listener {
    /**
     * The journal or the tree of this node failed: it can no longer follow. Called once until the
     * next follow; the thread that failed (applier, force, checkpoint) has ended for good.
     */
    void copyFailed(String reason);

    /**
     * A sync of the tree failed, of which {@link #copyFailed} follows: what the tree shows may not
     * be on the disk, and never come there, since the system takes it for written.
     */
    default void syncFailed() {}

    /**
     * Everything at or below is on stable storage in the tree; make it durable before it is
     * acknowledged.
     */
    void checkpointed(long sequence, long journalDurable) throws IOException;

    /** The serving node's own checkpoint. */
    void peerCheckpoint(long sequence);

    /** An operation has been applied, in order. */
    void applied(long sequence, Operation operation);
  }

  /**
   * Memory that operations may take which wait to be applied, over twice what the primary should
   * let wait: those under way when it stops come on top.
   */
  private static final long LAG_SLACK_BYTES = 64L << 20;

  /** How often to force and to take checkpoints, in ms. */
  public record Timing(long forceWithinMs, long checkpointEveryMs) {}

  private static final Logger LOG = LoggerFactory.getLogger(SecondaryStream.class);
  private static final long ACK_EVERY_BYTES = 1 << 20;
  private static final long COMPENSATION_WAIT_S = 10;

  /** For how long the applier, once it has caught up, lets operations gather. */
  private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Execution execution;
  private final Link link;
  private final int module;
  private final Journal journal;
  private final FileStore store;
  private final OperationApplier applier;

  /** Set when a stream begins: the tree was changed by others than the applier meanwhile. */
  private volatile boolean anotherTree;

  private volatile Timing timing;
  private final Listener listener;
  private final ApplyQueue queue;

  /** Held over every journal append and acknowledgement. */
  private final ReentrantLock frames;

  /** Of {@link #frames}: something is to be forced. */
  private final Condition forceWork;

  /** Of {@link #frames}: the stream began or ended, or more is applied. */
  private final Condition progressed;

  /** Held while an operation is given its effect. */
  private final ReentrantLock applying;

  private final ReentrantLock checkpointing;

  /**
   * A sync of the tree failed: what it was to write counts as written for the system, so that the
   * next one may succeed without it. Until the tree is written anew none is a checkpoint.
   */
  private volatile boolean unsynced;

  private final List<Execution.Task> threads;
  private final Latch stopped;

  private long unacknowledged;
  private boolean following;
  private boolean failed;
  private Generation generation = Generation.NONE;
  private long epoch = -1;
  private boolean ackDue;

  /** The primary sends again what was acknowledged already, or may be: it is told on both lanes. */
  private boolean ackOnBothLanes;

  private boolean forceDue;
  private boolean forceFailed;
  private volatile long received;
  private volatile long durable;
  private volatile long applied;
  private volatile long checkpoint;
  private volatile long peerCheckpoint;

  /**
   * Over an open journal and store, which stay the caller's. The tree has everything at or below
   * {@code checkpoint}. The primary should not let more than {@code maxLag} bytes wait to be
   * applied; one that goes far beyond is disconnected.
   */
  public SecondaryStream(
      Execution execution,
      Link link,
      int module,
      Journal journal,
      FileStore store,
      long checkpoint,
      Timing timing,
      long maxLag,
      Listener listener) {
    this.execution = execution;
    this.queue = new ApplyQueue(execution, 2 * maxLag + LAG_SLACK_BYTES);
    this.frames = execution.lock();
    this.forceWork = frames.newCondition();
    this.progressed = frames.newCondition();
    this.applying = execution.lock();
    this.checkpointing = execution.lock();
    this.stopped = new Latch(execution);
    this.link = link;
    this.module = module;
    this.journal = journal;
    this.store = store;
    this.applier = new OperationApplier(store);
    this.timing = timing;
    this.listener = listener;
    this.checkpoint = checkpoint;
    this.received = journal.lastSequence();
    this.durable = journal.durableSequence();
    this.applied = checkpoint;
    this.threads =
        List.of(
            execution.task("journal-force", this::forceLoop),
            execution.task("applier", this::applyLoop),
            execution.task("checkpoint", this::checkpointLoop));
  }

  /** Other times from the next force and checkpoint on. Any thread. */
  public void retime(Timing changed) {
    timing = changed;
    forceSoon();
  }

  /**
   * Brings the tree to the end of the journal after a restart, then starts the threads. Call once.
   *
   * @throws IOException when the journal cannot be read or the tree cannot follow: the copy has
   *     failed
   */
  public void recover() throws IOException {
    CrashPoint.START_JOURNAL_OPENED.reached();
    replayAll();
    startWithoutReplay();
  }

  private void replayAll() throws IOException {
    long from = checkpoint + 1;
    if (journal.lastSequence() >= from && journal.firstSequence() > from) {
      throw new IOException(
          "the journal begins at "
              + journal.firstSequence()
              + " but the tree is only sure up to "
              + checkpoint);
    }
    if (journal.lastSequence() >= from) {
      LOG.info("Replaying operations {} to {} over the tree", from, journal.lastSequence());
      journal.read(from, this::replay);
      applier.replayed();
      CrashPoint.START_REPLAYED.reached();
    }
  }

  /**
   * Starts the threads over a tree that is whatever it is: its owner knows that it must be compared
   * in full.
   */
  public void startWithoutReplay() {
    applied = Math.max(journal.lastSequence(), checkpoint);
    received = applied;
    threads.forEach(Execution.Task::start);
  }

  /**
   * Brings a copy that failed to the journal's end after all, and to stable storage: gives every
   * operation since the checkpoint its effect again, as after a restart, so that what a failed sync
   * lost is written anew. Call after {@link #fence}.
   *
   * @throws IOException when the tree still cannot follow, or be synced: the copy has failed as
   *     before
   */
  public void mend() throws IOException {
    checkpointing.lock();
    try {
      setApplying(false);
      applying.lock();
      try {
        queue.clear();
        applier.close();
        replayAll();
      } finally {
        applying.unlock();
      }
      syncTree();
      unsynced = false;
      listener.checkpointed(journal.lastSequence(), durable);
      mended();
    } finally {
      checkpointing.unlock();
    }
  }

  private void mended() {
    frames.lock();
    try {
      received = Math.max(journal.lastSequence(), checkpoint);
      applied = received;
      checkpoint = received;
      failed = false;
      progressed.signalAll();
    } finally {
      frames.unlock();
    }
  }

  private boolean replay(long sequence, ByteBuffer payload) throws IOException {
    Operation operation = OperationCodec.decode(direct(payload));
    applier.replay(operation);
    listener.applied(sequence, operation);
    return true;
  }

  /**
   * Accepts the stream of {@code newGeneration} that begins after {@code last}, on connection
   * {@code newEpoch}, at the end of a reintegration: the tree has everything to {@code last} by
   * other ways.
   *
   * <p>What waited to be applied is forgotten, even when it ends at {@code last}: a return that
   * broke off at its very end leaves a stream running, whose operations the next return brings as
   * state. Applied after that they would rename files that have moved on, and this copy failed.
   */
  public void follow(Generation newGeneration, long last, long newEpoch) throws IOException {
    frames.lock();
    try {
      queue.clear();
      journal.reset(last + 1);
      checkpoint = last;
      applied = last;
      durable = last;
      unsynced = false;
      anotherTree = true;
      accept(newGeneration, last, newEpoch);
    } finally {
      frames.unlock();
    }
  }

  /**
   * Accepts the stream that broke off at {@code last}, the journal's end, on connection {@code
   * newEpoch}: what waits to be applied goes on waiting.
   */
  public void resume(Generation newGeneration, long last, long newEpoch) {
    frames.lock();
    try {
      if (journal.lastSequence() != last) {
        throw new IllegalStateException(
            "the journal ends at " + journal.lastSequence() + ", not at " + last);
      }
      accept(newGeneration, last, newEpoch);
    } finally {
      frames.unlock();
    }
  }

  private void accept(Generation newGeneration, long last, long newEpoch) {
    received = last;
    generation = newGeneration;
    epoch = newEpoch;
    following = true;
    failed = false;
    forceFailed = false;
    ackDue = true;
    ackOnBothLanes = false;
    acknowledge();
    forceWork.signalAll();
    progressed.signalAll();
  }

  /**
   * Waits until the stream of {@code wanted} has begun; returns whether it has within {@code
   * timeoutMs}.
   */
  public boolean awaitFollowing(Generation wanted, long timeoutMs) throws InterruptedException {
    long endNs = execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    frames.lock();
    try {
      while (!following || !generation.equals(wanted)) {
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0) {
          return false;
        }
        long unused = progressed.awaitNanos(leftNs);
      }
      return true;
    } finally {
      frames.unlock();
    }
  }

  /**
   * Whether received operations go to the tree; during a reintegration they only wait in the
   * journal. Once they do not, none is under way on return. Ends a {@link #hold}.
   */
  public void setApplying(boolean on) {
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

  /**
   * Keeps the tree as it is while this node goes on to journal and acknowledge, until {@link
   * #release} or anything else that decides about applying: a takeover or a return never waits for
   * who holds. None is under way on return.
   *
   * @return whether the tree is held; not where operations do not go to it anyway
   */
  public boolean hold() {
    boolean held = queue.hold(true);
    applying.lock();
    try {
      LOG.debug("The tree is held: {}", held);
    } finally {
      applying.unlock();
    }
    return held;
  }

  /** Whether a {@link #hold} still is: a stream that begins anew has ended it. */
  public boolean holds() {
    return queue.holds();
  }

  /** Ends a {@link #hold}; nothing happens when there is none. */
  public void release() {
    queue.hold(false);
  }

  /**
   * Waits until everything that has been received by now is in the tree; returns whether it is,
   * while the stream goes on and within {@code timeoutMs}.
   */
  public boolean awaitApplied(long timeoutMs) throws InterruptedException {
    long endNs = execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    long wanted = received;
    frames.lock();
    try {
      while (applied < wanted) {
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0 || !following || failed) {
          return false;
        }
        long unused = progressed.awaitNanos(leftNs);
      }
      return following && !failed;
    } finally {
      frames.unlock();
    }
  }

  /**
   * A return begins: the tree comes from its source. None is under way on return, and what waits to
   * be applied never will be: between the last round and the first operation of the new stream it
   * would undo what was sent. A copy that is left without its operations counts as failed until it
   * follows again.
   */
  public void giveWay() {
    setApplying(false);
    frames.lock();
    try {
      failed |= !queue.isEmpty();
      queue.clear();
    } finally {
      frames.unlock();
    }
  }

  /**
   * Waits until operations up to {@code last} are here; returns whether they are, before the stream
   * broke and within {@code timeoutMs}.
   */
  public boolean awaitReceived(long last, long timeoutMs) throws InterruptedException {
    long endNs = execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    frames.lock();
    try {
      while (received < last) {
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0 || !following || failed) {
          return false;
        }
        long unused = progressed.awaitNanos(leftNs);
      }
      return true;
    } finally {
      frames.unlock();
    }
  }

  /** Whether this copy failed since the last follow: it cannot be brought to the journal's end. */
  public boolean hasFailed() {
    frames.lock();
    try {
      return failed;
    } finally {
      frames.unlock();
    }
  }

  /**
   * This node stopped to number operations at {@code last}, all of which its tree has on stable
   * storage: the journal begins anew behind it.
   */
  public void rebase(long last) throws IOException {
    frames.lock();
    try {
      following = false;
      queue.clear();
      journal.reset(last + 1);
      received = last;
      durable = last;
      applied = last;
      checkpoint = last;
      progressed.signalAll();
    } finally {
      frames.unlock();
    }
  }

  /** Accepts and acknowledges nothing more, until {@link #follow}. */
  public void fence() {
    frames.lock();
    try {
      following = false;
      epoch = -1;
      progressed.signalAll();
    } finally {
      frames.unlock();
    }
  }

  /** One frame of the stream; types that are not the secondary's are ignored. Event loops only. */
  public void frame(long frameEpoch, byte type, ByteBuffer payload) {
    frame(frameEpoch, Link.Lane.OPERATIONS, type, payload);
  }

  /**
   * As {@link #frame(long, byte, ByteBuffer)}, of any lane: on the bulk lane come operations that
   * the primary sends again there ({@link PrimaryStream#insist}), in order but with gaps.
   */
  public void frame(long frameEpoch, Link.Lane lane, byte type, ByteBuffer payload) {
    try {
      frames.lock();
      try {
        if (type == StreamMessages.OPERATION) {
          operation(frameEpoch, lane, payload);
        } else if (type == StreamMessages.FORCE) {
          force(frameEpoch, Mark.decode(payload));
        } else if (type == StreamMessages.CHECKPOINT) {
          peerCheckpoint(Mark.decode(payload));
        }
      } finally {
        frames.unlock();
      }
    } catch (MalformedException | BufferUnderflowException e) {
      link.drop(frameEpoch, "malformed frame of type " + type + ": " + e.getMessage());
    } catch (IOException | RuntimeException | InternalError e) {
      // an InternalError is a fault of the journal's mapping: its disk is full or broken
      fail("the journal cannot take an operation: " + e.getMessage(), e);
    }
  }

  private void operation(long frameEpoch, Link.Lane lane, ByteBuffer payload) throws IOException {
    Generation theirs = StreamMessages.getGeneration(payload);
    long sequence = payload.getLong();
    boolean force = payload.get() != 0;
    if (!following || failed || frameEpoch != epoch || !theirs.equals(generation)) {
      return;
    }
    boolean again = lane == Link.Lane.BULK || sequence <= received;
    if (again) {
      ackDue = true;
      ackOnBothLanes = true;
    }
    if (sequence <= received) {
      return;
    }
    if (sequence != received + 1) {
      if (!again) {
        link.drop(frameEpoch, "operation " + sequence + " follows " + received);
      }
      return;
    }
    if (queue.isFull()) {
      link.drop(frameEpoch, "the peer sends far more than this node can apply");
      return;
    }
    CrashPoint.SECONDARY_FRAME.reached();
    journal.append(sequence, payload);
    CrashPoint.SECONDARY_JOURNALED.reached();
    queue.add(sequence, payload);
    boolean firstUnforced = received <= durable;
    received = sequence;
    ackDue = true;
    if (force) {
      forceSoon();
    } else if (firstUnforced) {
      forceWork.signal();
    }
  }

  private void force(long frameEpoch, Mark mark) {
    if (following && frameEpoch == epoch && mark.generation().equals(generation)) {
      forceSoon();
    }
  }

  private void peerCheckpoint(Mark mark) {
    if (following && mark.generation().equals(generation)) {
      peerCheckpoint = Math.max(peerCheckpoint, mark.sequence());
      listener.peerCheckpoint(mark.sequence());
    }
  }

  /** All frames of one read have come: acknowledges them at once. Event loops only. */
  public void batchEnd() {
    frames.lock();
    try {
      if (ackDue) {
        ackDue = false;
        progressed.signalAll();
        acknowledge();
      }
    } finally {
      frames.unlock();
    }
  }

  private void acknowledge() {
    frames.lock();
    try {
      if (following && !failed) {
        Ack ack =
            new Ack(
                generation,
                received,
                Math.min(durable, received),
                Math.min(applied, received),
                checkpoint);
        CrashPoint.SECONDARY_BEFORE_ACK.reached();
        link.send(epoch, Link.Lane.OPERATIONS, StreamMessages.ACK, module, ack.encode());
        if (ackOnBothLanes) {
          ackOnBothLanes = false;
          link.send(epoch, Link.Lane.BULK, StreamMessages.ACK, module, ack.encode());
        }
        CrashPoint.SECONDARY_ACKED.reached();
      }
    } finally {
      frames.unlock();
    }
  }

  private void forceSoon() {
    frames.lock();
    try {
      forceDue = true;
      forceWork.signal();
    } finally {
      frames.unlock();
    }
  }

  /** One round of a thread's work. */
  private interface Round {
    void once() throws IOException, InterruptedException;
  }

  /** Goes on after a failure: a later {@link #follow} may find the copy whole again. */
  private void loop(String what, Round round) {
    try {
      while (!stopped.isOpen()) {
        try {
          round.once();
        } catch (IOException | RuntimeException e) {
          fail(what + e.getMessage(), e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forceLoop() {
    loop("the journal cannot be forced to stable storage: ", this::forceOnce);
  }

  /** Sleeps while everything is durable; then forces when asked to, or the bound has passed. */
  private void forceOnce() throws IOException, InterruptedException {
    frames.lock();
    try {
      while (!forceDue && !unforced() && !stopped.isOpen()) {
        forceWork.await();
      }
      long leftNs = TimeUnit.MILLISECONDS.toNanos(timing.forceWithinMs());
      while (!forceDue && unforced() && leftNs > 0 && !stopped.isOpen()) {
        leftNs = forceWork.awaitNanos(leftNs);
      }
      forceDue = false;
      if (received <= durable) {
        return;
      }
      forceFailed = true;
    } finally {
      frames.unlock();
    }
    force();
  }

  private boolean unforced() {
    return received > durable && !forceFailed;
  }

  /** Forces the journal; returns the sequence up to which it is durable. */
  public long force() throws IOException {
    CrashPoint.SECONDARY_BEFORE_FORCE.reached();
    long forced = journal.force();
    CrashPoint.SECONDARY_FORCED.reached();
    frames.lock();
    try {
      durable = Math.max(durable, Math.min(forced, received));
      forceFailed = false;
      acknowledge();
    } finally {
      frames.unlock();
    }
    return forced;
  }

  private void applyLoop() {
    loop("", this::applyOnce);
  }

  private void applyOnce() throws IOException, InterruptedException {
    ApplyQueue.Item item = applyNext();
    if (item != null) {
      unacknowledged += item.bytes();
      queue.done(item);
    }
    boolean idle = item == null && !queue.linger(LINGER_NS);
    if (unacknowledged > ACK_EVERY_BYTES || idle && unacknowledged > 0) {
      unacknowledged = 0;
      acknowledgeApplied();
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

  private void acknowledgeApplied() {
    frames.lock();
    try {
      progressed.signalAll();
      acknowledge();
    } finally {
      frames.unlock();
    }
  }

  private void applyOne(ApplyQueue.Item item) throws IOException, InterruptedException {
    Operation operation = OperationCodec.decode(item.operation().duplicate());
    if (anotherTree) {
      // a return may have put another file in the place of one that is still open here
      anotherTree = false;
      applier.close();
    }
    CrashPoint.SECONDARY_BEFORE_APPLY.reached();
    try {
      applier.apply(operation);
    } catch (ApplyFailure e) {
      if (!compensated(item.sequence())) {
        throw e;
      }
    }
    CrashPoint.SECONDARY_APPLIED.reached();
    applied = item.sequence();
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

  private ByteBuffer scratch = ByteBuffer.allocateDirect(1 << 16);

  /** The store wants direct buffers. Only one thread replays. */
  private ByteBuffer direct(ByteBuffer bytes) {
    if (scratch.capacity() < bytes.remaining()) {
      scratch = ByteBuffer.allocateDirect(Math.max(bytes.remaining(), 2 * scratch.capacity()));
    }
    scratch.clear();
    return scratch.put(bytes).flip();
  }

  private void checkpointLoop() {
    loop(
        "a checkpoint failed: ",
        () -> {
          if (!stopped.await(timing.checkpointEveryMs())) {
            checkpoint();
          }
        });
  }

  /**
   * Takes a checkpoint now and trims the journal to what neither node needs.
   *
   * @throws IOException when the tree cannot be synced, or could not be once and was not written
   *     anew since: the journal since the last checkpoint is needed to {@link #mend} it
   */
  public void checkpoint() throws IOException {
    checkpointing.lock();
    try {
      long reached = applied;
      if (reached <= checkpoint) {
        return;
      }
      if (unsynced) {
        throw new IOException("a sync of the tree failed before, and it was not mended since");
      }
      CrashPoint.SECONDARY_CHECKPOINT_BEGUN.reached();
      syncTree();
      CrashPoint.SECONDARY_CHECKPOINT_SYNCED.reached();
      listener.checkpointed(reached, durable);
      CrashPoint.SECONDARY_CHECKPOINT_RECORDED.reached();
      checkpoint = reached;
      journal.trim(Math.min(checkpoint, peerCheckpoint));
      CrashPoint.SECONDARY_TRIMMED.reached();
      acknowledge();
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

  /**
   * Waits until everything in the journal is in the tree. Call after {@link #fence}.
   *
   * @return whether it came to that within {@code timeoutMs}
   */
  public boolean drain(long timeoutMs) throws InterruptedException {
    long endNs = execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    setApplying(true);
    frames.lock();
    try {
      while (applied < received && !failed) {
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0) {
          return false;
        }
        long unused = progressed.awaitNanos(leftNs);
      }
      return !failed;
    } finally {
      frames.unlock();
    }
  }

  private void fail(String reason, Throwable cause) {
    long toldEpoch;
    frames.lock();
    try {
      if (failed || stopped.isOpen()) {
        return;
      }
      failed = true;
      toldEpoch = epoch;
      progressed.signalAll();
    } finally {
      frames.unlock();
    }
    LOG.error("This node's copy failed: {}", reason, cause);
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    link.send(
        toldEpoch, Link.Lane.OPERATIONS, StreamMessages.COPY_FAILED, module, ByteBuffer.wrap(text));
    listener.copyFailed(reason);
  }

  /** How far this node has come. */
  public record Progress(
      long received,
      long durable,
      long applied,
      long checkpoint,
      long peerCheckpoint,
      long lagBytes,
      boolean following) {}

  /** For status. */
  public Progress progress() {
    frames.lock();
    try {
      return new Progress(
          received, durable, applied, checkpoint, peerCheckpoint, queue.bytes(), following);
    } finally {
      frames.unlock();
    }
  }

  /** Stops the threads; journal and store stay open. */
  @Override
  public void close() {
    fence();
    stopped.open();
    queue.close();
    forceSoon();
    boolean interrupted = false;
    for (Execution.Task thread : threads) {
      try {
        if (!thread.join(TimeUnit.SECONDS.toMillis(10))) {
          LOG.warn("A thread of the secondary's stream goes on after its end");
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    applier.close();
  }
}
