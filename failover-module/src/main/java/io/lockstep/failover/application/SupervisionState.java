package io.lockstep.failover.application;

import java.util.List;

/**
 * Where the supervision of one application stands.
 *
 * @param failures checks that failed in a row, above 0 in {@link Phase#FAILING} alone
 * @param checkDueNs when the next check is due; {@link #NEVER} while one runs or none is wanted
 * @param restartsNs when the restarts that still count against the budget began, oldest first
 * @param reason why it is failing, restarting or failed; empty otherwise
 * @param held whether nothing is checked, restarted or given up until further notice
 * @param proven whether a check has passed since the last start, or none is to
 */
public record SupervisionState(
    Phase phase,
    int failures,
    long checkDueNs,
    List<Long> restartsNs,
    String reason,
    boolean held,
    boolean proven) {

  /** No check is due. */
  public static final long NEVER = Long.MAX_VALUE;

  /** What the application is doing, as far as anyone can tell. */
  public enum Phase {
    /** Not started, or stopped with nothing left. */
    STOPPED,
    /** The start command runs. */
    STARTING,
    /** Started, and the last check passed. */
    RUNNING,
    /** Started, and the last checks failed, too few to act on. */
    FAILING,
    /** Being stopped and started again in place. */
    RESTARTING,
    /** Being stopped for the module; nothing starts it again. */
    STOPPING,
    /** Given up: the start, the stop, or the last restart failed. */
    FAILED
  }

  /** Before the first start. */
  public static SupervisionState initial() {
    return new SupervisionState(Phase.STOPPED, 0, NEVER, List.of(), "", false, false);
  }

  /** Keeps an unmodifiable copy. */
  public SupervisionState {
    restartsNs = List.copyOf(restartsNs);
  }

  /** Whether the application is started and is to be checked. */
  public boolean up() {
    return phase == Phase.RUNNING || phase == Phase.FAILING;
  }

  /** As before the first start, but held if it is. */
  SupervisionState anew() {
    return initial().withHeld(held);
  }

  /** Whether it runs and nothing speaks against that: what builds on it may start. */
  public boolean well() {
    return phase == Phase.RUNNING && (proven || held);
  }

  SupervisionState provenBy(boolean proof) {
    return new SupervisionState(phase, failures, checkDueNs, restartsNs, reason, held, proof);
  }

  SupervisionState withHeld(boolean hold) {
    return new SupervisionState(phase, failures, checkDueNs, restartsNs, reason, hold, proven);
  }

  SupervisionState to(Phase newPhase, String newReason) {
    return new SupervisionState(newPhase, 0, NEVER, restartsNs, newReason, held, false);
  }

  SupervisionState running(long due) {
    return new SupervisionState(Phase.RUNNING, 0, due, restartsNs, "", held, proven);
  }

  SupervisionState failing(int count, long due, String why) {
    return new SupervisionState(Phase.FAILING, count, due, restartsNs, why, held, proven);
  }

  SupervisionState withDue(long due) {
    return new SupervisionState(phase, failures, due, restartsNs, reason, held, proven);
  }

  SupervisionState withRestarts(List<Long> counted) {
    return new SupervisionState(phase, failures, checkDueNs, counted, reason, held, proven);
  }
}
