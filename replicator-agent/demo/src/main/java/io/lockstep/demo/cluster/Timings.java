package io.lockstep.demo.cluster;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast the pair of the demo notices things, in milliseconds.
 *
 * @param heartbeatMs between heartbeats
 * @param takeoverAfterMs silence after which the secondary takes over
 * @param ackTimeoutMs longest wait of the application for the peer
 */
public record Timings(long heartbeatMs, long takeoverAfterMs, long ackTimeoutMs) {
  /** Lockstep's own defaults. */
  public static final Timings DEFAULT = new Timings(1000, 30_000, 6000);

  /** Short enough to watch. */
  public static final Timings DEMO = new Timings(200, 2000, 2000);

  /** Short, and patient enough for whatever load someone puts on a held pair. */
  public static final Timings HOLD = new Timings(500, 5000, 3000);

  private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|m|h)");

  /** The timings of a configuration file's {@code timing} section; defaults where it is silent. */
  static Timings of(Map<String, Object> section) {
    return new Timings(
        milliseconds(section.get("heartbeat"), DEFAULT.heartbeatMs),
        milliseconds(section.get("takeoverAfter"), DEFAULT.takeoverAfterMs),
        milliseconds(section.get("ackTimeout"), DEFAULT.ackTimeoutMs));
  }

  private static long milliseconds(Object value, long otherwise) {
    Matcher matcher = DURATION.matcher(value == null ? "" : value.toString());
    if (!matcher.matches()) {
      // Not the demo's business to refuse: the agent names every error of its configuration.
      return otherwise;
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> number;
      case "s" -> number * 1000;
      case "m" -> number * 60_000;
      default -> number * 3_600_000;
    };
  }

  /** The section that says the same. */
  Map<String, Object> section() {
    return Map.of(
        "heartbeat", heartbeatMs + "ms",
        "takeoverAfter", takeoverAfterMs + "ms",
        "ackTimeout", ackTimeoutMs + "ms");
  }

  /** One line that says what is used and what the default is. */
  public String describe() {
    return String.format(
        Locale.ROOT,
        "Detection: heartbeats every %d ms, takeover after %.1f s of silence, ackTimeout %.1f s"
            + " (Lockstep's defaults: 1 s, 30 s, 6 s).",
        heartbeatMs,
        takeoverAfterMs / 1000.0,
        ackTimeoutMs / 1000.0);
  }
}
