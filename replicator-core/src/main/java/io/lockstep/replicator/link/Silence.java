package io.lockstep.replicator.link;

/**
 * When a peer that says nothing counts as dead. A gap between ticks that is much too long means
 * that this process itself stood still (a stopped process, a frozen machine); what the peer said
 * meanwhile still waits in the socket, so the count begins again. A lane that is silent while the
 * other is not has {@link #LONE_LANE} times as long: a network that loses much holds up one
 * connection for that long. Immutable; nanoseconds of one monotonic clock.
 */
record Silence(long limitNanos, long lastHeardNanos, long lastTickNanos) {
  /** How much longer a lane alone may be silent. */
  static final int LONE_LANE = 4;

  static Silence start(long limitNanos, long now) {
    return new Silence(limitNanos, now, now);
  }

  Silence heard(long now) {
    return new Silence(limitNanos, now, lastTickNanos);
  }

  /** Something came at that time, which may be before what is known. */
  Silence heardAt(long at) {
    return at - lastHeardNanos > 0 ? heard(at) : this;
  }

  Silence tick(long now) {
    boolean stoodStill = now - lastTickNanos > limitNanos * 3 / 4;
    return new Silence(limitNanos, stoodStill ? now : lastHeardNanos, now);
  }

  /** With the other lane's silence. */
  boolean dead(long now, Silence other) {
    long silentNanos = now - lastHeardNanos;
    boolean both = now - other.lastHeardNanos >= limitNanos;
    return silentNanos >= (both ? limitNanos : LONE_LANE * limitNanos);
  }
}
