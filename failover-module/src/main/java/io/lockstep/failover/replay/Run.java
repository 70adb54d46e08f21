package io.lockstep.failover.replay;

import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import java.util.List;

/**
 * What a machine did with a session's inputs.
 *
 * @param transitions every change of role, in order
 * @param answers every tracked effect that it gave out, in order
 * @param other where a recorded role is not the one that it came to: empty unless this version of
 *     the machine decides otherwise than the recorded one, or lines are missing
 * @param silences of the peer that ended, or lasted at the end
 * @param modelled in what was made up, one sentence each
 * @param last the state at the end
 */
public record Run(
    List<Transition> transitions,
    List<Answer> answers,
    List<Mismatch> other,
    List<Silence> silences,
    List<String> modelled,
    RoleState last) {

  /**
   * A change of role.
   *
   * @param because why the machine did it
   */
  public record Transition(
      long nowNs, RoleState before, RoleState after, RoleInput input, String because) {
    /** Whether it is between the same roles. */
    public boolean isLike(Transition other) {
      return before.role() == other.before.role() && after.role() == other.after.role();
    }
  }

  /**
   * A tracked effect and what ended it.
   *
   * @param input null when none came
   */
  public record Answer(RoleEffect effect, long givenNs, long endedNs, RoleInput input) {}

  /** What the recording says, and what the machine came to. */
  public record Mismatch(long nowNs, RoleInput input, Role recorded, Role replayed) {}

  /** How long nothing was heard, from when on. */
  public record Silence(long fromNs, long lastedNs) {}

  /** The role at a moment, {@code first} before any transition. */
  public Role roleAt(long atNs, Role first) {
    Role role = first;
    for (Transition transition : transitions) {
      if (transition.nowNs() <= atNs) {
        role = transition.after().role();
      }
    }
    return role;
  }
}
