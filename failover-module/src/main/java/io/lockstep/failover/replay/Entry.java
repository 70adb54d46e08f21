package io.lockstep.failover.replay;

import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import java.util.List;

/**
 * One line of a recording. Times are those of the machine's own clock, in ns from any origin,
 * unless they are named {@code wall}.
 */
public sealed interface Entry {
  /** When what it tells of was over. */
  long nowNs();

  /**
   * Here a recording can be replayed from: an agent has started, or a file begins.
   *
   * @param wallMs the same moment by the wall clock, ms since 1970 (UTC)
   * @param tickNs how often the machine is told the time when nothing else happens
   * @param starts whether an agent starts; else what follows goes on from {@code state}
   */
  record Begin(String module, long wallMs, long nowNs, long tickNs, boolean starts, RoleState state)
      implements Entry {
    /** The moment by the wall clock, ms since 1970, as long as that did not jump. */
    public long wallMs(long atNs) {
      return wallMs + Math.floorDiv(atNs - nowNs, 1_000_000L);
    }
  }

  /**
   * The machine took an input.
   *
   * @param role that it had afterwards
   */
  record Took(long nowNs, RoleInput input, Role role) implements Entry {}

  /**
   * Heartbeats that told nothing new, one after the other.
   *
   * @param atNs when each came; not empty
   */
  record Heard(List<Long> atNs) implements Entry {
    @Override
    public long nowNs() {
      return atNs.get(atNs.size() - 1);
    }
  }

  /** Until here time passed and changed nothing. */
  record Passed(long nowNs) implements Entry {}
}
