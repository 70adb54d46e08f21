package io.lockstep.failover.replay;

import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import java.util.ArrayList;
import java.util.List;

/**
 * What one role machine took from a beginning on, without a gap: one life of an agent, or the part
 * of it that is in one file.
 *
 * @param taken in the order of time
 */
public record Session(Entry.Begin begin, List<Entry> taken) {
  /** Splits a recording at its beginnings; what is before the first cannot be replayed. */
  public static List<Session> of(List<Entry> recording) {
    List<Session> sessions = new ArrayList<>();
    List<Entry> taken = null;
    for (Entry entry : recording) {
      if (entry instanceof Entry.Begin begin) {
        taken = new ArrayList<>();
        sessions.add(new Session(begin, taken));
      } else if (taken != null) {
        taken.add(entry);
      }
    }
    return sessions;
  }

  /** The state that it begins with. */
  public RoleState state() {
    return begin.state();
  }

  /** The times that it begins with. */
  public RoleSettings settings() {
    return begin.state().settings();
  }

  /** Until when it is known what happened, and that the machine ran. */
  public long endNs() {
    return taken.isEmpty() ? begin.nowNs() : taken.get(taken.size() - 1).nowNs();
  }

  /** How many inputs it holds. */
  public long inputs() {
    long inputs = 0;
    for (Entry entry : taken) {
      inputs += entry instanceof Entry.Heard heard ? heard.atNs().size() : 1;
      inputs -= entry instanceof Entry.Passed ? 1 : 0;
    }
    return inputs;
  }

  /** Whether an operator changed the times meanwhile. */
  public boolean retimed() {
    return taken.stream()
        .anyMatch(e -> e instanceof Entry.Took took && took.input() instanceof RoleInput.Settings);
  }
}
