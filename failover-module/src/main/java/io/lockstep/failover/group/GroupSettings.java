package io.lockstep.failover.group;

import java.util.List;
import java.util.Map;

/**
 * What a group's machine goes by on one node. Times in ns.
 *
 * @param members names of the modules in the order in which their applications start
 * @param preferredHere whether this node is the one on which the group runs when both could serve
 * @param quietNs how long nothing of the group may have moved before it moves by choice
 * @param failbackNs how long all have to be in sync, undisturbed, before the group goes by itself
 *     to the peer, its preferred node; {@link Long#MAX_VALUE} for never
 * @param startBoundsNs how long each member's application waits for those before it
 */
public record GroupSettings(
    String name,
    String node,
    String peer,
    List<String> members,
    boolean preferredHere,
    long quietNs,
    long failbackNs,
    Map<String, Long> startBoundsNs) {
  /** Keeps unmodifiable copies. */
  public GroupSettings {
    members = List.copyOf(members);
    startBoundsNs = Map.copyOf(startBoundsNs);
  }
}
