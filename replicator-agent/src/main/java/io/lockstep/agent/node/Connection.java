package io.lockstep.agent.node;

import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The connection to the peer as one module sees it. Safe for any thread. */
final class Connection {
  private static final long READY_TIMEOUT_MS = 5_000;

  private final Execution execution;
  private final ReentrantLock lock;
  private final Condition changed;
  private volatile long epoch = -1;
  private long readyEpoch = -1;
  private long readyAt = -1;
  private boolean givenUp;

  Connection(Execution execution) {
    this.execution = execution;
    this.lock = execution.lock();
    this.changed = lock.newCondition();
  }

  /** The current one; -1 when there is none. */
  long epoch() {
    return epoch;
  }

  /** There is a new one, or (-1) none. */
  void is(long newEpoch) {
    lock.lock();
    try {
      epoch = newEpoch;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The peer acknowledged on connection {@code ackEpoch} that its journal ends at {@code last}. */
  void ready(long ackEpoch, long last) {
    lock.lock();
    try {
      boolean first = readyEpoch != ackEpoch;
      readyEpoch = ackEpoch;
      readyAt = last;
      if (first) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whoever waits for the peer to follow waits no more. */
  void giveUp() {
    lock.lock();
    try {
      givenUp = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Where the peer's journal ends. The peer follows and says so with its first acknowledgement;
   * frames sent before would be lost.
   */
  long awaitReady() throws IOException, InterruptedException {
    long endNs = execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_TIMEOUT_MS);
    lock.lock();
    try {
      givenUp = false;
      while (readyEpoch != epoch) {
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0 || epoch < 0 || givenUp) {
          throw new IOException("the peer does not say that it follows");
        }
        long unused = changed.awaitNanos(leftNs);
      }
      return readyAt;
    } finally {
      lock.unlock();
    }
  }
}
