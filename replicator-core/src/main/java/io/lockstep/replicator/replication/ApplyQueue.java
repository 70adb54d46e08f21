package io.lockstep.replicator.replication;

import java.util.ArrayDeque;
import java.util.List;

/**
 * Operations that are in the journal and wait for the applier, oldest first. Bounded by the
 * primary, which holds its writers back when the secondary lags. Safe for any thread.
 */
final class ApplyQueue {
  /** One journaled operation. */
  record Item(long sequence, byte[] operation) {}

  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private long bytes;
  private boolean open = true;

  synchronized void add(Item item) {
    items.addLast(item);
    bytes += item.operation().length;
    notifyAll();
  }

  /** Waits until there is an item, the queue is closed, or {@code waitMs} have passed. */
  synchronized void await(long waitMs) throws InterruptedException {
    long endNs = System.nanoTime() + waitMs * 1_000_000;
    while (items.isEmpty() && open) {
      long leftMs = (endNs - System.nanoTime()) / 1_000_000;
      if (leftMs <= 0) {
        return;
      }
      wait(leftMs);
    }
  }

  /** The next item, or null. */
  synchronized Item poll() {
    Item item = items.pollFirst();
    if (item != null) {
      bytes -= item.operation().length;
    }
    return item;
  }

  synchronized void clear() {
    items.clear();
    bytes = 0;
  }

  synchronized void close() {
    open = false;
    notifyAll();
  }

  /** What waits, oldest first. */
  synchronized List<Item> items() {
    return List.copyOf(items);
  }

  synchronized boolean isEmpty() {
    return items.isEmpty();
  }

  synchronized long bytes() {
    return bytes;
  }
}
