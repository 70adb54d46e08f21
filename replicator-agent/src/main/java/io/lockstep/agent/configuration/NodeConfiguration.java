package io.lockstep.agent.configuration;

import java.util.List;

/**
 * One of the two nodes.
 *
 * @param link where its peer reaches it by TCP
 * @param heartbeats UDP, one for each network, paired by position with the peer's
 */
public record NodeConfiguration(String name, Endpoint link, List<Endpoint> heartbeats) {
  /** Keeps an unmodifiable copy. */
  public NodeConfiguration {
    heartbeats = List.copyOf(heartbeats);
  }
}
