package io.lockstep.agent.metrics;

import java.util.List;

/**
 * A node at one moment, apart from its modules.
 *
 * @param linkUp whether the peer is connected and authenticated
 * @param roundTripNs of the link's last ping; 0 before the first
 * @param sentOperationsBytes on the lane of the operations, frames included; and so on
 * @param configurationMatches whether the peer is known to have the same configuration
 * @param restartNeeded keys of the configuration that wait for a restart
 * @param groups of modules, the same ones as long as the node runs
 */
public record NodeReading(
    boolean linkUp,
    long roundTripNs,
    long queuedBytes,
    long connects,
    long refusals,
    long sentOperationsBytes,
    long sentBulkBytes,
    long receivedOperationsBytes,
    long receivedBulkBytes,
    boolean configurationMatches,
    int restartNeeded,
    List<Heartbeats> heartbeats,
    List<Group> groups) {
  /**
   * Modules that move together.
   *
   * @param verdict one of {@link io.lockstep.failover.group.GroupVerdict.Kind}
   * @param movesByChoice moves to the peer that this node began by itself, since its agent's start
   * @param movesByOrder the same by an operator's order
   */
  public record Group(String group, String verdict, long movesByChoice, long movesByOrder) {}

  /**
   * One network.
   *
   * @param sinceHeardNs since the peer's last heartbeat; -1 for never
   * @param lost that the peer sent and that did not come
   * @param jitterNs how unevenly they come
   */
  public record Heartbeats(
      String path, long sinceHeardNs, long received, long lost, long jitterNs) {}

  /** Keeps an unmodifiable copy. */
  public NodeReading {
    heartbeats = List.copyOf(heartbeats);
    groups = List.copyOf(groups);
  }
}
