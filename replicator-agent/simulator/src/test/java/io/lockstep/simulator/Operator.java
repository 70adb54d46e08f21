package io.lockstep.simulator;

import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import java.util.SplittableRandom;

/**
 * Does, when everything is whole again, what the verdict asks a person to do: resolves a split,
 * starts what was stopped, forces a copy to serve when none does by itself.
 */
final class Operator {
  /** One module of both hosts, as an operator has it. */
  interface Patient {
    /** Null where no agent has it open. */
    RoleState state(SimHost host);

    void post(SimHost host, RoleInput input);

    /** That host's copy is about to be kept, and the other one's history given up. */
    void keeps(int side);

    /** That host is about to serve whatever its copy is. */
    void forces(int side);
  }

  private static final String WHO = "the operator";
  private static final long PATIENCE_NS = 300 * Plan.SECOND;

  private final World world;
  private final Patient patient;
  private final SplittableRandom random;
  private int kept = -1;
  private int lastForced = -1;
  private long lastForcedNs;
  private final int[] waiting = new int[2];

  Operator(World world, Patient patient, SplittableRandom random) {
    this.world = world;
    this.patient = patient;
    this.random = random;
  }

  void look(long sinceNs) {
    boolean serves = false;
    for (int side = 0; side < 2; side++) {
      SimHost host = world.host(side);
      RoleState state = patient.state(host);
      if (state == null) {
        if (host.up && !host.agentAlive()) {
          world.startLater(host, 1);
        }
        continue;
      }
      serves |= state.role().serves() || state.role() == Role.DEMOTING;
      if (state.role() == Role.STOPPED && state.booted()) {
        patient.post(host, new RoleInput.Start(false, WHO));
      } else if (state.split() != null) {
        keep(host);
      } else if (state.role() == Role.PRIMARY && !state.applicationUp()) {
        patient.post(host, new RoleInput.Switchover("", WHO));
      } else if (!state.role().serves()) {
        repair(host, state);
      }
    }
    if (!serves && sinceNs - lastForcedNs > PATIENCE_NS && force()) {
      lastForcedNs = sinceNs;
    }
  }

  /** A copy that failed is compared anew when asked, and its agent may have to be started anew. */
  private void repair(SimHost host, RoleState state) {
    int turn = ++waiting[host.side];
    if (state.reintegrating() || turn < 6) {
      return;
    }
    if (turn % 30 == 0 && !world.justForced(host)) {
      world.killAgent(host);
      world.startLater(host, Plan.SECOND);
    } else if (turn % 6 == 0) {
      patient.post(host, new RoleInput.Resync(WHO));
    }
  }

  private void keep(SimHost host) {
    if (kept < 0) {
      kept = random.nextInt(2);
      if (!whole(kept) && whole(1 - kept)) {
        kept = 1 - kept;
      }
      patient.keeps(kept);
    }
    patient.post(host, new RoleInput.SplitKeep(world.host(kept).name, WHO));
  }

  /** Nobody keeps a copy that cannot be served where the other one can. */
  private boolean whole(int side) {
    RoleState state = patient.state(world.host(side));
    return state != null && state.dataState() != DataState.INCONSISTENT;
  }

  /** The better copy; the other one if that did not help. False where no agent runs. */
  private boolean force() {
    int best = -1;
    DataState state = null;
    for (int side = 0; side < 2; side++) {
      RoleState here = patient.state(world.host(side));
      if (here != null && side != lastForced) {
        DataState mine = here.dataState();
        if (best < 0 || mine.ordinal() < state.ordinal()) {
          best = side;
          state = mine;
        }
      }
    }
    lastForced = best;
    if (best >= 0) {
      patient.forces(best);
      patient.post(world.host(best), new RoleInput.Start(true, WHO));
    }
    return best >= 0;
  }
}
