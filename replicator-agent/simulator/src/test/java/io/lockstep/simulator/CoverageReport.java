package io.lockstep.simulator;

import java.util.ArrayList;
import java.util.List;

/** What so many runs reached of {@link Coverage#pairs}, against what {@link Explained} says. */
final class CoverageReport {
  /** Runs after which also what is rare has been reached. */
  private static final long MANY = 20_000;

  /** Runs after which everything else has. */
  static final long ENOUGH = 300;

  private final long[] reached;
  private final long runs;
  private final Explained explained = Explained.load();
  private final List<String> problems = new ArrayList<>();

  /**
   * Looks at the sum of many runs.
   *
   * @param reached in how many of {@code runs} each pair was
   */
  CoverageReport(long[] reached, long runs) {
    this.reached = reached.clone();
    this.runs = runs;
    List<String> pairs = Coverage.pairs();
    for (int i = 0; i < pairs.size(); i++) {
      look(pairs.get(i), reached[i]);
    }
  }

  private void look(String pair, long times) {
    Explained.Why why = explained.why(pair);
    if (why != null && why.often() == Explained.Often.NEVER) {
      if (times > 0) {
        problems.add(pair + " was reached, though it is said that it never is: " + why.reason());
      }
    } else if (why != null && why.often() == Explained.Often.UNSEEN) {
      return;
    } else if (times == 0 && runs >= (why == null ? ENOUGH : MANY)) {
      problems.add(pair + " was not reached in " + runs + " runs, and nothing says why");
    }
  }

  /** Pairs that should have been reached and were not, or the other way round. */
  List<String> problems() {
    return problems;
  }

  /** Two lines. */
  String summary() {
    return line("input", "role and input") + line("fault", "role and fault");
  }

  private String line(String what, String name) {
    int all = 0;
    int hit = 0;
    int never = 0;
    int unseen = 0;
    List<String> pairs = Coverage.pairs();
    for (int i = 0; i < pairs.size(); i++) {
      if (pairs.get(i).startsWith(what)) {
        all++;
        hit += reached[i] > 0 ? 1 : 0;
        Explained.Why why = explained.why(pairs.get(i));
        never += why != null && why.often() == Explained.Often.NEVER ? 1 : 0;
        boolean could = why != null && why.often() == Explained.Often.UNSEEN;
        unseen += could && reached[i] == 0 ? 1 : 0;
      }
    }
    return String.format(
        "%-28s %d pairs: %d reached, %d cannot be, %d improbable, %d left%n",
        name, all, hit, never, unseen, all - hit - never - unseen);
  }

  /** Each pair: in how many runs it was reached, and what is said of it. */
  String table() {
    StringBuilder text = new StringBuilder();
    text.append("# ")
        .append(runs)
        .append(" runs; pair, runs that reached it, what is said of it\n");
    List<String> pairs = Coverage.pairs();
    for (int i = 0; i < pairs.size(); i++) {
      Explained.Why why = explained.why(pairs.get(i));
      text.append(String.format("%-50s %8d", pairs.get(i), reached[i]));
      text.append(why == null ? "" : "  " + why.often() + ": " + why.reason()).append('\n');
    }
    return text.toString();
  }
}
