package io.lockstep.failover.application;

import java.time.Duration;

/**
 * Something that is looked at again and again, and what follows when it is not good.
 *
 * @param name for the operator, unique in a module
 * @param every from the end of one look to the next
 * @param timeout after which a look that has not answered has failed
 * @param failures in a row after which {@code action} is taken
 */
public record Checker(
    String name, Probe probe, Duration every, Duration timeout, int failures, Action action) {

  /** What follows. */
  public enum Action {
    /** The application is restarted in place, within its budget. */
    RESTART,
    /** The other node takes the module over if it can now; if not, the application goes on here. */
    SWITCHOVER,
    /** The module stops with a reason. */
    STOP,
    /**
     * The application does not run on this node until the checker is good again. Looked at on both
     * nodes, whether or not they serve: a node whose checker is not good is handed nothing.
     */
    WAIT
  }

  /** Checks that the limits can work. */
  public Checker {
    if (failures < 1 || every.isNegative() || every.isZero()) {
      throw new IllegalArgumentException(
          "a check needs at least 1 failure and an interval above 0, not "
              + failures
              + " and "
              + every);
    }
  }

  boolean waits() {
    return action == Action.WAIT;
  }
}
