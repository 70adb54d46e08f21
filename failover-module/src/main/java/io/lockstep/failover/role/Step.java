package io.lockstep.failover.role;

import java.util.List;

/**
 * The outcome of one input.
 *
 * @param because why the machine did this, or did nothing: never empty, for the record of decisions
 */
public record Step(RoleState state, List<RoleEffect> effects, String because) {}
