package io.lockstep.failover.heartbeat;

import java.time.Duration;

/**
 * The heartbeat's times, in ns.
 *
 * @param intervalNs between two heartbeats on each network
 * @param takeoverAfterNs without any heartbeat on any network, until the peer counts as silent
 */
public record HeartbeatSettings(long intervalNs, long takeoverAfterNs) {
  /** Checks what a configuration may ask for: at least 100 ms and 500 ms. */
  public static HeartbeatSettings of(Duration interval, Duration takeoverAfter) {
    if (interval.toMillis() < 100 || takeoverAfter.toMillis() < 500) {
      throw new IllegalArgumentException(
          "heartbeat must be at least 100ms and takeoverAfter at least 500ms, not "
              + interval.toMillis()
              + "ms and "
              + takeoverAfter.toMillis()
              + "ms");
    }
    if (takeoverAfter.compareTo(interval.multipliedBy(3)) < 0) {
      throw new IllegalArgumentException(
          "takeoverAfter ("
              + takeoverAfter.toMillis()
              + "ms) must be at least three heartbeats ("
              + interval.toMillis()
              + "ms each), or one lost datagram would cause a takeover");
    }
    return new HeartbeatSettings(interval.toNanos(), takeoverAfter.toNanos());
  }

  /** A gap in the own ticks beyond which no timer means anything. */
  public long frozenAfterNs() {
    return Math.max(3 * intervalNs, takeoverAfterNs / 4);
  }
}
