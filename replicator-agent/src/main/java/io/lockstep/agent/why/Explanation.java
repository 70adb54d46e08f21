package io.lockstep.agent.why;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** Decisions told in sentences. Pure. */
public final class Explanation {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  private Explanation() {}

  /**
   * What a node was at a moment, and the decisions that led to it.
   *
   * @param decisions oldest first
   * @param at later decisions are left out
   * @param most decisions that are told
   */
  public static List<String> of(String node, List<Decision> decisions, Instant at, int most) {
    List<Decision> known = decisions.stream().filter(d -> !d.time().isAfter(at)).toList();
    if (known.isEmpty()) {
      return List.of("Nothing is recorded of " + node + " until " + at + ".");
    }
    Decision last = known.get(known.size() - 1);
    List<String> told = new ArrayList<>();
    told.add("%s was %s at %s%s.".formatted(node, last.after(), at, since(known)));
    List<Decision> newest = known.subList(Math.max(0, known.size() - most), known.size());
    newest.forEach(decision -> told.add(sentence(decision)));
    return told;
  }

  private static String since(List<Decision> known) {
    for (int i = known.size() - 1; i >= 0; i--) {
      if (known.get(i).changes()) {
        return ", since " + known.get(i).time() + ": " + known.get(i).because();
      }
    }
    return "";
  }

  private static String sentence(Decision decision) {
    String what =
        decision.changes()
            ? "became " + decision.after() + " from " + decision.before()
            : "stayed " + decision.after();
    return "  %s  %s on %s: %s"
        .formatted(TIME.format(decision.time()), what, decision.input(), decision.because());
  }
}
