package io.lockstep.replicator.replication;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.port.CrashPoint;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * Forces the journal to stable storage: when asked to, and within a bound where nobody asks.
 *
 * <p>Threads: one makes the rounds ({@link #once}); anyone may ask, or force by itself. The journal
 * is forced under no lock, so that appends and acknowledgements go on meanwhile. After a force that
 * failed the next is only tried when asked for, until one succeeds or a stream begins.
 */
final class JournalForcer {
  private final SecondaryCopy copy;
  private final SecondaryMarks marks;
  private final Journal journal;
  private final Latch stopped;
  private volatile long withinMs;

  /** Of {@link SecondaryCopy#frames}: something is to be forced. */
  private final Condition work;

  @GuardedBy("copy.frames")
  private boolean due;

  @GuardedBy("copy.frames")
  private boolean failed;

  JournalForcer(
      SecondaryCopy copy, SecondaryMarks marks, Journal journal, Latch stopped, long withinMs) {
    this.copy = copy;
    this.marks = marks;
    this.journal = journal;
    this.stopped = stopped;
    this.withinMs = withinMs;
    this.work = copy.frames.newCondition();
  }

  /** Another bound, from the next force on; one is due now. */
  void retime(long changedWithinMs) {
    withinMs = changedWithinMs;
    soon();
  }

  /** A force is due now. */
  void soon() {
    copy.frames.lock();
    try {
      due = true;
      work.signal();
    } finally {
      copy.frames.unlock();
    }
  }

  /**
   * A first operation is not durable: from now on the bound counts. Called under {@code frames}.
   */
  void eventually() {
    work.signal();
  }

  /** A stream begins. Called under {@code frames}. */
  @SuppressWarnings("GuardedBy") // by the caller, or the signal throws
  void begin() {
    failed = false;
    work.signalAll();
  }

  /** Sleeps while everything is durable; then forces when asked to, or the bound has passed. */
  void once() throws IOException, InterruptedException {
    copy.frames.lock();
    try {
      while (!due && !unforced() && !stopped.isOpen()) {
        work.await();
      }
      long leftNs = TimeUnit.MILLISECONDS.toNanos(withinMs);
      while (!due && unforced() && leftNs > 0 && !stopped.isOpen()) {
        leftNs = work.awaitNanos(leftNs);
      }
      due = false;
      if (marks.received() <= marks.durable()) {
        return;
      }
      failed = true;
    } finally {
      copy.frames.unlock();
    }
    force();
  }

  @GuardedBy("copy.frames")
  private boolean unforced() {
    return marks.received() > marks.durable() && !failed;
  }

  /** Forces the journal and tells the primary; returns the sequence up to which it is durable. */
  long force() throws IOException {
    CrashPoint.SECONDARY_BEFORE_FORCE.reached();
    Object which = marks.journal();
    long forced = journal.force();
    CrashPoint.SECONDARY_FORCED.reached();
    copy.frames.lock();
    try {
      if (!marks.forced(forced, which)) {
        soon();
      }
      failed = false;
      copy.acknowledge();
    } finally {
      copy.frames.unlock();
    }
    return forced;
  }
}
