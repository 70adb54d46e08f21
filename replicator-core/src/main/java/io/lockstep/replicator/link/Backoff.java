package io.lockstep.replicator.link;

import java.time.Duration;

/**
 * How long to wait before the next attempt: doubling, with jitter so that two nodes do not meet in
 * step. Immutable.
 */
record Backoff(long minMs, long maxMs, int failures) {
  private static final int MAX_SHIFT = 20;

  static Backoff of(Duration min, Duration max) {
    return new Backoff(min.toMillis(), Math.max(min.toMillis(), max.toMillis()), 0);
  }

  /** Milliseconds to wait; {@code random} is in [0, 1) and takes away up to half. */
  long pauseMs(double random) {
    long full = Math.min(maxMs, minMs << Math.min(failures, MAX_SHIFT));
    return Math.max(1, full - (long) (full * random / 2));
  }

  Backoff failed() {
    return new Backoff(minMs, maxMs, Math.min(failures + 1, MAX_SHIFT));
  }

  Backoff succeeded() {
    return new Backoff(minMs, maxMs, 0);
  }
}
