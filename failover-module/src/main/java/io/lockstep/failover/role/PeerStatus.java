package io.lockstep.failover.role;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/**
 * What a node tells of a module in every heartbeat and at first contact.
 *
 * @param view highest view that it acts under; 0 without an arbiter
 * @param asksOutdated it is blocked and asks the other node to become OUTDATED, so that it may run
 *     alone; the other's data state in its next heartbeat is the answer
 * @param handsOverAt it stepped down at this sequence and asks the other node to take over; -1 when
 *     it does not
 */
public record PeerStatus(
    Role role,
    Generation generation,
    long view,
    DataState dataState,
    boolean asksOutdated,
    long handsOverAt) {
  /** With neither request. */
  public static PeerStatus of(Role role, Generation generation, DataState dataState) {
    return new PeerStatus(role, generation, 0, dataState, false, -1);
  }
}
