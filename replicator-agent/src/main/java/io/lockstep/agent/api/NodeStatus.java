package io.lockstep.agent.api;

import java.util.List;

/**
 * What a node knows of itself and its peer at one moment. Times ending in {@code Ms} without "eta"
 * or "took" are milliseconds since 1970.
 *
 * @param configurationMatches whether the peer runs under the same configuration; null until it
 *     said
 * @param restartNeeded keys of the configuration that count only once this agent has restarted
 * @param softwareVersion of this node
 */
public record NodeStatus(
    String cluster,
    String node,
    String softwareVersion,
    String configurationHash,
    Boolean configurationMatches,
    List<String> restartNeeded,
    long timeMs,
    Peer peer,
    List<ModuleStatus> modules,
    List<GroupStatus> groups) {

  /**
   * The other node as this one sees it.
   *
   * @param connected whether the link is up and authenticated
   * @param heartbeatsAlive networks on which heartbeats arrive
   * @param heartbeats networks configured
   * @param softwareVersion null until it said
   * @param problem why it was refused, or null
   */
  public record Peer(
      String node,
      boolean connected,
      int heartbeatsAlive,
      int heartbeats,
      String softwareVersion,
      String problem) {}

  /** Keeps an unmodifiable copy. */
  public NodeStatus {
    restartNeeded = List.copyOf(restartNeeded);
    modules = List.copyOf(modules);
    groups = List.copyOf(groups);
  }
}
