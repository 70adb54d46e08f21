package io.lockstep.simulator;

import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;

/** A node whose peer falls silent serves what it has, though a return into it was not complete. */
final class Promoting extends Substitution {
  @Override
  void decided(SimHost host, RoleState state, RoleInput input) {
    boolean gone = input instanceof RoleInput.PeerSilent || input instanceof RoleInput.Goodbye;
    boolean half = state.dataState() == DataState.INCONSISTENT && state.role() == Role.WAITING;
    if (gone && half) {
      host.scheduler.tell(host.name + " is promoted while INCONSISTENT");
      host.agent.module().post(new RoleInput.Start(true, "the fault"));
    }
  }

  @Override
  Plan plan(Plan drawn) {
    // the target of a return comes back, and its source goes before that is complete
    long atNs = 30 * Plan.SECOND;
    return drawn.and(
        new Fault(Fault.Kind.POWER_CUT, atNs, 1, 40 * Plan.SECOND, 0, null),
        new Fault(Fault.Kind.POWER_CUT, atNs + 60 * Plan.SECOND, 0, 300 * Plan.SECOND, 0, null));
  }
}
