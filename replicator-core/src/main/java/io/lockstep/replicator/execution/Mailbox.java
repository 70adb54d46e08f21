package io.lockstep.replicator.execution;

import io.lockstep.replicator.port.Execution;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Items for one thread, taken in the order in which they came. Adding never waits. */
public final class Mailbox<T> {
  private final ReentrantLock lock;
  private final Condition arrived;
  private final ArrayDeque<T> items = new ArrayDeque<>();

  /** Empty at first. */
  public Mailbox(Execution execution) {
    this.lock = execution.lock();
    this.arrived = lock.newCondition();
  }

  /** Puts an item behind the others. Any thread. */
  public void add(T item) {
    lock.lock();
    try {
      items.addLast(item);
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** How many items wait. Any thread. */
  public int size() {
    lock.lock();
    try {
      return items.size();
    } finally {
      lock.unlock();
    }
  }

  /** The oldest item, waited for. */
  public T take() throws InterruptedException {
    lock.lock();
    try {
      while (items.isEmpty()) {
        arrived.await();
      }
      return items.removeFirst();
    } finally {
      lock.unlock();
    }
  }

  /** The oldest item, waited for up to {@code timeoutNs}; null when none came. */
  public T poll(long timeoutNs) throws InterruptedException {
    lock.lock();
    try {
      long leftNs = timeoutNs;
      while (items.isEmpty() && leftNs > 0) {
        leftNs = arrived.awaitNanos(leftNs);
      }
      return items.pollFirst();
    } finally {
      lock.unlock();
    }
  }
}
