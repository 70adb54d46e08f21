package io.lockstep.agent.change;

import io.lockstep.agent.configuration.ConfigurationDifference;
import io.lockstep.agent.configuration.ConfigurationDifference.Change;
import io.lockstep.agent.peer.AgentPeer.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What an operator reads of a configuration change. */
final class Wording {
  private Wording() {}

  /** The difference key by key, a line each, with a line's end. */
  static String shown(ConfigurationDifference difference) {
    return difference.empty()
        ? "No key changes.\n"
        : difference.changes().stream().map(c -> c + "\n").collect(Collectors.joining());
  }

  static String list(String node, List<String> problems) {
    return problems.stream()
        .map(problem -> node + ": " + problem + "\n")
        .collect(Collectors.joining());
  }

  static String refused(String node, List<String> problems, String peer, Answer checked) {
    return "Nothing has changed: it is not accepted.\n"
        + list(node, problems)
        + (checked.ok() ? "" : list(peer, List.of(checked.text().split("\n"))));
  }

  static String halfDone(String peer, Path file, String why) {
    return "The nodes now differ: "
        + peer
        + " has the new configuration, and this node could not take it ("
        + why
        + "). Mend "
        + file
        + ", then apply the right file again.";
  }

  static String done(
      ConfigurationDifference difference, String node, Path file, String peer, String there) {
    List<Change> restarts = ConfigurationChange.restarts(difference);
    int live = difference.changes().size() - restarts.size();
    StringBuilder text = new StringBuilder("Written to ");
    text.append(file).append(" on ").append(node).append(" and to ").append(peer).append("'s.");
    if (live > 0) {
      text.append(" In effect on both nodes: ").append(live).append(live == 1 ? " key." : " keys.");
    }
    if (!restarts.isEmpty()) {
      text.append(" For ")
          .append(restarts.stream().map(Change::key).collect(Collectors.joining(", ")))
          .append(
              " restart both agents, one after the other, each when status says PROTECTED (`lockstep"
                  + " switchover` first on the node that serves).");
    }
    if (!there.isEmpty()) {
      text.append("\n").append(peer).append(": ").append(there);
    }
    return text.toString();
  }
}
