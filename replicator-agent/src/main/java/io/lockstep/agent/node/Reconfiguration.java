package io.lockstep.agent.node;

import io.lockstep.agent.change.ConfigurationChange;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ClusterConfiguration.Timing;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.agent.configuration.LiveConfiguration;
import io.lockstep.agent.preflight.MachineCheck;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes a new configuration this node's own while it runs. Any thread. */
final class Reconfiguration implements ConfigurationChange.Node {
  private final NodeRuntime node;
  private final Platform platform;

  Reconfiguration(NodeRuntime node, Platform platform) {
    this.node = node;
    this.platform = platform;
  }

  private LiveConfiguration live() {
    return node.live();
  }

  @Override
  public String name() {
    return node.node();
  }

  @Override
  public ClusterConfiguration agreed() {
    return live().agreed();
  }

  @Override
  public List<String> check(ClusterConfiguration next) {
    return MachineCheck.during(platform, node.node(), live().running()).problems(next);
  }

  @Override
  public List<String> take(ClusterConfiguration next) {
    ClusterConfiguration before = live().running();
    live().agree(next);
    List<String> left = new ArrayList<>();
    retime(patient(before.timing(), next.timing()), left);
    Endpoint listen = next.console().listen().of(node.node());
    if (!listen.equals(before.console().listen().of(node.node()))) {
      try {
        node.moveConsole(listen);
      } catch (IOException e) {
        left.add("The console stays where it is until this agent restarts: " + e.getMessage());
      }
    }
    return left;
  }

  @Override
  public void settle() {
    node.peerConfiguration(live().agreed().hash());
    List<String> left = new ArrayList<>();
    retime(live().running().timing(), left);
  }

  private void retime(Timing timing, List<String> left) {
    node.retime(timing);
    for (ModuleRuntime module : node.modules()) {
      try {
        module.reconfigure(timing);
      } catch (IOException e) {
        left.add(
            "The application of module "
                + module.context().name()
                + " goes on under its old settings until it is started again: "
                + e.getMessage());
      }
    }
  }

  /**
   * Times under which neither node takes the other for dead, whichever of both configurations that
   * has: a node that alone believed in rarer heartbeats, or in an earlier takeover, would cause or
   * begin one for nothing.
   */
  static Timing patient(Timing one, Timing other) {
    return new Timing(
        shorter(one.heartbeat(), other.heartbeat()),
        longer(one.takeoverAfter(), other.takeoverAfter()),
        other.ackTimeout(),
        other.syncTimeout(),
        other.checkpoint(),
        other.forceWithin(),
        other.hungAfter(),
        other.stoppedAfter(),
        other.addressLifetime(),
        other.systemctl(),
        other.unitsEvery(),
        other.guardianWait());
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
