package io.lockstep.failover.role;

import java.util.List;

/**
 * Decides what a node does for a module: pure, without threads, clock, randomness or I/O, so that
 * the simulator and production run the same decisions.
 *
 * <p>Each role has a class that decides on every input; the table is PROTOCOL §11. Longer changes
 * (a takeover, a hand-over) are lists of steps, given out one tracked effect at a time, that the
 * next input may replace.
 */
public final class RoleMachine {
  private RoleMachine() {}

  /**
   * Takes one input.
   *
   * @param nowNs of a clock that never goes back, in ns from any origin
   * @return the new state, the effects to perform in order, and why
   */
  public static Step step(RoleState state, RoleInput input, long nowNs) {
    Turn turn = new Turn(state, nowNs);
    String because = input.accept(rules(turn));
    // the role may have changed: its own class decides how the steps go on
    rules(turn).advance();
    return new Step(turn.state(), List.copyOf(turn.out), because);
  }

  private static RoleRules rules(Turn turn) {
    return switch (turn.role) {
      case STOPPED -> new StoppedRules(turn);
      case WAITING -> new WaitingRules(turn);
      case SECONDARY -> new SecondaryRules(turn);
      case PRIMARY -> new PrimaryRules(turn);
      case ALONE -> new AloneRules(turn);
      case BLOCKED -> new BlockedRules(turn);
      case TAKING_OVER -> new TakingOverRules(turn);
      case DEMOTING -> new DemotingRules(turn);
    };
  }
}
