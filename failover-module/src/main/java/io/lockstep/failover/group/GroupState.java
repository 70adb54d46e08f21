package io.lockstep.failover.group;

import java.util.Map;

/**
 * What a group's machine remembers on one node; immutable, replaced at every step.
 *
 * @param orders number of the last order given to a member's role machine
 * @param errand what the group is at; null for nothing
 * @param places where all members are, as of the last look
 * @param stillSinceNs since when that is so
 * @param seen where they are, could go, and failed
 * @param seenSinceNs since when that is so
 * @param moves how often this node moved the group by choice, each within an hour of the one before
 * @param movedNs when it last did
 * @param waiting since when each application waits for those before it
 * @param told what the operator was told last of where the group is; empty while all is well
 */
public record GroupState(
    long orders,
    Errand errand,
    String places,
    long stillSinceNs,
    String seen,
    long seenSinceNs,
    int moves,
    long movedNs,
    Map<String, Long> waiting,
    String told) {
  /** Keeps an unmodifiable copy. */
  public GroupState {
    waiting = Map.copyOf(waiting);
  }

  /** Before the first look. */
  public static GroupState initial() {
    return new GroupState(0, null, "", 0, "", 0, 0, 0, Map.of(), "");
  }
}
