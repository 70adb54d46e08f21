package io.lockstep.simulator;

import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.Checker;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges what one host's supervision makes of its checkers: it acts on so many failures in a row as
 * are configured and not on fewer, restarts no more often than its budget allows, and lets nothing
 * run for long beside a checker that forbids it.
 */
final class CheckerOracle {
  private static final String PROMISE = "SUPERVISION";

  /** Until everybody concerned has done what follows: a stop, a start, a hand-over. */
  private static final long SLACK_NS = 60 * Plan.SECOND;

  private final World world;
  private final SimHost host;
  private final ApplicationSpec spec;
  private final Map<String, Integer> badInARow = new HashMap<>();
  private final List<Long> restartsNs = new ArrayList<>();

  /** As it was configured, whatever the supervision goes by. */
  CheckerOracle(World world, SimHost host, ApplicationSpec spec) {
    this.world = world;
    this.host = host;
    this.spec = spec;
  }

  /** The module starts the application: with a new budget. */
  void starts() {
    restartsNs.clear();
  }

  /** A look has found that. */
  void looked(String checker, boolean good) {
    badInARow.put(checker, good ? 0 : badInARow.getOrDefault(checker, 0) + 1);
    if (!good) {
      world.count("looks that found nothing good");
    }
    refuseBeside();
  }

  /** The application is about to be restarted in place. */
  void restarts(String why) {
    if (names(why)) {
      acts(Checker.Action.RESTART, why);
    }
    long nowNs = host.clock.monotonicNs();
    long withinNs = spec.restarts().within().toNanos() - Plan.SECOND;
    restartsNs.removeIf(at -> nowNs - at >= withinNs);
    restartsNs.add(nowNs);
    if (restartsNs.size() > spec.restarts().max()) {
      throw new Oracle.Violation(
          PROMISE,
          "restart " + restartsNs.size() + " of " + spec.restarts().max() + " on " + host.name);
    }
  }

  /** The application is given up here. */
  void gaveUp(String why) {
    boolean ordered =
        spec.checkers().stream()
            .anyMatch(c -> c.action() == Checker.Action.STOP && why.contains(c.name() + ": "));
    if (ordered) {
      acts(Checker.Action.STOP, why);
    } else {
      refuseEarly("giving up", why);
    }
  }

  /** The supervision acts, and says why. */
  void acts(Checker.Action action, String why) {
    world.count("checkers that acted: " + action);
    refuseEarly(action.name(), why);
  }

  private boolean names(String why) {
    return spec.checkers().stream().anyMatch(c -> why.contains(c.name() + ": "));
  }

  private void refuseEarly(String what, String why) {
    boolean awake = host.wentOnNs < 0 || now() - host.wentOnNs > SLACK_NS;
    for (Checker checker : spec.checkers()) {
      int found = badInARow.getOrDefault(checker.name(), 0);
      if (awake && why.contains(checker.name() + ": ") && found < checker.failures()) {
        throw new Oracle.Violation(
            PROMISE,
            what
                + " on "
                + host.name
                + " after "
                + found
                + " of "
                + checker.failures()
                + ": "
                + why);
      }
    }
  }

  private long now() {
    return host.scheduler.nowNs();
  }

  /** Whether something runs on and on that a checker speaks against. */
  private void refuseBeside() {
    RoleState state = world.state(host);
    boolean runs = host.application != null && !host.application.dead();
    if (!runs || state == null || state.paused() || state.role() == Role.DEMOTING) {
      return;
    }
    for (Checker checker : spec.checkers()) {
      long badNs = host.checked.badSinceNs(checker.name(), now());
      boolean forbids =
          checker.action() == Checker.Action.WAIT || checker.action() == Checker.Action.STOP;
      if (forbids && badNs != Long.MAX_VALUE && now() - since(badNs) > bound(checker)) {
        throw new Oracle.Violation(
            PROMISE,
            "the application runs on "
                + host.name
                + ", although "
                + checker.name()
                + " has been bad for "
                + (now() - badNs) / Plan.SECOND
                + " s, which is to "
                + checker.action()
                + " it");
      }
    }
  }

  /** Since when both are so: bad, and running, and nothing that kept the host from acting. */
  private long since(long badNs) {
    long awakeNs = Math.max(host.wentOnNs, host.resumedNs);
    return Math.max(Math.max(badNs, host.applicationSinceNs), awakeNs);
  }

  private static long bound(Checker checker) {
    Duration look = checker.every().plus(checker.timeout()).plusSeconds(1);
    return look.multipliedBy(checker.failures() + 1L).toNanos() + SLACK_NS;
  }
}
