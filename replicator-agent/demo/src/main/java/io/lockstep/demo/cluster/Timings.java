package io.lockstep.demo.cluster;

/**
 * How fast the pair of the demo notices things, in milliseconds.
 *
 * @param heartbeatMs between heartbeats
 * @param takeoverAfterMs silence after which the secondary takes over
 * @param ackTimeoutMs longest wait of the application for the peer
 */
public record Timings(int heartbeatMs, int takeoverAfterMs, int ackTimeoutMs) {
  /** Lockstep's defaults. */
  public static final Timings DEFAULT = new Timings(1000, 30_000, 6000);

  /** Short enough to watch. */
  public static final Timings DEMO = new Timings(200, 2000, 2000);

  /** One line that says what is used and what the default is. */
  public String describe() {
    return equals(DEFAULT)
        ? "Detection: the defaults, takeover after 30 s of silence."
        : ("Detection: heartbeats every %d ms, takeover after %.1f s of silence, ackTimeout %.1f s"
                + " (the defaults are 1 s, 30 s and 6 s).")
            .formatted(heartbeatMs, takeoverAfterMs / 1000.0, ackTimeoutMs / 1000.0);
  }
}
