package io.lockstep.replicator.link;

import java.util.concurrent.atomic.AtomicBoolean;

/** The two lanes of one time of being connected. */
final class Pair {
  final long epoch;
  final LaneChannel operations;
  final LaneChannel bulk;
  private final AtomicBoolean over = new AtomicBoolean();

  Pair(long epoch, LaneChannel operations, LaneChannel bulk) {
    this.epoch = epoch;
    this.operations = operations;
    this.bulk = bulk;
  }

  LaneChannel lane(Link.Lane lane) {
    return lane == Link.Lane.OPERATIONS ? operations : bulk;
  }

  boolean isOver() {
    return over.get();
  }

  /** True for the first caller. */
  boolean end() {
    return over.compareAndSet(false, true);
  }
}
