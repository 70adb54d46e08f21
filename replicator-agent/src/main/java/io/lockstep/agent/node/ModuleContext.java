package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.LiveConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What one module is on this node. The configuration is the one that the node goes by at the moment
 * of the question: what an operator changes while it runs is seen by whoever asks again. Any
 * thread.
 */
public final class ModuleContext {
  private final LiveConfiguration configuration;
  private final String node;
  private final String name;
  private final int number;
  private final Host host;

  /**
   * A module of a node that runs.
   *
   * @param number of the module on the link: its place in the configuration
   */
  public ModuleContext(
      LiveConfiguration configuration, String node, String name, int number, Host host) {
    this.configuration = configuration;
    this.node = node;
    this.name = name;
    this.number = number;
    this.host = host;
  }

  /** A module whose configuration does not change. */
  public ModuleContext(
      ClusterConfiguration cluster,
      String node,
      ModuleConfiguration module,
      int number,
      Host host) {
    this(new LiveConfiguration(cluster), node, module.name(), number, host);
  }

  /** The configuration that the node goes by now. */
  public ClusterConfiguration cluster() {
    return configuration.running();
  }

  ModuleConfiguration module() {
    return cluster().modules().get(name);
  }

  /** The name of the node. */
  public String node() {
    return node;
  }

  /** The name of the module. */
  public String name() {
    return name;
  }

  int number() {
    return number;
  }

  Host host() {
    return host;
  }

  Platform platform() {
    return host.platform();
  }

  Execution execution() {
    return host.execution();
  }

  String peer() {
    return cluster().peerOf(node).name();
  }

  List<Path> directories() {
    return module().directoriesOn(node);
  }

  /** Where the module's durable state and journal are. */
  Path stateDirectory() {
    return cluster().journal().directory().of(node).resolve(name);
  }

  List<VirtualAddress> addresses() {
    return module().addresses().stream()
        .map(a -> new VirtualAddress(a.ip(), a.prefix(), a.networkInterface().of(node)))
        .toList();
  }

  /** The virtual addresses about which somebody outside is asked, and how. */
  Map<VirtualAddress, ModuleConfiguration.Confirm> confirmed() {
    Map<VirtualAddress, ModuleConfiguration.Confirm> asked = new LinkedHashMap<>();
    List<VirtualAddress> all = addresses();
    for (int i = 0; i < all.size(); i++) {
      VirtualAddress address = all.get(i);
      module().addresses().get(i).confirm().ifPresent(how -> asked.put(address, how));
    }
    return asked;
  }

  /**
   * The module's processes on this node. Names are of the machine: without cluster and node in them
   * one agent would end the application of another on the same machine.
   */
  ProcessGroups processGroups() {
    return name ->
        platform().processGroups().group(cluster().cluster().name() + "." + node + "." + name);
  }

  /** Paths that stay on this node. */
  Predicate<TreePath> excluded() {
    List<List<PathMatcher>> matchers = new ArrayList<>();
    boolean any = false;
    for (ModuleConfiguration.Directory directory : module().directories()) {
      matchers.add(
          directory.exclude().stream()
              .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
              .toList());
      any |= !directory.exclude().isEmpty();
    }
    return any ? path -> matches(matchers, path) : path -> false;
  }

  private static boolean matches(List<List<PathMatcher>> matchers, TreePath path) {
    if (path.isRoot()) {
      return false;
    }
    Path relative = Path.of(new String(path.bytes(), StandardCharsets.ISO_8859_1));
    return matchers.get(path.directory()).stream().anyMatch(matcher -> matcher.matches(relative));
  }
}
