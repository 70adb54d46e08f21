package io.lockstep.failover.guardian;

import java.util.Map;

/**
 * Whether an agent makes progress: everything in it that must go round has gone round since it was
 * last looked at. One loop that is stuck is enough to count as hung, however busy the others are.
 * Pure.
 *
 * @param turns how often each loop has gone round, by its name
 */
public record Progress(Map<String, Long> turns) {
  /** Nothing is known yet. */
  public static final Progress NONE = new Progress(Map.of());

  /** A copy of the counts. */
  public Progress {
    turns = Map.copyOf(turns);
  }

  /** Whether every loop has gone on since {@code before}; one that is new has. */
  public boolean since(Progress before) {
    return turns.entrySet().stream()
        .allMatch(loop -> !loop.getValue().equals(before.turns.get(loop.getKey())));
  }
}
