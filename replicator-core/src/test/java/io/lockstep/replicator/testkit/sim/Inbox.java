package io.lockstep.replicator.testkit.sim;

import io.lockstep.replicator.testkit.sim.SimThread.Wake;
import java.util.ArrayDeque;

/**
 * What the world hands to one simulated thread: events add, without waiting; the thread takes. The
 * kernel's side of a socket, so to say.
 */
public final class Inbox<T> {
  private final Scheduler scheduler;
  private final String name;
  private final ArrayDeque<T> items = new ArrayDeque<>();
  private SimThread waiting;

  /** An empty one. */
  public Inbox(Scheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  /** Puts an item behind the others. */
  public void add(T item) {
    items.addLast(item);
    wake();
  }

  /** Puts an item before all others. */
  public void addFirst(T item) {
    items.addFirst(item);
    wake();
  }

  /** Wakes the thread that takes, though there may be nothing. */
  public void wake() {
    if (waiting != null) {
      scheduler.wake(waiting, Wake.SIGNAL);
    }
  }

  /** The oldest item, waited for. */
  public T take() {
    while (items.isEmpty()) {
      await(Long.MAX_VALUE);
    }
    return items.removeFirst();
  }

  /**
   * The oldest item, waited for until {@code untilNs} or a {@link #wake}; null if there is none.
   */
  public T poll(long untilNs) {
    if (items.isEmpty()) {
      await(untilNs);
    }
    return items.pollFirst();
  }

  /** Whether nothing is there. */
  public boolean isEmpty() {
    return items.isEmpty();
  }

  /** Forgets what is there. */
  public void clear() {
    items.clear();
  }

  private void await(long untilNs) {
    waiting = scheduler.current();
    try {
      Wake unused = scheduler.block(this, untilNs, false);
    } finally {
      waiting = null;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
