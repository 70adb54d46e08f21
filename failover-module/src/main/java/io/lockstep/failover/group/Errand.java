package io.lockstep.failover.group;

import java.util.List;

/**
 * What a group is at: its members one after the other, the last of the list first.
 *
 * @param byOperator whether what failed so far is forgiven
 * @param rest members that were not told yet, in the order in which they are
 * @param current member that was told last and has not done it yet; empty for none
 * @param number of the order that it was told; 0 when orders have none
 * @param sinceNs when it was told
 */
public record Errand(
    Kind kind,
    String why,
    boolean byOperator,
    List<String> rest,
    String current,
    long number,
    long sinceNs) {
  /** What is done. */
  public enum Kind {
    /** All that this node serves go to the peer. */
    MOVE,
    /** An operator stops all. */
    STOP,
    /** The agent exits. */
    SHUT_DOWN
  }

  /** Keeps an unmodifiable copy. */
  public Errand {
    rest = List.copyOf(rest);
  }

  Errand telling(long order, long nowNs) {
    List<String> others = rest.subList(1, rest.size());
    return new Errand(kind, why, byOperator, others, rest.get(0), order, nowNs);
  }

  /** As if the last member had been told so much later. */
  Errand later(long ns) {
    return new Errand(kind, why, byOperator, rest, current, number, sinceNs + ns);
  }

  Errand done() {
    return new Errand(kind, why, byOperator, rest, "", 0, 0);
  }
}
