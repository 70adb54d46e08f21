package io.lockstep.agent.configuration;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration of a running node: what both nodes agreed on last, which is what the file says,
 * and what the node goes by, which differs where a change needs a restart. Any thread.
 */
public final class LiveConfiguration {
  private record Both(ClusterConfiguration agreed, ClusterConfiguration running) {}

  private volatile Both both;

  /** A node that starts goes by everything. */
  public LiveConfiguration(ClusterConfiguration atStart) {
    this.both = new Both(atStart, atStart);
  }

  /** What the file says; its hash is what the peer compares. */
  public ClusterConfiguration agreed() {
    return both.agreed();
  }

  /** What the node goes by. */
  public ClusterConfiguration running() {
    return both.running();
  }

  /** What counts only from the next start. */
  public List<ConfigurationDifference.Change> pending() {
    Both now = both;
    return ConfigurationDifference.between(now.running(), now.agreed()).changes();
  }

  /** Takes over a configuration that both nodes have accepted, as far as a running node can. */
  public synchronized void agree(ClusterConfiguration next) {
    both = new Both(next, merged(both.running(), next));
  }

  /** {@code running} with everything of {@code next} that can change while a node runs. */
  static ClusterConfiguration merged(ClusterConfiguration running, ClusterConfiguration next) {
    Map<String, ModuleConfiguration> modules = new LinkedHashMap<>();
    running
        .modules()
        .forEach((name, module) -> modules.put(name, merged(module, next.modules().get(name))));
    return new ClusterConfiguration(
        running.cluster(),
        running.nodes(),
        next.timing(),
        running.journal(),
        running.link(),
        running.replication(),
        next.resync(),
        next.split(),
        next.console(),
        new ClusterConfiguration.Logs(
            running.logs().directory(), next.logs().size(), next.logs().count()),
        next.recorder(),
        modules,
        running.groups());
  }

  private static ModuleConfiguration merged(ModuleConfiguration running, ModuleConfiguration next) {
    if (next == null) {
      return running;
    }
    boolean sameKind = running.application().isPresent() == next.application().isPresent();
    return new ModuleConfiguration(
        running.name(),
        next.preferred(),
        next.failbackAfter(),
        next.drill(),
        running.directories(),
        running.addresses(),
        sameKind ? next.application() : running.application(),
        sameKind ? next.checkers() : running.checkers());
  }
}
