package io.lockstep.agent.replay;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.agent.configuration.Units;
import io.lockstep.failover.role.RoleSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The times that a role machine goes by, from a configuration and in words. */
public final class ConfiguredTimes {
  private ConfiguredTimes() {}

  /**
   * Of a module on a node.
   *
   * @param timing the times, which may still be more patient than the configuration's
   */
  public static RoleSettings of(
      ClusterConfiguration cluster,
      ClusterConfiguration.Timing timing,
      String node,
      ModuleConfiguration module) {
    String peer = cluster.peerOf(node).name();
    RoleSettings settings =
        RoleSettings.of(
            node,
            peer,
            timing.heartbeat().toNanos(),
            timing.takeoverAfter().toNanos(),
            timing.ackTimeout().toNanos());
    boolean arbiter = !cluster.cluster().arbiter().none();
    Duration failback = module.failbackAfter();
    boolean goesBack = peer.equals(module.preferred()) && !failback.isZero();
    RoleSettings timed =
        (arbiter ? settings.withArbiter() : settings)
            .withFailback(goesBack ? failback.toNanos() : Long.MAX_VALUE);
    return cluster.groupOf(module.name()).isPresent() ? timed.inGroup() : timed;
  }

  /** All of them, as their keys are named. */
  static String text(RoleSettings s) {
    return "heartbeat %s, takeoverAfter %s, ackTimeout %s, %s, %s"
        .formatted(
            show(s.heartbeatNs()),
            show(s.takeoverAfterNs()),
            show(s.ackTimeoutNs()),
            arbiter(s),
            failback(s));
  }

  /** What is different, each as "X instead of Y". */
  static List<String> changes(RoleSettings was, RoleSettings now) {
    List<String> changes = new ArrayList<>();
    change(changes, "heartbeat", show(was.heartbeatNs()), show(now.heartbeatNs()));
    change(changes, "takeoverAfter", show(was.takeoverAfterNs()), show(now.takeoverAfterNs()));
    change(changes, "ackTimeout", show(was.ackTimeoutNs()), show(now.ackTimeoutNs()));
    change(changes, "", arbiter(was), arbiter(now));
    change(changes, "", failback(was), failback(now));
    return changes;
  }

  private static void change(List<String> changes, String name, String was, String now) {
    if (!was.equals(now)) {
      changes.add((name + " " + now + " instead of " + was).strip());
    }
  }

  private static String arbiter(RoleSettings s) {
    return s.arbiter() ? "an arbiter" : "no arbiter";
  }

  private static String failback(RoleSettings s) {
    return s.failbackNs() == Long.MAX_VALUE
        ? "no failback to the peer"
        : "failback to the peer after " + show(s.failbackNs());
  }

  private static String show(long ns) {
    return Units.show(Duration.ofNanos(ns));
  }
}
