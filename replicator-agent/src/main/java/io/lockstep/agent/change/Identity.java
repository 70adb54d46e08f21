package io.lockstep.agent.change;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a configuration may never change under copies that exist: the node's durable state belongs
 * to these names and directories, and a node that came up under others would serve a tree that its
 * state does not describe.
 */
final class Identity {
  private Identity() {}

  static List<String> problems(ClusterConfiguration old, ClusterConfiguration next) {
    List<String> problems = new ArrayList<>();
    if (!old.cluster().name().equals(next.cluster().name())) {
      problems.add(
          "cluster.name: "
              + old.cluster().name()
              + " → "
              + next.cluster().name()
              + ": the copies belong to the cluster of that name; it cannot be renamed");
    }
    if (!old.nodes().keySet().equals(next.nodes().keySet())) {
      problems.add(
          "nodes: "
              + old.nodes().keySet()
              + " → "
              + next.nodes().keySet()
              + ": nodes cannot be renamed; a machine is replaced under the same name");
    }
    next.modules()
        .forEach(
            (name, module) -> {
              ModuleConfiguration before = old.modules().get(name);
              if (before != null && !paths(before).equals(paths(module))) {
                problems.add(
                    "modules."
                        + name
                        + ".directories: "
                        + paths(before)
                        + " → "
                        + paths(module)
                        + ": the copies are in the old places; `lockstep module remove` the module"
                        + " first, then begin it anew");
              }
            });
    return problems;
  }

  private static List<String> paths(ModuleConfiguration module) {
    return module.directories().stream().map(d -> d.path().values().toString()).toList();
  }
}
