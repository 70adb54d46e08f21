package io.lockstep.replicator.replication;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where this node's copy is in the stream: whom it follows, whether it failed, whether it has come
 * far enough for who waits; and what the primary is told of that.
 *
 * <p>Safe for any thread. Whom it follows changes under {@link #frames} only, and every
 * acknowledgement is sent under it: none of the old view comes after a {@link #fence}. Nothing here
 * waits but for that lock and, where it says so, for the stream.
 */
final class SecondaryCopy {
  private static final Logger LOG = LoggerFactory.getLogger(SecondaryCopy.class);

  /** Held over every journal append and acknowledgement. */
  final ReentrantLock frames;

  /** Of {@link #frames}: the stream began or ended, or more is applied. */
  private final Condition progressed;

  private final Execution execution;
  private final Link link;
  private final int module;
  private final Journal journal;
  private final SecondaryMarks marks;
  private final SecondaryStream.Listener listener;
  private final Latch stopped;

  @GuardedBy("frames")
  private boolean following;

  @GuardedBy("frames")
  private boolean failed;

  @GuardedBy("frames")
  private Generation generation = Generation.NONE;

  @GuardedBy("frames")
  private long epoch = -1;

  @GuardedBy("frames")
  private boolean ackDue;

  /** The primary sends again what was acknowledged already, or may be: it is told on both lanes. */
  @GuardedBy("frames")
  private boolean ackOnBothLanes;

  /** Follows nobody. */
  SecondaryCopy(
      Execution execution,
      Link link,
      int module,
      Journal journal,
      SecondaryMarks marks,
      SecondaryStream.Listener listener,
      Latch stopped) {
    this.execution = execution;
    this.frames = execution.lock();
    this.progressed = frames.newCondition();
    this.link = link;
    this.module = module;
    this.journal = journal;
    this.marks = marks;
    this.listener = listener;
    this.stopped = stopped;
  }

  /** Takes part in the stream of {@code newGeneration} from {@code last} on, and tells so. */
  @GuardedBy("frames")
  void follow(Generation newGeneration, long last, long newEpoch) {
    marks.received(last);
    generation = newGeneration;
    epoch = newEpoch;
    following = true;
    failed = false;
    ackDue = true;
    ackOnBothLanes = false;
    acknowledge();
  }

  /** Takes part in no stream any more; those who wait for it are told by {@link #changed}. */
  @GuardedBy("frames")
  void unfollow() {
    following = false;
  }

  /** The tree has all of the journal after all, on stable storage. */
  void mended() {
    frames.lock();
    try {
      marks.mended(journal.lastSequence());
      failed = false;
      progressed.signalAll();
    } finally {
      frames.unlock();
    }
  }

  /** Accepts and acknowledges nothing more, until {@link #follow}. */
  void fence() {
    frames.lock();
    try {
      following = false;
      epoch = -1;
      progressed.signalAll();
    } finally {
      frames.unlock();
    }
  }

  /** Whoever waits for the stream's beginning or end, or for something received, looks again. */
  @GuardedBy("frames")
  void changed() {
    progressed.signalAll();
  }

  @GuardedBy("frames")
  boolean follows(Generation theirs) {
    return following && generation.equals(theirs);
  }

  @GuardedBy("frames")
  boolean follows(long theirEpoch, Generation theirs) {
    return theirEpoch == epoch && follows(theirs);
  }

  /** Whether an operation of that stream on that connection goes to the journal. */
  @GuardedBy("frames")
  boolean takes(long theirEpoch, Generation theirs) {
    return !failed && follows(theirEpoch, theirs);
  }

  /** The journal has that operation: it is acknowledged with the batch. */
  @GuardedBy("frames")
  void journaled(long sequence) {
    marks.received(sequence);
    ackDue = true;
  }

  /** An operation came again: the batch's acknowledgement goes out on both lanes. */
  @GuardedBy("frames")
  void cameAgain() {
    ackDue = true;
    ackOnBothLanes = true;
  }

  /** All frames of one read have come: acknowledges them at once. */
  void batchEnd() {
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

  /** More is applied: tells the primary, and whoever waits here. */
  void acknowledgeApplied() {
    frames.lock();
    try {
      progressed.signalAll();
      acknowledge();
    } finally {
      frames.unlock();
    }
  }

  /** Tells the primary all marks; nothing happens unless this copy takes part in a stream. */
  void acknowledge() {
    frames.lock();
    try {
      if (following && !failed) {
        Ack ack = marks.ack(generation);
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

  /**
   * This copy can no longer follow: nothing more is taken or acknowledged until {@link #follow} or
   * {@link #mended}. Tells the primary and the owner, once until then, and nothing once stopped.
   */
  void fail(String reason, Throwable cause) {
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

  /** Operations that it received will not be applied: it counts as failed, as its owner knows. */
  @GuardedBy("frames")
  void incomplete() {
    failed = true;
  }

  boolean hasFailed() {
    frames.lock();
    try {
      return failed;
    } finally {
      frames.unlock();
    }
  }

  /** Waits until it follows {@code wanted}; returns whether it does before {@code endNs}. */
  boolean awaitFollowing(Generation wanted, long endNs) throws InterruptedException {
    frames.lock();
    try {
      while (!follows(wanted)) {
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
   * Waits until all to {@code last} is in the journal; returns whether it is before {@code endNs},
   * and before the stream ends.
   */
  boolean awaitReceived(long last, long endNs) throws InterruptedException {
    frames.lock();
    try {
      while (marks.received() < last) {
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

  /**
   * Waits until all to {@code last} is in the tree; returns whether it is before {@code endNs}, and
   * before the stream ends.
   */
  boolean awaitApplied(long last, long endNs) throws InterruptedException {
    frames.lock();
    try {
      while (marks.applied() < last) {
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
   * Waits until all of the journal is in the tree, whether a stream goes on or not; returns whether
   * it is before {@code endNs}.
   */
  boolean awaitDrained(long endNs) throws InterruptedException {
    frames.lock();
    try {
      while (marks.applied() < marks.received() && !failed) {
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

  SecondaryStream.Progress progress(ApplyQueue queue) {
    frames.lock();
    try {
      return new SecondaryStream.Progress(
          marks.received(),
          marks.durable(),
          marks.applied(),
          marks.checkpoint(),
          marks.peerCheckpoint(),
          queue.bytes(),
          following);
    } finally {
      frames.unlock();
    }
  }
}
