package io.lockstep.failover.group;

import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;

/** What a group's machine wants. */
public sealed interface GroupEffect {
  /** Hands an input to a member's role machine. */
  record Order(String member, RoleInput input) implements GroupEffect {}

  /** One line for the event log. */
  record Tell(RoleEffect.Level level, String text) implements GroupEffect {}
}
