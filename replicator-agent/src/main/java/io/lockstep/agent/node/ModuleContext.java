package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What one module is on this node.
 *
 * @param number of the module on the link: its place in the configuration
 */
record ModuleContext(
    ClusterConfiguration cluster,
    String node,
    ModuleConfiguration module,
    int number,
    Platform platform) {
  String name() {
    return module.name();
  }

  String peer() {
    return cluster.peerOf(node).name();
  }

  List<Path> directories() {
    return module.directoriesOn(node);
  }

  /** Where the module's durable state and journal are. */
  Path stateDirectory() {
    return cluster.journal().directory().of(node).resolve(module.name());
  }

  List<VirtualAddress> addresses() {
    return module.addresses().stream()
        .map(a -> new VirtualAddress(a.ip(), a.prefix(), a.networkInterface().of(node)))
        .toList();
  }

  /**
   * The module's processes on this node. Names are of the machine: without cluster and node in them
   * one agent would end the application of another on the same machine.
   */
  ProcessGroups processGroups() {
    return name ->
        platform.processGroups().group(cluster.cluster().name() + "." + node + "." + name);
  }

  /** Paths that stay on this node. */
  Predicate<TreePath> excluded() {
    List<List<PathMatcher>> matchers = new ArrayList<>();
    boolean any = false;
    for (ModuleConfiguration.Directory directory : module.directories()) {
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
