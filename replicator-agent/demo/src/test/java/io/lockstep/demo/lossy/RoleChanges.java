package io.lockstep.demo.lossy;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every change of role of both nodes, as their agents' logs have it. */
final class RoleChanges {
  private static final Pattern CHANGE =
      Pattern.compile("Module desk: ([A-Z_]+) -> ([A-Z_]+) on (\\w+): (.*)");

  private final Bench bench;
  private final Map<String, Integer> read = new HashMap<>();

  RoleChanges(Bench bench) {
    this.bench = bench;
  }

  /** One. */
  record Change(String node, String from, String to, String text) {
    /** A peer that lives was taken for dead. */
    boolean isTakeover() {
      return to.equals("TAKING_OVER");
    }

    /** A serving node runs on without its peer. */
    boolean isAlone() {
      return to.equals("ALONE") && !from.equals("TAKING_OVER") && !from.equals("ALONE");
    }

    /** Writes wait for the peer; mostly for a moment. */
    boolean isBlocked() {
      return to.equals("BLOCKED");
    }

    @Override
    public String toString() {
      return node + ": " + text;
    }
  }

  /** Those since this was asked last. */
  List<Change> next() throws IOException {
    List<Change> found = new ArrayList<>();
    for (DemoNode node : bench.cluster().nodes()) {
      List<String> lines = Files.readAllLines(node.commands().log());
      for (String line : lines.subList(read.getOrDefault(node.name(), 0), lines.size())) {
        Matcher matcher = CHANGE.matcher(line);
        if (matcher.find()) {
          found.add(new Change(node.name(), matcher.group(1), matcher.group(2), line));
        }
      }
      read.put(node.name(), lines.size());
    }
    return found;
  }
}
