package io.lockstep.agent.configuration;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What can only be seen in the whole: values that do not fit each other. Runs also on a
 * configuration with problems, and passes over what is missing or wrong there already.
 */
final class CrossChecks {
  private final ClusterConfiguration configuration;
  private final Problems problems;

  CrossChecks(ClusterConfiguration configuration, Problems problems) {
    this.configuration = configuration;
    this.problems = problems;
  }

  void run() {
    nodes();
    timing();
    sizes();
    split();
    endpoints();
    virtualAddresses();
    configuration.nodes().keySet().forEach(this::directories);
    configuration.modules().forEach(this::checkedUnits);
    new GroupChecks(configuration, problems).run();
    if (configuration.modules().isEmpty() && !problems.wrong("modules")) {
      problems.addAt("modules", "no module", "at least one module");
    }
  }

  private void nodes() {
    Map<String, NodeConfiguration> nodes = configuration.nodes();
    if (problems.wrong("nodes")) {
      return;
    }
    if (nodes.size() != 2) {
      problems.addAt("nodes", count(nodes.size(), "node"), "exactly two nodes");
      return;
    }
    List<NodeConfiguration> two = List.copyOf(nodes.values());
    List<Endpoint> first = two.get(0).heartbeats();
    List<Endpoint> second = two.get(1).heartbeats();
    String key = "nodes." + two.get(1).name() + ".heartbeats";
    if (first.size() != second.size()) {
      problems.addAt(
          key,
          count(second.size(), "address"),
          "as many as " + two.get(0).name() + " has (" + first.size() + "), paired by position");
      return;
    }
    for (int i = 0; i < first.size(); i++) {
      if (length(first.get(i)) != length(second.get(i))) {
        problems.addAt(
            key + "[" + i + "]",
            "'" + second.get(i) + "'",
            "an address of the same family as " + first.get(i) + ", its pair");
      }
    }
  }

  private static int length(Endpoint endpoint) {
    return endpoint.address().getAddress().length;
  }

  private void timing() {
    ClusterConfiguration.Timing timing = configuration.timing();
    if (problems.wrong("timing")) {
      return;
    }
    Duration least = timing.heartbeat().multipliedBy(3);
    if (timing.takeoverAfter().compareTo(least) < 0) {
      problems.addAt(
          "timing.takeoverAfter",
          "'" + Units.show(timing.takeoverAfter()) + "'",
          "at least 3 × timing.heartbeat (" + Units.show(least) + "), or one lost packet decides");
    }
    if (timing.ackTimeout().compareTo(timing.takeoverAfter()) > 0) {
      problems.addAt(
          "timing.ackTimeout",
          "'" + Units.show(timing.ackTimeout()) + "'",
          "at most timing.takeoverAfter (" + Units.show(timing.takeoverAfter()) + ")");
    }
  }

  private void sizes() {
    ClusterConfiguration.Journal journal = configuration.journal();
    if (problems.wrong("journal")) {
      return;
    }
    if (journal.maxSize() / 2 < journal.segmentSize()) {
      problems.addAt(
          "journal.maxSize",
          "'" + Units.showSize(journal.maxSize()) + "'",
          "at least 2 × journal.segmentSize (" + Units.showSize(journal.segmentSize()) + " each)");
    }
    if (journal.maxLag() > journal.maxSize() / 2) {
      problems.addAt(
          "journal.maxLag",
          "'" + Units.showSize(journal.maxLag()) + "'",
          "at most half of journal.maxSize (" + Units.showSize(journal.maxSize()) + ")");
    }
  }

  private void split() {
    ClusterConfiguration.Split split = configuration.split();
    boolean names = split.policy().equals("keep-node");
    if (names && split.node().isEmpty() && !problems.wrong("split")) {
      problems.addAt(
          "split.node",
          "nothing",
          "the name of one of the two nodes, since split.policy is keep-node");
    }
  }

  private void endpoints() {
    Map<String, String> tcp = new HashMap<>();
    Map<String, String> udp = new HashMap<>();
    for (NodeConfiguration node : configuration.nodes().values()) {
      String key = "nodes." + node.name();
      if (node.link() != null) {
        reachable(node.link(), key + ".link");
        clash(tcp, node.link(), key + ".link");
      }
      for (int i = 0; i < node.heartbeats().size(); i++) {
        String at = key + ".heartbeats[" + i + "]";
        reachable(node.heartbeats().get(i), at);
        clash(udp, node.heartbeats().get(i), at);
      }
      console(node);
    }
  }

