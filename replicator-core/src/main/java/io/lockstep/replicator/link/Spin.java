package io.lockstep.replicator.link;

import java.util.function.LongSupplier;

/**
 * A moment of waiting without sleep, in which other threads may run: {@link #on} lets them, and
 * tells the caller to sleep when the moment is over, or when another thread took the processor,
 * which then has better to do. Confined to one thread at a time.
 */
final class Spin {
  /** A look at nothing takes a tenth of this; a thread that ran meanwhile far more. */
  private static final long ALONE_NS = 5_000;

  private final LongSupplier forNs;
  private final LongSupplier clock;
  private final Runnable yield;
  private long untilNs;

  Spin(LongSupplier forNs) {
    this(forNs, System::nanoTime, Thread::yield);
  }

  /** For tests: with a clock in ns, and another way to let others run. */
  Spin(LongSupplier forNs, LongSupplier clock, Runnable yield) {
    this.forNs = forNs;
    this.clock = clock;
    this.yield = yield;
    this.untilNs = clock.getAsLong();
  }

  /** The moment begins now. */
  void begin(long nowNs) {
    untilNs = nowNs + forNs.getAsLong();
  }

  /** Lets others run; returns whether to look again at once. */
  boolean on() {
    long beforeNs = clock.getAsLong();
    if (untilNs - beforeNs <= 0) {
      return false;
    }
    yield.run();
    if (clock.getAsLong() - beforeNs > ALONE_NS) {
      untilNs = beforeNs;
    }
    return true;
  }
}
