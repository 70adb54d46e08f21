package io.lockstep.failover.replay;

import io.lockstep.failover.replay.Run.Transition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Pairs the changes of role of two runs over the same session: in order, as many as possible, and
 * those nearest in time.
 */
public final class Comparison {
  private static final long SKIP_NS = 600_000_000_000L;

  /**
   * A change of role in both runs, or in one.
   *
   * @param recorded null where only the other run has it
   * @param other null where only the recorded run has it
   */
  public record Pair(Transition recorded, Transition other) {
    /** By how much the other came later; 0 where it has no counterpart. */
    public long laterNs() {
      return recorded == null || other == null ? 0 : other.nowNs() - recorded.nowNs();
    }

    /** Whether it is in both, at the same time but for {@code toleranceNs}. */
    public boolean isSame(long toleranceNs) {
      return recorded != null && other != null && Math.abs(laterNs()) <= toleranceNs;
    }

    /** When, in the run that has it first. */
    public long nowNs() {
      if (recorded == null || other == null) {
        return recorded == null ? other.nowNs() : recorded.nowNs();
      }
      return Math.min(recorded.nowNs(), other.nowNs());
    }
  }

  private Comparison() {}

  /** In the order of both. */
  public static List<Pair> of(List<Transition> recorded, List<Transition> other) {
    long[][] cost = new long[recorded.size() + 1][other.size() + 1];
    for (int r = recorded.size(); r >= 0; r--) {
      for (int o = other.size(); o >= 0; o--) {
        cost[r][o] = cost(cost, recorded, other, r, o);
      }
    }
    List<Pair> pairs = new ArrayList<>();
    int r = 0;
    int o = 0;
    while (r < recorded.size() || o < other.size()) {
      if (isPaired(cost, recorded, other, r, o)) {
        pairs.add(new Pair(recorded.get(r++), other.get(o++)));
      } else if (r < recorded.size() && cost[r][o] == SKIP_NS + cost[r + 1][o]) {
        pairs.add(new Pair(recorded.get(r++), null));
      } else {
        pairs.add(new Pair(null, other.get(o++)));
      }
    }
    return Collections.unmodifiableList(pairs);
  }

  private static boolean isPaired(
      long[][] cost, List<Transition> recorded, List<Transition> other, int r, int o) {
    return r < recorded.size()
        && o < other.size()
        && recorded.get(r).isLike(other.get(o))
        && cost[r][o] == paired(cost, recorded, other, r, o);
  }

  private static long cost(
      long[][] cost, List<Transition> recorded, List<Transition> other, int r, int o) {
    if (r == recorded.size()) {
      return (other.size() - o) * SKIP_NS;
    }
    if (o == other.size()) {
      return (recorded.size() - r) * SKIP_NS;
    }
    long skip = SKIP_NS + Math.min(cost[r + 1][o], cost[r][o + 1]);
    return recorded.get(r).isLike(other.get(o))
        ? Math.min(skip, paired(cost, recorded, other, r, o))
        : skip;
  }

  private static long paired(
      long[][] cost, List<Transition> recorded, List<Transition> other, int r, int o) {
    long apartNs = Math.abs(recorded.get(r).nowNs() - other.get(o).nowNs());
    return Math.min(SKIP_NS, apartNs) + cost[r + 1][o + 1];
  }
}
