package io.lockstep.failover.application;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where the supervision of one application stands.
 *
 * @param checkers in the order of the specification
 * @param restartsNs when the restarts that still count against the budget began, oldest first
 * @param reason why it is failing, restarting, waiting, given up or failed; empty otherwise
 * @param held whether nothing is checked, restarted or given up until further notice
 * @param suspended whether the module was told that the application is down here because of a
 *     checker, and not yet that it is up again
 * @param proven whether a check has passed since the last start, or none is to
 */
public record SupervisionState(
    Phase phase,
    List<CheckerState> checkers,
    List<Long> restartsNs,
    String reason,
    boolean held,
    boolean suspended,
    boolean proven) {

  /** No check is due. */
  public static final long NEVER = Long.MAX_VALUE;

  /** What the application is doing, as far as anyone can tell. */
  public enum Phase {
    /** Not started, or stopped with nothing left. */
    STOPPED,
    /** The start command runs. */
    STARTING,
    /** Started, and the last checks passed. */
    RUNNING,
    /** Started, and the last checks failed, too few to act on or with nothing to be done here. */
    FAILING,
    /** Being stopped and started again in place, or started after it waited. */
    RESTARTING,
    /** Being stopped because of a checker that it has to wait for. */
    SUSPENDING,
    /** Not running until a checker is good again; then it is started. */
    WAITING,
    /** Being stopped because it is given up here; then the module is told. */
    GIVING_UP,
    /** Being stopped for the module; nothing starts it again. */
    STOPPING,
    /**
     * Given up, or its start or its stop failed; if something of it is left, the reason says so.
     */
    FAILED
  }

  /** Before the first start, with no checkers. */
  public static SupervisionState initial() {
    return new SupervisionState(Phase.STOPPED, List.of(), List.of(), "", false, false, false);
  }

  /** Keeps unmodifiable copies. */
  public SupervisionState {
    checkers = List.copyOf(checkers);
    restartsNs = List.copyOf(restartsNs);
  }

  /** Whether the application is started and is to be checked. */
  public boolean up() {
    return phase == Phase.RUNNING || phase == Phase.FAILING;
  }

  /** When the supervision has to look at the clock next; {@link #NEVER} if only inputs count. */
  public long dueNs() {
    return checkers.stream().mapToLong(CheckerState::dueNs).reduce(NEVER, SupervisionState::sooner);
  }

  /** The sooner of two times, of which {@link #NEVER} is none. */
  private static long sooner(long a, long b) {
    return a == NEVER || b == NEVER ? (a == NEVER ? b : a) : a - b < 0 ? a : b;
  }

  /** The first of the checkers that has failures. */
  Optional<CheckerState> failing() {
    return checkers.stream().filter(c -> c.failures() > 0).findFirst();
  }

  /** Whether it runs and nothing speaks against that: what builds on it may start. */
  public boolean well() {
    return phase == Phase.RUNNING && (proven || held);
  }

  SupervisionState provenBy(boolean proof) {
    return new SupervisionState(phase, checkers, restartsNs, reason, held, suspended, proof);
  }

  SupervisionState withHeld(boolean hold) {
    return new SupervisionState(phase, checkers, restartsNs, reason, hold, suspended, proven);
  }

  SupervisionState withSuspended(boolean told) {
    return new SupervisionState(phase, checkers, restartsNs, reason, held, told, proven);
  }

  SupervisionState to(Phase newPhase, String newReason) {
    boolean still = proven && (newPhase == Phase.RUNNING || newPhase == Phase.FAILING);
    return new SupervisionState(newPhase, checkers, restartsNs, newReason, held, suspended, still);
  }

  SupervisionState withRestarts(List<Long> counted) {
    return new SupervisionState(phase, checkers, counted, reason, held, suspended, proven);
  }

  SupervisionState withCheckers(List<CheckerState> changed) {
    return new SupervisionState(phase, changed, restartsNs, reason, held, suspended, proven);
  }

  SupervisionState with(int index, UnaryOperator<CheckerState> change) {
    List<CheckerState> changed = new ArrayList<>(checkers);
    changed.set(index, change.apply(changed.get(index)));
    return withCheckers(changed);
  }
}
