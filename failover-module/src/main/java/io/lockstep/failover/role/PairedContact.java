package io.lockstep.failover.role;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;

/**
 * First contact at a node that is primary, as a rule blocked: the stream goes on, or it runs alone.
 */
final class PairedContact implements ContactVerdict.Cases<String> {
  private final Turn t;

  PairedContact(Turn turn) {
    this.t = turn;
  }

  @Override
  public String on(ContactVerdict.Refuse verdict) {
    return alone("the peer is refused: " + verdict.why());
  }

  @Override
  public String on(ContactVerdict.BothInconsistent verdict) {
    return alone(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Split verdict) {
    String because =
        Commands.split(t, verdict, "both claim to be primary of one history: both stop");
    if (verdict.keeps() == null || t.paused()) {
      Plans.demote(t, "split: " + verdict.why(), t.dataState);
      return because;
    }
    return verdict.keeps() == Side.ME ? alone("split: " + verdict.why()) : because;
  }

  @Override
  public String on(ContactVerdict.DropBranch verdict) {
    if (verdict.whose() == Side.PEER) {
      return "the peer drops its empty branch and compares again";
    }
    Plans.demote(t, "the peer serves a longer history", DataState.OUTDATED);
    t.afterwards(new RoleEffect.Persist(new Change.DropBranch(verdict.back())));
    return "the own branch holds nothing and yields";
  }

  @Override
  public String on(ContactVerdict.FullCopy verdict) {
    return alone(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Source verdict) {
    return verdict.source() == Side.ME ? alone(verdict.why()) : superseded(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Serve verdict) {
    return verdict.who() == Side.ME ? alone(verdict.why()) : superseded(verdict.why());
  }

  @Override
  public String on(ContactVerdict.InSync verdict) {
    return verdict.serves() == Side.ME ? alone(verdict.why()) : superseded(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Resume verdict) {
    if (verdict.primary() == Side.PEER) {
      return superseded(verdict.why());
    }
    Plans.resume(t);
    return "the same view: what waits is sent again";
  }

  /** The pair comes together again through a time alone, however short. */
  private String alone(String why) {
    if (t.role == Role.PRIMARY) {
      Plans.block(t, why, t.now);
    }
    Plans.goAlone(t, why);
    return "the stream cannot go on where it broke: alone first, then the peer is brought up";
  }

  private String superseded(String why) {
    Plans.demote(t, "the peer took over: " + why, DataState.OUTDATED);
    return "the peer's history is newer: " + why;
  }
}
