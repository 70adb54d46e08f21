package io.lockstep.replicator.link;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The link's counters, and the signal for those who wait for a lane to become writable. */
final class Meters {
  final Map<Link.Lane, LongAdder> sentBytes = perLane();
  final Map<Link.Lane, LongAdder> receivedBytes = perLane();
  final LongAdder sentFrames = new LongAdder();
  final LongAdder receivedFrames = new LongAdder();
  final LongAdder connects = new LongAdder();
  final LongAdder refusals = new LongAdder();
  final LongAdder failures = new LongAdder();
  volatile long roundTripNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private static Map<Link.Lane, LongAdder> perLane() {
    Map<Link.Lane, LongAdder> adders = new EnumMap<>(Link.Lane.class);
    for (Link.Lane lane : Link.Lane.values()) {
      adders.put(lane, new LongAdder());
    }
    return adders;
  }

  /** Wakes all who wait. */
  void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until {@code over} holds or the time is up. */
  void await(BooleanSupplier over, long timeoutNanos) throws InterruptedException {
    long left = timeoutNanos;
    lock.lockInterruptibly();
    try {
      while (!over.getAsBoolean() && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
