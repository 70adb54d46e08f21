package io.lockstep.agent.configuration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one configuration of a cluster, the same on both nodes. Component names are the keys of the
 * file: see docs/configuration.md for units, defaults and meaning.
 *
 * @param nodes exactly two, by name, in the order of the file
 * @param modules by name, in the order of the file
 * @param groups modules that serve on the same node, by the group's name, each in the order in
 *     which their applications start
 */
public record ClusterConfiguration(
    Cluster cluster,
    Map<String, NodeConfiguration> nodes,
    Timing timing,
    Journal journal,
    Link link,
    Replication replication,
    Resync resync,
    Split split,
    Console console,
    Logs logs,
    Recorder recorder,
    Map<String, ModuleConfiguration> modules,
    Map<String, List<String>> groups) {

  /** Who belongs together. */
  public record Cluster(
      String name, PerNode<Path> keyFile, ArbiterConfiguration arbiter, List<Endpoint> witnesses) {}

  /** How long things may take. */
  public record Timing(
      Duration heartbeat,
      Duration takeoverAfter,
      Duration ackTimeout,
      Duration syncTimeout,
      Duration checkpoint,
      Duration forceWithin,
      Duration hungAfter,
      Duration stoppedAfter,
      Duration addressLifetime,
      Duration systemctl,
      Duration unitsEvery,
      Duration guardianWait) {
    private static final Duration SHORTEST_LIFETIME = Duration.ofSeconds(3);

    /**
     * How long the guardian bears with an agent that makes no progress: longer where ending it
     * would help nobody soon.
     *
     * @param followed whether a peer in sync could take over
     */
    public Duration guardianPatience(boolean followed) {
      return followed || hungAfter.compareTo(takeoverAfter) > 0 ? hungAfter : takeoverAfter;
    }

    /**
     * How long the guardian bears with an agent that somebody stopped (SIGSTOP). Shorter than for
     * one that is merely slow: that it does nothing is certain.
     *
     * @param followed whether a peer in sync could take over
     */
    public Duration stoppedPatience(boolean followed) {
      return followed || stoppedAfter.compareTo(takeoverAfter) > 0 ? stoppedAfter : takeoverAfter;
    }

    /**
     * How long an address outlives its last renewal: it must be gone before a peer that takes over
     * gives up asking whether anybody has it.
     */
    public Duration addressLease() {
      Duration bound =
          takeoverAfter.compareTo(SHORTEST_LIFETIME) < 0 ? SHORTEST_LIFETIME : takeoverAfter;
      return addressLifetime.compareTo(bound) < 0 ? addressLifetime : bound;
    }
  }

  /** The journal; sizes in bytes. */
  public record Journal(
      PerNode<Path> directory, long segmentSize, long maxSize, long reserve, long maxLag) {}

  /** The link; {@code maxFrame} in bytes. */
  public record Link(Duration silence, int maxFrame, Duration attention, boolean processorsAwake) {}

  /** Threads of the data path, for each directory. */
  public record Replication(int handlers, boolean queues) {}

  /** Bounds of reintegration; {@code quiesceBelow} in bytes. */
  public record Resync(int maxRounds, long quiesceBelow, Duration quiesceLimit) {}

  /**
   * What becomes of a split.
   *
   * @param policy as it is written
   * @param node that {@code keep-node} keeps; empty otherwise
   */
  public record Split(String policy, String node, Quarantine quarantine) {}

  /** Where the losing side's versions go; {@code quota} in bytes, no retention for ever. */
  public record Quarantine(long quota, Duration retention) {}

  /** The console and the REST interface. */
  public record Console(PerNode<Endpoint> listen) {}

  /** Log files; {@code size} in bytes. */
  public record Logs(PerNode<Path> directory, long size, int count) {}

  /** Recordings of what the role machines are given; {@code size} in bytes, of one file. */
  public record Recorder(long size, int count) {}

  /** Keeps unmodifiable copies in the given order. */
  public ClusterConfiguration {
    nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
    Map<String, List<String>> copies = new LinkedHashMap<>();
    groups.forEach((name, members) -> copies.put(name, List.copyOf(members)));
    groups = Collections.unmodifiableMap(copies);
  }

  /**
   * Reads a configuration.
   *
   * @param source for messages: the file's name
   * @throws ConfigurationException with everything that is wrong
   */
  public static ClusterConfiguration parse(String source, String text)
      throws ConfigurationException {
    return new ConfigurationParser(source).parse(text);
  }

  /**
   * Reads the file.
   *
   * @throws ConfigurationException with everything that is wrong, also when the file cannot be read
   */
  public static ClusterConfiguration load(Path file) throws ConfigurationException {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      String what = "a file that cannot be read as UTF-8 text (" + e + ")";
      throw new ConfigurationException(
          file.toString(),
          List.of(new ConfigurationProblem(0, 0, "", what, "the cluster's configuration file")));
    }
    return parse(file.toString(), text);
  }

  /**
   * The node of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public NodeConfiguration node(String name) {
    NodeConfiguration node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException(
          "no node is named '" + name + "'; the nodes are " + nodes.keySet());
    }
    return node;
  }

  /**
   * The other node.
   *
   * @throws IllegalArgumentException if {@code name} is no node
   */
  public NodeConfiguration peerOf(String name) {
    node(name);
    return nodes.values().stream()
        .filter(node -> !node.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The group that the module belongs to; empty for most. */
  public Optional<String> groupOf(String module) {
    return groups.entrySet().stream()
        .filter(group -> group.getValue().contains(module))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** SHA-256, in hexadecimal, over what is configured, however it is written. */
  public String hash() {
    return ConfigurationHash.of(this);
  }
}
