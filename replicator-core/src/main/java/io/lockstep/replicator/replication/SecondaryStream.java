package io.lockstep.replicator.replication;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The secondary's end of the operations stream: journals what comes, acknowledges it, applies it to
 * the tree in order, and takes checkpoints.
 *
 * <p>Threads: frames come on the link's event loops, which append ({@code FrameReceiver}) and
 * acknowledge ({@code SecondaryCopy}); one thread forces the journal ({@code JournalForcer}), one
 * applies ({@code Applier}), one takes checkpoints ({@code TreeCheckpoints}). {@link #fence}
 * returns only when no frame of the old view can be acknowledged any more.
 */
public final class SecondaryStream implements AutoCloseable {
  /** What the stream tells its owner; called from any of its threads. */
  public interface Listener {
    /**
     * The journal or the tree of this node failed: it can no longer follow. Called once until the
     * next follow, or until it is mended; the thread that failed goes on, for the copy may follow
     * again.
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

  private final Execution execution;
  private final Journal journal;
  private final SecondaryMarks marks;
  private final SecondaryCopy copy;
  private final ApplyQueue queue;
  private final FrameReceiver receiver;
  private final JournalForcer forcer;
  private final Applier applier;
  private final TreeCheckpoints checkpoints;
  private final StreamThreads threads;
  private final Latch stopped;

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
    this.journal = journal;
    this.queue = new ApplyQueue(execution, 2 * maxLag + LAG_SLACK_BYTES);
    this.stopped = new Latch(execution);
    this.marks = new SecondaryMarks(journal.lastSequence(), journal.durableSequence(), checkpoint);
    this.copy = new SecondaryCopy(execution, link, module, journal, marks, listener, stopped);
    this.forcer = new JournalForcer(copy, marks, journal, stopped, timing.forceWithinMs());
    this.receiver = new FrameReceiver(copy, marks, journal, forcer, queue, link, listener);
    this.applier = new Applier(execution, copy, marks, journal, queue, store, listener);
    this.checkpoints =
        new TreeCheckpoints(
            execution,
            copy,
            marks,
            journal,
            store,
            applier,
            listener,
            stopped,
            timing.checkpointEveryMs());
    this.threads = new StreamThreads(execution, copy, stopped);
    threads.add("journal-force", "the journal cannot be forced to stable storage: ", forcer::once);
    threads.add("applier", "", applier::once);
    threads.add("checkpoint", "a checkpoint failed: ", checkpoints::once);
  }

  /** Other times from the next force and checkpoint on. Any thread. */
  public void retime(Timing changed) {
    checkpoints.retime(changed.checkpointEveryMs());
    forcer.retime(changed.forceWithinMs());
  }

  /**
   * Brings the tree to the end of the journal after a restart, then starts the threads. Call once.
   *
   * @throws IOException when the journal cannot be read or the tree cannot follow: the copy has
   *     failed
   */
  public void recover() throws IOException {
    CrashPoint.START_JOURNAL_OPENED.reached();
    applier.replay();
    startWithoutReplay();
  }

  /**
   * Starts the threads over a tree that is whatever it is: its owner knows that it must be compared
   * in full.
   */
  public void startWithoutReplay() {
    marks.start(journal.lastSequence());
    threads.start();
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
    checkpoints.mend();
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
    copy.frames.lock();
    try {
      queue.clear();
      journal.reset(last + 1);
      marks.restart(last);
      checkpoints.writtenAnew();
      applier.anotherTree();
      accept(newGeneration, last, newEpoch);
    } finally {
      copy.frames.unlock();
    }
  }

  /**
   * Accepts the stream that broke off at {@code last}, the journal's end, on connection {@code
   * newEpoch}: what waits to be applied goes on waiting.
   */
  public void resume(Generation newGeneration, long last, long newEpoch) {
    copy.frames.lock();
    try {
      if (journal.lastSequence() != last) {
        throw new IllegalStateException(
            "the journal ends at " + journal.lastSequence() + ", not at " + last);
      }
      accept(newGeneration, last, newEpoch);
    } finally {
      copy.frames.unlock();
    }
  }

  @GuardedBy("copy.frames")
  private void accept(Generation newGeneration, long last, long newEpoch) {
    copy.follow(newGeneration, last, newEpoch);
    checkpoints.goOn();
    forcer.begin();
    copy.changed();
  }

  /**
   * Waits until the stream of {@code wanted} has begun; returns whether it has within {@code
   * timeoutMs}.
   */
  public boolean awaitFollowing(Generation wanted, long timeoutMs) throws InterruptedException {
    return copy.awaitFollowing(wanted, afterMs(timeoutMs));
  }

  private long afterMs(long timeoutMs) {
    return execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
  }

  /**
   * Whether received operations go to the tree; during a reintegration they only wait in the
   * journal. Once they do not, none is under way on return. Ends a {@link #hold}.
   */
  public void setApplying(boolean on) {
    applier.setApplying(on);
  }

  /**
   * Keeps the tree as it is while this node goes on to journal and acknowledge, until {@link
   * #release} or anything else that decides about applying: a takeover or a return never waits for
   * who holds. None is under way on return.
   *
   * @return whether the tree is held; not where operations do not go to it anyway
   */
  public boolean hold() {
    return applier.hold();
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
    long endNs = afterMs(timeoutMs);
    return copy.awaitApplied(marks.received(), endNs);
  }

  /**
   * A return begins: the tree comes from its source. None is under way on return, and what waits to
   * be applied never will be: between the last round and the first operation of the new stream it
   * would undo what was sent. A copy that is left without its operations counts as failed until it
   * follows again. No checkpoint is taken until then, and none is under way on return, which may
   * wait for a sync of the tree.
   */
  public void giveWay() {
    setApplying(false);
    checkpoints.pause();
    copy.frames.lock();
    try {
      if (!queue.isEmpty()) {
        copy.incomplete();
      }
      queue.clear();
    } finally {
      copy.frames.unlock();
    }
  }

  /**
   * Waits until operations up to {@code last} are here; returns whether they are, before the stream
   * broke and within {@code timeoutMs}.
   */
  public boolean awaitReceived(long last, long timeoutMs) throws InterruptedException {
    return copy.awaitReceived(last, afterMs(timeoutMs));
  }

  /** Whether this copy failed since the last follow: it cannot be brought to the journal's end. */
  public boolean hasFailed() {
    return copy.hasFailed();
  }

  /**
   * This node stopped to number operations at {@code last}, all of which its tree has on stable
   * storage: the journal begins anew behind it.
   */
  public void rebase(long last) throws IOException {
    copy.frames.lock();
    try {
      copy.unfollow();
      queue.clear();
      journal.reset(last + 1);
      marks.restart(last);
      copy.changed();
    } finally {
      copy.frames.unlock();
    }
  }

  /** Accepts and acknowledges nothing more, until {@link #follow}. */
  public void fence() {
    copy.fence();
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
    receiver.frame(frameEpoch, lane, type, payload);
  }

  /** All frames of one read have come: acknowledges them at once. Event loops only. */
  public void batchEnd() {
    copy.batchEnd();
  }

  /** Forces the journal; returns the sequence up to which it is durable. */
  public long force() throws IOException {
    return forcer.force();
  }

  /**
   * Takes a checkpoint now and trims the journal to what neither node needs.
   *
   * @throws IOException when the tree cannot be synced, or could not be once and was not written
   *     anew since: the journal since the last checkpoint is needed to {@link #mend} it
   */
  public void checkpoint() throws IOException {
    checkpoints.checkpoint();
  }

  /**
   * Waits until everything in the journal is in the tree. Call after {@link #fence}.
   *
   * @return whether it came to that within {@code timeoutMs}
   */
  public boolean drain(long timeoutMs) throws InterruptedException {
    long endNs = afterMs(timeoutMs);
    setApplying(true);
    return copy.awaitDrained(endNs);
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
    return copy.progress(queue);
  }

  /** Stops the threads; journal and store stay open. */
  @Override
  public void close() {
    fence();
    stopped.open();
    queue.close();
    forcer.soon();
    threads.join();
    applier.close();
  }
}
