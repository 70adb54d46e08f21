package io.lockstep.agent.node;

import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** How often each group began to move from this node to the peer. Any thread. */
final class GroupMoves {
  private final Map<String, AtomicLong> chosen = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> ordered = new ConcurrentHashMap<>();

  /** The group's machine made a step. */
  void note(String group, GroupState before, GroupInput input, GroupState after) {
    if (before.movedNs() != after.movedNs()) {
      count(chosen, group).incrementAndGet();
    } else if (input instanceof GroupInput.Move
        && before.errand() == null
        && after.errand() != null) {
      count(ordered, group).incrementAndGet();
    }
  }

  /** Moves that the machine chose. */
  long byChoice(String group) {
    return count(chosen, group).get();
  }

  /** Moves that an operator ordered. */
  long byOrder(String group) {
    return count(ordered, group).get();
  }

  private static AtomicLong count(Map<String, AtomicLong> moves, String group) {
    return moves.computeIfAbsent(group, name -> new AtomicLong());
  }
}
