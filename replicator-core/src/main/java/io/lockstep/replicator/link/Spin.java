package io.lockstep.replicator.link;

import java.util.function.LongSupplier;

/**
 * A moment of waiting without sleep, in which other threads may run: {@link #on} lets them, and
 * tells the caller to sleep when the moment is over, or when another thread took the processor,
 * which then has better to do.
 *
 * <p>Who lets others run goes behind them: what he waits for may come while another thread uses up
 * its time slice, some milliseconds, where a sleeper would be woken and preferred. So each time
 * that it took long doubles how many moments are left out, until one goes well. Confined to one
 * thread at a time.
 */
final class Spin {
  /** A look at nothing takes a tenth of this; a thread that ran meanwhile far more. */
  private static final long ALONE_NS = 5_000;

  /** Whoever waited for so long for the processor had better have slept. */
  private static final long BEHIND_NS = 250_000;

  /** The most moments that are left out in a row. */
  private static final int MOST_LEFT_OUT = 255;

  private final long forNs;
  private final LongSupplier clock;
  private final Runnable yield;
  private long untilNs;
  private boolean behind;
  private int leavesOut;
  private int leftOut;

  Spin(long forNs) {
    this(forNs, System::nanoTime, Thread::yield);
  }

  /** For tests: with a clock in ns, and another way to let others run. */
  Spin(long forNs, LongSupplier clock, Runnable yield) {
    this.forNs = forNs;
    this.clock = clock;
    this.yield = yield;
    this.untilNs = clock.getAsLong();
  }

  /** The moment begins now, unless it is left out. */
  void begin(long nowNs) {
    if (leftOut < leavesOut) {
      leftOut++;
      untilNs = nowNs;
      return;
    }
    if (!behind) {
      leavesOut = 0;
    }
    behind = false;
    untilNs = nowNs + forNs;
  }

  /** Lets others run; returns whether to look again at once. */
  boolean on() {
    long beforeNs = clock.getAsLong();
    if (untilNs - beforeNs <= 0) {
      return false;
    }
    yield.run();
    long tookNs = clock.getAsLong() - beforeNs;
    if (tookNs > ALONE_NS) {
      untilNs = beforeNs;
    }
    if (tookNs > BEHIND_NS) {
      behind = true;
      leavesOut = Math.min(MOST_LEFT_OUT, 2 * leavesOut + 1);
      leftOut = 0;
    }
    return true;
  }
}
