package io.lockstep.replicator.planted;

import io.lockstep.failover.role.Role;

/** A class where none like it may be, for {@code ArchitectureRulesTest}. */
public record CoreThatKnowsFailover(Role role) {}
