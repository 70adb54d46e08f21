package io.lockstep.failover.role;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.replicator.model.DataState;

/** First contact at a node that serves alone: it is the source, as a rule. */
final class AloneContact implements ContactVerdict.Cases<String> {
  private final Turn t;

  AloneContact(Turn turn) {
    this.t = turn;
  }

  @Override
  public String on(ContactVerdict.Refuse verdict) {
    return refuse("the peer is refused: " + verdict.why());
  }

  @Override
  public String on(ContactVerdict.BothInconsistent verdict) {
    return refuse(verdict.why());
  }

  private String refuse(String why) {
    t.tellOnce(Level.ERROR, why, "EXPOSED: " + why + ". An operator has to decide.");
    return "serves on alone: " + why;
  }

  @Override
  public String on(ContactVerdict.Split verdict) {
    t.become(Role.ALONE, "split: " + verdict.why());
    return Commands.split(
        t, verdict, "split: nothing is touched, and this node serves on as before");
  }

  @Override
  public String on(ContactVerdict.DropBranch verdict) {
    if (verdict.whose() == Side.PEER) {
      return "the peer drops its empty branch and compares again";
    }
    Plans.demote(t, "the peer's history is longer and this branch is empty", DataState.OUTDATED);
    t.afterwards(new RoleEffect.Persist(new Change.DropBranch(verdict.back())));
    return "the own branch holds nothing and yields";
  }

  @Override
  public String on(ContactVerdict.FullCopy verdict) {
    return verdict.target() == Side.PEER
        ? supply(Extent.FULL, verdict.why())
        : refuse("a serving node is never overwritten: " + verdict.why());
  }

  @Override
  public String on(ContactVerdict.Source verdict) {
    return verdict.source() == Side.ME
        ? supply(verdict.extent(), verdict.why())
        : superseded(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Serve verdict) {
    return verdict.who() == Side.ME
        ? supply(Extent.BY_MAP, verdict.why())
        : superseded(verdict.why());
  }

  @Override
  public String on(ContactVerdict.InSync verdict) {
    return verdict.serves() == Side.ME
        ? supply(Extent.BY_MAP, verdict.why())
        : superseded(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Resume verdict) {
    return verdict.primary() == Side.ME
        ? supply(Extent.BY_MAP, verdict.why())
        : superseded(verdict.why());
  }

  private String supply(Extent extent, String why) {
    t.split = null;
    return Commands.supply(t, extent, why);
  }

  private String superseded(String why) {
    Plans.demote(t, "the peer's history is newer: " + why, DataState.OUTDATED);
    return "the peer's history is newer: " + why;
  }
}
