package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import java.io.IOException;

/**
 * Marks a node's directories as the source of the data; found with {@link java.util.ServiceLoader}.
 */
public interface NodeInitializer {
  /**
   * Writes the mark; it is durable on return.
   *
   * @param module empty for all modules
   * @return what was done, for the operator
   * @throws IOException when it was not, with the reason: already initialized, a directory missing
   */
  String init(ClusterConfiguration configuration, String node, String module) throws IOException;
}
