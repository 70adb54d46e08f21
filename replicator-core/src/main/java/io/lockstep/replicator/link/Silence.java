package io.lockstep.replicator.link;

/**
 * When a peer that says nothing counts as dead. A gap between ticks that is much too long means
 * that this process itself stood still (a stopped process, a frozen machine); what the peer said
 * meanwhile still waits in the socket, so the count begins again. Immutable; nanoseconds of one
 * monotonic clock.
 */
record Silence(long limitNanos, long lastHeardNanos, long lastTickNanos) {
  static Silence start(long limitNanos, long now) {
    return new Silence(limitNanos, now, now);
  }

  Silence heard(long now) {
    return new Silence(limitNanos, now, lastTickNanos);
  }

  Silence tick(long now) {
    boolean stoodStill = now - lastTickNanos > limitNanos * 3 / 4;
    return new Silence(limitNanos, stoodStill ? now : lastHeardNanos, now);
  }

  boolean dead(long now) {
    return now - lastHeardNanos >= limitNanos;
  }
}
