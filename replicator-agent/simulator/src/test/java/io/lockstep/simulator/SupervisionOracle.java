package io.lockstep.simulator;

import io.lockstep.failover.role.Goal;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.testkit.sim.SimProcess;

/**
 * Judges where the application runs: only where the module is served, on one node at a time as long
 * as the nodes can hear each other, and not to and fro for ever when it fails on both.
 */
final class SupervisionOracle {
  /** What a violation breaks. */
  private static final String PROMISE = "SUPERVISION";

  /** More than any chain of failures needs that ends. */
  private static final int MOST_HAND_OVERS = 3;

  private final World world;

  /** Until when something kept, or may have kept, the nodes from hearing each other. */
  private long apartUntilNs;

  /** Whether both may serve: an operator forced one, or they are split. */
  private boolean mayBeTwo;

  /** Since when both serve; {@link Long#MAX_VALUE} while they do not. */
  private long bothSinceNs = Long.MAX_VALUE;

  /** Whether the hand-over under way is because of the application. */
  private boolean byItself;

  private int handOvers;

  SupervisionOracle(World world) {
    this.world = world;
  }

  /** Something keeps the nodes from hearing each other, or one of them from acting, for a while. */
  void apart(long forNs) {
    apartUntilNs = Math.max(apartUntilNs, world.scheduler().nowNs() + forNs + longNs());
  }

  /**
   * An operator made a node serve whatever the other does, or the nodes say that they are split.
   */
  void mayBeTwo() {
    mayBeTwo = true;
  }

  /** An operator did something: what follows is a new story. */
  void operated() {
    handOvers = 0;
  }

  private static boolean runs(SimHost host) {
    SimProcess application = host.application;
    return host.up && application != null && !application.dead() && !application.frozen();
  }

  /** Without supervision a new life of the agent leaves the old one's application alone. */
  private boolean supervised() {
    return world.plan().extras().supervision() != null;
  }

  private static boolean serves(SimHost host) {
    return host.up && !host.frozen && host.agentAlive() && host.agent.role().serves();
  }

  /** The application is about to run on that host. */
  void starts(SimHost host) {
    boolean together = world.scheduler().nowNs() >= apartUntilNs;
    if (supervised() && together && !mayBeTwo && runs(world.peer(host))) {
      throw new Oracle.Violation(
          PROMISE,
          "the application starts on " + host.name + " and runs on " + world.peer(host).name);
    }
  }

  /** The module on that host is about to be told that the application can not be kept up there. */
  void down(SimHost host) {
    if (runs(host)) {
      throw new Oracle.Violation(
          PROMISE, "the application is given up on " + host.name + ", and runs there");
    }
  }

  /** The host is about to have the virtual address. */
  void address(SimHost host) {
    SimHost peer = world.peer(host);
    boolean together = world.scheduler().nowNs() >= apartUntilNs;
    if (together && !mayBeTwo && serves(peer) && peer.address()) {
      throw new Oracle.Violation(
          PROMISE, "the address comes to " + host.name + " and is on " + peer.name);
    }
  }

  /** With an arbiter one of two that serve finds out, by its timers if by nothing else. */
  private void boundBoth(SimHost host) {
    if (mayBeTwo
        || !world.plan().extras().arbiter()
        || !serves(host)
        || !serves(world.peer(host))) {
      bothSinceNs = Long.MAX_VALUE;
      return;
    }
    long nowNs = world.scheduler().nowNs();
    bothSinceNs = Math.min(bothSinceNs, nowNs);
    if (nowNs - bothSinceNs > longNs()) {
      throw new Oracle.Violation(
          PROMISE, "both nodes serve, and have for " + (nowNs - bothSinceNs) / Plan.SECOND + " s");
    }
  }

  /** After which everybody knows what there is to know: some silences, and time to stop. */
  private long longNs() {
    return 3 * world.plan().configuration().timing().takeoverAfter().toNanos() + 30 * Plan.SECOND;
  }

  /** A role machine made a step. */
  void decided(SimHost host, RoleState before, RoleState after, RoleInput input) {
    if (input instanceof RoleInput.Boot) {
      handOvers = 0;
    }
    boundBoth(host);
    boolean idle = !after.role().serves() && after.role() != Role.DEMOTING;
    if (supervised() && idle && after.booted() && after.goal() == Goal.NONE && runs(host)) {
      throw new Oracle.Violation(
          PROMISE, "the application runs on " + host.name + ", which is " + after.role());
    }
    if (idle && after.booted() && after.goal() == Goal.NONE && host.address()) {
      throw new Oracle.Violation(
          PROMISE, "the address is on " + host.name + ", which is " + after.role());
    }
    if (after.role() == Role.DEMOTING && before.role() != Role.DEMOTING) {
      byItself = after.reason().startsWith("the application");
    }
    boolean handedOver = before.role() == Role.DEMOTING && after.role() == Role.SECONDARY;
    if (handedOver && byItself) {
      world.count("hand-overs of a failing application");
      if (++handOvers > MOST_HAND_OVERS) {
        throw new Oracle.Violation(
            PROMISE, "the application goes to and fro: " + handOvers + " hand-overs by itself");
      }
    }
    if (before.applicationUp() && !after.applicationUp() && after.role().serves()) {
      world.count("application down");
    }
  }
}
