package io.lockstep.replicator.link;

import java.util.OptionalLong;

/**
 * Decides which log lines pass when a stranger can cause any number of them: a burst, then one a
 * second. Thread-safe.
 */
final class LogLimiter {
  private static final long NANOS_PER_LINE = 1_000_000_000L;

  private final int burst;
  private double tokens;
  private long lastNanos;
  private boolean started;
  private long suppressed;

  LogLimiter(int burst) {
    this.burst = burst;
    this.tokens = burst;
  }

  /** The number of lines left out before this one when this one may be logged, else empty. */
  synchronized OptionalLong tryPass(long nowNanos) {
    if (started) {
      tokens = Math.min(burst, tokens + (double) (nowNanos - lastNanos) / NANOS_PER_LINE);
    }
    started = true;
    lastNanos = nowNanos;
    if (tokens < 1) {
      suppressed++;
      return OptionalLong.empty();
    }
    tokens--;
    long before = suppressed;
    suppressed = 0;
    return OptionalLong.of(before);
  }
}
