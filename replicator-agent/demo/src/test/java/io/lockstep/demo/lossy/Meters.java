package io.lockstep.demo.lossy;

import io.lockstep.demo.bench.MetricsPage;
import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an agent's own meters say of its networks. */
final class Meters {
  private static final Pattern PATH =
      Pattern.compile("(?m)^lockstep_heartbeat_(\\w+)\\{path=\"([^\"]+)\"\\} (\\S+)$");
  private static final Pattern CONNECTS =
      Pattern.compile("(?m)^lockstep_link_connects_total (\\S+)$");

  private static final Pattern LONGEST_WAIT =
      Pattern.compile("(?m)^lockstep_ack_wait_seconds_max\\{[^}]*} (\\S+)$");

  /** One network, since the agent's start. */
  record Path(double received, double lost, double jitterSeconds) {
    /** What came and was lost since {@code before}. */
    Path since(Path before) {
      return new Path(received - before.received, lost - before.lost, jitterSeconds);
    }

    double lossPercent() {
      return 100 * lost / Math.max(1, received + lost);
    }
  }

  /**
   * All of them.
   *
   * @param longestWaitSeconds of a modification for the peer's acknowledgement, of late
   */
  record Reading(Map<String, Path> paths, double connects, double longestWaitSeconds) {}

  /** Asks an agent. */
  Reading of(DemoNode node) throws IOException {
    String text = MetricsPage.of(node).text();
    Map<String, double[]> values = new TreeMap<>();
    Matcher matcher = PATH.matcher(text);
    while (matcher.find()) {
      double[] path = values.computeIfAbsent(matcher.group(2), name -> new double[3]);
      switch (matcher.group(1)) {
        case "received_total" -> path[0] = Double.parseDouble(matcher.group(3));
        case "lost_total" -> path[1] = Double.parseDouble(matcher.group(3));
        case "jitter_seconds" -> path[2] = Double.parseDouble(matcher.group(3));
        default -> {
          // its age
        }
      }
    }
    Map<String, Path> paths = new TreeMap<>();
    values.forEach((name, path) -> paths.put(name, new Path(path[0], path[1], path[2])));
    Matcher connects = CONNECTS.matcher(text);
    Matcher longest = LONGEST_WAIT.matcher(text);
    return new Reading(
        paths,
        connects.find() ? Double.parseDouble(connects.group(1)) : 0,
        longest.find() ? Double.parseDouble(longest.group(1)) : 0);
  }
}
