package io.lockstep.replicator.replication;

import io.lockstep.replicator.port.Execution;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Threads that each wait for a sequence. Progress wakes those whose own has come, not all; and each
 * on a lock of its own, so that those who are woken together do not queue for the stream's.
 *
 * <p>The caller holds the stream's lock, but for {@link Waiter#await}, which must be called
 * without.
 */
final class SequenceWaits {
  /** One thread's wait. */
  static final class Waiter {
    private final ReentrantLock lock;
    private final Condition woken;
    private final long sequence;
    private volatile boolean reached;
    private volatile boolean disturbed;

    private Waiter(ReentrantLock lock, long sequence) {
      this.lock = lock;
      this.woken = lock.newCondition();
      this.sequence = sequence;
    }

    /**
     * Waits until the sequence is reached, or something else happened, for {@code timeoutNs} at the
     * most.
     *
     * @return whether it is reached
     */
    boolean await(long timeoutNs) throws InterruptedException {
      lock.lock();
      try {
        long leftNs = timeoutNs;
        while (!reached && !disturbed && leftNs > 0) {
          leftNs = woken.awaitNanos(leftNs);
        }
        return reached;
      } finally {
        lock.unlock();
      }
    }

    /** Whether it is reached, or something else happened. */
    boolean isOver() {
      return reached || disturbed;
    }

    private void wake(boolean because) {
      lock.lock();
      try {
        reached |= because;
        disturbed = true;
        woken.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  private final Execution execution;
  private final List<Waiter> waiters = new ArrayList<>();

  SequenceWaits(Execution execution) {
    this.execution = execution;
  }

  /** The calling thread is about to wait for {@code sequence}, which is not reached. */
  Waiter enter(long sequence) {
    Waiter waiter = new Waiter(execution.lock(), sequence);
    waiters.add(waiter);
    return waiter;
  }

  /** It gave up; without effect after it was woken. */
  void leave(Waiter waiter) {
    waiters.remove(waiter);
  }

  /** Wakes those who wait for this sequence or a lower one. */
  void reached(long sequence) {
    int kept = 0;
    for (int i = 0; i < waiters.size(); i++) {
      Waiter waiter = waiters.get(i);
      if (waiter.sequence <= sequence) {
        waiter.wake(true);
      } else {
        waiters.set(kept++, waiter);
      }
    }
    waiters.subList(kept, waiters.size()).clear();
  }

  /** Wakes one of those who wait, to look again. */
  boolean disturbOne() {
    if (waiters.isEmpty()) {
      return false;
    }
    waiters.remove(0).wake(false);
    return true;
  }

  /** Wakes all, to look again at what they wait for. */
  void disturb() {
    waiters.forEach(waiter -> waiter.wake(false));
    waiters.clear();
  }
}
