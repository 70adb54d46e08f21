package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Runs a node in this process; found with {@link java.util.ServiceLoader}. */
public interface NodeRunner {
  /**
   * Runs until the process is told to end (SIGTERM, SIGINT), then steps down cleanly.
   *
   * @param file where the configuration came from, for {@code apply}
   * @return the exit code
   * @throws IOException when the node cannot start; the message says what to do
   */
  int run(ClusterConfiguration configuration, Path file, String node) throws IOException;

  /**
   * Tries the configuration on this machine, while no agent runs on it; changes nothing.
   *
   * @return everything that is wrong
   * @throws IOException when there is no such platform
   */
  List<String> check(ClusterConfiguration configuration, String node) throws IOException;
}
