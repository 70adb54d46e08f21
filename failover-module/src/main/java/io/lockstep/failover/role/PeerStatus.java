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
 * @param applicationFails the application failed on that node and was not started there since, so
 *     that it is no use to hand over because it fails here too
 * @param paused decisions are left to the operator on that node
 */
public record PeerStatus(
    Role role,
    Generation generation,
    long view,
    DataState dataState,
    boolean asksOutdated,
    long handsOverAt,
    boolean applicationFails,
    boolean paused) {
  /** Of a node on which the application has not failed and decisions are automatic. */
  public PeerStatus(
      Role role,
      Generation generation,
      long view,
      DataState dataState,
      boolean asksOutdated,
      long handsOverAt) {
    this(role, generation, view, dataState, asksOutdated, handsOverAt, false, false);
  }

  /** With neither request. */
  public static PeerStatus of(Role role, Generation generation, DataState dataState) {
    return new PeerStatus(role, generation, 0, dataState, false, -1);
  }

  /** The same; of what first contact does not tell, what was known before. */
  PeerStatus after(PeerStatus before) {
    return new PeerStatus(
        role,
        generation,
        view,
        dataState,
        asksOutdated,
        handsOverAt,
        before != null && before.applicationFails,
        before != null && before.paused);
  }

  PeerStatus withApplicationFails(boolean fails) {
    return new PeerStatus(
        role, generation, view, dataState, asksOutdated, handsOverAt, fails, paused);
  }
}
