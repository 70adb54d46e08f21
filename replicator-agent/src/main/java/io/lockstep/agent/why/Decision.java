package io.lockstep.agent.why;

import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * One decision of a role machine and what it came from, for whoever asks later why, or why not.
 * Pure.
 *
 * @param time by the wall clock, for people
 * @param before the role
 * @param after the role; the same where something was decided not to happen
 * @param input what came, with its values
 * @param because the machine's own reason
 */
public record Decision(Instant time, Role before, Role after, String input, String because) {
  private static final int FIELDS = 5;

  /**
   * Whether a step is worth keeping: what changes something, and what did not although it might.
   */
  public static boolean matters(RoleState before, RoleState after, RoleInput input) {
    return before.role() != after.role()
        || before.goal() != after.goal()
        || input instanceof RoleInput.PeerSilent
        || input instanceof RoleInput.PeerBack
        || input instanceof RoleInput.PeerProcessGone
        || input instanceof RoleInput.Goodbye
        || input instanceof RoleInput.LinkUp
        || input instanceof RoleInput.LinkDown
        || input instanceof RoleInput.Contact
        || input instanceof RoleInput.AckTimeout
        || input instanceof RoleInput.CopyFailed
        || input instanceof RoleInput.ApplicationFailed
        || input instanceof RoleInput.Switchover
        || input instanceof RoleInput.MoveWithGroup
        || input instanceof RoleInput.EffectFailed
        || input instanceof RoleInput.Granted
        || input instanceof RoleInput.Refused
        || input instanceof RoleInput.Unknown
        || input instanceof RoleInput.Frozen;
  }

  /** Whether the role changed. */
  public boolean changes() {
    return before != after;
  }

  /** Whether it says the same as {@code other}, apart from the time. */
  public boolean repeats(Decision other) {
    return other != null
        && before == other.before
        && after == other.after
        && input.equals(other.input)
        && because.equals(other.because);
  }

  /** For a file; without the end of the line. */
  public String line() {
    return String.join(
        "\t", time.toString(), before.name(), after.name(), flat(input), flat(because));
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ");
  }

  /** What {@link #line} wrote; empty for anything else, such as a line that was not finished. */
  public static Optional<Decision> of(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Decision(
              Instant.parse(fields[0]),
              Role.valueOf(fields[1]),
              Role.valueOf(fields[2]),
              fields[3],
              fields[4]));
    } catch (DateTimeException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
