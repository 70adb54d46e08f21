package io.lockstep.replicator.replication;

import io.lockstep.replicator.port.Execution;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Operations that are in the journal and wait for the applier, oldest first. A primary holds its
 * writers back when the secondary lags; one that does not is told to by {@link #isFull}. Safe for
 * any thread.
 */
final class ApplyQueue {
  /**
   * One journaled operation, encoded.
   *
   * @param room of the queue's own memory, until it is {@link #done}
   */
  record Item(long sequence, FrameMemory.Room room) {
    ByteBuffer operation() {
      return room.bytes();
    }

    int bytes() {
      return room.bytes().remaining();
    }
  }

  /** From here on {@link #linger} ends at once. */
  private static final long URGENT_BYTES = 256 << 10;

  /** What an item costs beside its bytes. */
  private static final int ITEM_BYTES = 64;

  private final Execution execution;
  private final long mostBytes;
  private final ReentrantLock lock;

  /** There may be something to poll. */
  private final Condition changed;

  /** An item came, or the queue was closed; for those who look for a certain one. */
  private final Condition arrived;

  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private final FrameMemory memory = new FrameMemory();
  private long bytes;
  private boolean flowing;

  /** Nothing is given out, although it would flow. */
  private boolean held;

  private boolean open = true;
  private boolean lingering;

  /** Empty, and not flowing; full from {@code mostBytes} of memory on. */
  ApplyQueue(Execution execution, long mostBytes) {
    this.execution = execution;
    this.mostBytes = mostBytes;
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.arrived = lock.newCondition();
  }

  /** Adds a copy of the operation from {@code encoded}'s position to its limit. */
  void add(long sequence, ByteBuffer encoded) {
    Item item = new Item(sequence, room(encoded.remaining()));
    item.operation().put(encoded.duplicate()).flip();
    lock.lock();
    try {
      items.addLast(item);
      bytes += item.bytes();
      if (!lingering || bytes >= URGENT_BYTES) {
        changed.signal();
      }
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private FrameMemory.Room room(int size) {
    lock.lock();
    try {
      return memory.take(size);
    } finally {
      lock.unlock();
    }
  }

  /** The memory of an item that was polled is free. */
  void done(Item item) {
    lock.lock();
    try {
      memory.give(item.room());
    } finally {
      lock.unlock();
    }
  }

  /** Whether so much waits that no primary in its right mind would send more. */
  boolean isFull() {
    lock.lock();
    try {
      return bytes + (long) ITEM_BYTES * items.size() >= mostBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #poll} gives anything out; ends a hold. */
  void setFlowing(boolean on) {
    lock.lock();
    try {
      flowing = on;
      held = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether what flows is held back; returns whether it flows. */
  boolean hold(boolean on) {
    lock.lock();
    try {
      held = on && flowing;
      changed.signalAll();
      return flowing;
    } finally {
      lock.unlock();
    }
  }

  /** Whether what flows is held back: a hold that something else ended is none any more. */
  boolean holds() {
    lock.lock();
    try {
      return held;
    } finally {
      lock.unlock();
    }
  }

  /** Waits while there is nothing to poll; not once the queue is closed. */
  void awaitFlow() throws InterruptedException {
    lock.lock();
    try {
      while (open && (items.isEmpty() || !flowing || held)) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets items gather for {@code timeNs}, unless many come: a thread that is woken for each costs
   * more than the work. Returns whether there is something to poll now.
   */
  boolean linger(long timeNs) throws InterruptedException {
    long endNs = execution.nanoTime() + timeNs;
    lock.lock();
    try {
      lingering = true;
      long leftNs = timeNs;
      while (open && flowing && !held && bytes < URGENT_BYTES && leftNs > 0) {
        long unused = changed.awaitNanos(leftNs);
        leftNs = endNs - execution.nanoTime();
      }
      return open && flowing && !held && !items.isEmpty();
    } finally {
      lingering = false;
      lock.unlock();
    }
  }

  /** The oldest item; null where there is none, or the queue does not flow or is closed. */
  Item poll() {
    lock.lock();
    try {
      Item item = open && flowing && !held ? items.pollFirst() : null;
      bytes -= item == null ? 0 : item.bytes();
      return item;
    } finally {
      lock.unlock();
    }
  }

  /** Whether an item that is {@code wanted} waits here, or comes within {@code timeoutNs}. */
  boolean awaitItem(Predicate<Item> wanted, long timeoutNs) throws InterruptedException {
    long endNs = execution.nanoTime() + timeoutNs;
    lock.lock();
    try {
      long looked = Long.MIN_VALUE;
      while (open) {
        if (anyBehind(looked, wanted)) {
          return true;
        }
        looked = items.isEmpty() ? looked : items.getLast().sequence();
        long leftNs = endNs - execution.nanoTime();
        if (leftNs <= 0) {
          return false;
        }
        long unused = arrived.awaitNanos(leftNs);
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean anyBehind(long sequence, Predicate<Item> wanted) {
    for (Iterator<Item> newest = items.descendingIterator(); newest.hasNext(); ) {
      Item item = newest.next();
      if (item.sequence() <= sequence) {
        return false;
      }
      if (wanted.test(item)) {
        return true;
      }
    }
    return false;
  }

  void clear() {
    lock.lock();
    try {
      items.forEach(item -> memory.give(item.room()));
      items.clear();
      bytes = 0;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      open = false;
      changed.signalAll();
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return items.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }
}
