package io.lockstep.replicator.execution;

import io.lockstep.replicator.port.Execution;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Something that happens once, and can be waited for. Safe for any thread. */
public final class Latch {
  private final Execution execution;
  private final ReentrantLock lock;
  private final Condition opened;
  private volatile boolean open;

  /** Closed at first. */
  public Latch(Execution execution) {
    this.execution = execution;
    this.lock = execution.lock();
    this.opened = lock.newCondition();
  }

  /** It has happened. */
  public void open() {
    lock.lock();
    try {
      open = true;
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether it has happened. */
  public boolean isOpen() {
    return open;
  }

  /** Waits for it; returns whether it has happened within {@code timeoutMs}. */
  public boolean await(long timeoutMs) throws InterruptedException {
    long endNs = execution.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    lock.lock();
    try {
      for (long leftNs = endNs - execution.nanoTime(); !open && leftNs > 0; ) {
        leftNs = opened.awaitNanos(leftNs);
      }
      return open;
    } finally {
      lock.unlock();
    }
  }
}