  private void console(NodeConfiguration node) {
    Endpoint listen = configuration.console().listen().values().get(node.name());
    if (listen == null || node.link() == null || listen.port() != node.link().port()) {
      return;
    }
    if (listen.address().isAnyLocalAddress() || listen.address().equals(node.link().address())) {
      problems.addAt(
          "console.listen",
          "'" + listen + "'",
          "another port than nodes." + node.name() + ".link (" + node.link() + ")");
    }
  }

  private void reachable(Endpoint endpoint, String key) {
    InetAddress address = endpoint.address();
    if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
      problems.addAt(key, "'" + endpoint + "'", "an address at which the peer can reach the node");
    }
  }

  private void clash(Map<String, String> seen, Endpoint endpoint, String key) {
    String other = seen.putIfAbsent(endpoint.toString(), key);
    if (other != null) {
      problems.addAt(key, "'" + endpoint + "'", "an address and port not used by " + other);
    }
  }

  private void virtualAddresses() {
    Map<InetAddress, String> seen = new HashMap<>();
    for (NodeConfiguration node : configuration.nodes().values()) {
      String key = "nodes." + node.name();
      if (node.link() != null) {
        seen.putIfAbsent(node.link().address(), key + ".link");
      }
      node.heartbeats().forEach(e -> seen.putIfAbsent(e.address(), key + ".heartbeats"));
    }
    configuration
        .modules()
        .forEach(
            (name, module) -> {
              for (int i = 0; i < module.addresses().size(); i++) {
                InetAddress ip = module.addresses().get(i).ip();
                String key = "modules." + name + ".addresses[" + i + "].ip";
                String other = seen.putIfAbsent(ip, key);
                if (other != null) {
                  problems.addAt(
                      key, "'" + ip.getHostAddress() + "'", "an address not used by " + other);
                }
              }
            });
  }

  private void checkedUnits(String name, ModuleConfiguration module) {
    List<String> units =
        module.application().map(ApplicationConfiguration::units).orElse(List.of());
    for (int i = 0; i < module.checkers().size(); i++) {
      String key = "modules." + name + ".checkers[" + i + "].unit";
      module
          .checkers()
          .get(i)
          .unit()
          .filter(unit -> !units.contains(unit))
          .ifPresent(
              unit ->
                  problems.addAt(
                      key,
                      "'" + unit + "'",
                      units.isEmpty()
                          ? "none: the application is no unit"
                          : "one of the application's units: " + String.join(", ", units)));
    }
  }

  private void directories(String node) {
    Map<String, Path> replicated = new LinkedHashMap<>();
    configuration
        .modules()
        .forEach(
            (name, module) -> {
              for (int i = 0; i < module.directories().size(); i++) {
                Path path = module.directories().get(i).path().values().get(node);
                if (path != null) {
                  replicated.put("modules." + name + ".directories[" + i + "].path", path);
                }
              }
            });
    Map<String, Path> before = new LinkedHashMap<>();
    replicated.forEach(
        (key, path) -> {
          before.forEach((otherKey, other) -> apart(node, key, path, otherKey, other));
          before.put(key, path);
          own(node, key, path);
        });
  }

  private void own(String node, String key, Path path) {
    Path journal = configuration.journal().directory().values().get(node);
    if (journal != null) {
      apart(node, key, path, "journal.directory", journal);
    }
    outside(node, key, path, "cluster.keyFile", configuration.cluster().keyFile());
    outside(node, key, path, "logs.directory", configuration.logs().directory());
  }

  private void apart(String node, String key, Path path, String otherKey, Path other) {
    if (path.startsWith(other) || other.startsWith(path)) {
      problems.addAt(
          key,
          "'" + path + "' on " + node,
          "a directory apart from " + otherKey + " (" + other + "): neither may hold the other");
    }
  }

  private void outside(String node, String key, Path path, String ownKey, PerNode<Path> own) {
    Path ours = own.values().get(node);
    if (ours != null && ours.startsWith(path)) {
      problems.addAt(
          ownKey,
          "'" + ours + "' on " + node,
          "a place outside of " + key + " (" + path + "): the agent keeps nothing in a module");
    }
  }

  private static String count(int n, String word) {
    return n + " " + word + (n == 1 ? "" : word.endsWith("s") ? "es" : "s");
  }
}
