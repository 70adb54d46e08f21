package io.lockstep.replicator.link;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Log lines and refusals that a stranger can cause, so they are limited: lines to a burst and then
 * one a second, refusals to one a minute for each reason and to a number of reasons. Thread-safe.
 */
final class LinkLog {
  private static final Logger LOG = LoggerFactory.getLogger(NettyLink.class);
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final int MAX_REASONS = 32;
  private static final int BURST = 20;

  private final String node;
  private final Limiter limiter = new Limiter(BURST);
  private final Map<String, Long> lastRefusal = new LinkedHashMap<>();

  LinkLog(String node) {
    this.node = node;
  }

  /** Something the peer or a stranger caused. */
  void closed(Object remote, Object lane, String reason) {
    OptionalLong before = limiter.tryPass(System.nanoTime());
    if (before.isPresent()) {
      LOG.warn(
          "{}: link connection with {} ({}) closed: {}{}",
          node,
          remote,
          lane,
          reason,
          before.getAsLong() == 0 ? "" : "; " + before.getAsLong() + " such lines left out");
    }
  }

  void info(String text) {
    LOG.info("{}: {}", node, text);
  }

  void debug(String text, Throwable cause) {
    LOG.debug("{}: {}", node, text, cause);
  }

  void warn(String text) {
    LOG.warn("{}: {}", node, text);
  }

  void failed(String text, Throwable cause) {
    LOG.error("{}: {}", node, text, cause);
  }

  /** Whether this reason is to be told now. */
  synchronized boolean firstInAMinute(String reason, long nowNanos) {
    lastRefusal.values().removeIf(at -> nowNanos - at >= MINUTE);
    if (lastRefusal.size() >= MAX_REASONS || lastRefusal.containsKey(reason)) {
      return false;
    }
    lastRefusal.put(reason, nowNanos);
    return true;
  }

  /**
   * Decides which log lines pass when a stranger can cause any number of them: a burst, then one a
   * second. Thread-safe.
   */
  static final class Limiter {
    private static final long NANOS_PER_LINE = 1_000_000_000L;

    private final int burst;
    private double tokens;
    private long lastNanos;
    private boolean started;
    private long suppressed;

    Limiter(int burst) {
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
}
