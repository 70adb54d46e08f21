package io.lockstep.failover.role;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.Persist;

/** First contact at a node that does not serve: WAITING or SECONDARY. */
final class IdleContact implements ContactVerdict.Cases<String> {
  private final Turn t;

  IdleContact(Turn turn) {
    this.t = turn;
  }

  @Override
  public String on(ContactVerdict.Refuse verdict) {
    return refuse("the peer is refused: " + verdict.why());
  }

  @Override
  public String on(ContactVerdict.BothInconsistent verdict) {
    return refuse("neither copy is whole: " + verdict.why());
  }

  private String refuse(String why) {
    t.eligible = false;
    t.tellOnce(Level.ERROR, why, "WAITING: " + why + ". An operator has to decide.");
    t.become(Role.WAITING, why);
    return "stays: " + why;
  }

  @Override
  public String on(ContactVerdict.Split verdict) {
    t.eligible = false;
    t.candidate = false;
    t.listenUntilNs = Long.MAX_VALUE;
    t.become(Role.WAITING, "split: " + verdict.why());
    return Commands.split(t, verdict, "split: nothing is touched");
  }

  @Override
  public String on(ContactVerdict.DropBranch verdict) {
    if (verdict.whose() == Side.PEER) {
      return "the peer drops its empty branch and compares again";
    }
    t.lookAgain = true;
    t.begin(Goal.NOTE, new Persist(new Change.DropBranch(verdict.back())));
    return "the own branch holds nothing: dropped, then compared again";
  }

  @Override
  public String on(ContactVerdict.FullCopy verdict) {
    return verdict.target() == Side.ME ? follow(Extent.FULL, verdict.why()) : serve(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Source verdict) {
    return verdict.source() == Side.PEER
        ? follow(verdict.extent(), verdict.why())
        : serve(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Serve verdict) {
    return verdict.who() == Side.ME ? serve(verdict.why()) : await(verdict.why());
  }

  @Override
  public String on(ContactVerdict.InSync verdict) {
    return verdict.serves() == Side.ME ? serve(verdict.why()) : await(verdict.why());
  }

  @Override
  public String on(ContactVerdict.Resume verdict) {
    if (verdict.primary() == Side.ME) {
      t.lookAgain = true;
      return "this node serves no more: compared again";
    }
    Plans.resumeAsSecondary(t);
    return "the stream goes on where it broke: " + verdict.why();
  }

  private String follow(Extent extent, String why) {
    t.split = null;
    if (!t.peerServes()) {
      return await(why);
    }
    if (t.peer.role() != Role.ALONE) {
      // until it runs alone, everything on its stable storage, this copy may be needed as it is
      return "the peer is to run alone first: " + why;
    }
    if (t.reintegrating) {
      return "target of the reintegration already: the source begins it anew if it must";
    }
    Plans.follow(t, extent, why);
    return "target of the reintegration: " + why;
  }

  private String await(String why) {
    t.become(t.role, "the peer is to serve first: " + why);
    t.listenUntilNs = Long.MAX_VALUE;
    return "the peer serves first: " + why;
  }

  private String serve(String why) {
    t.split = null;
    if (t.paused()) {
      t.tellOnce(
          Level.WARN,
          "decisions are paused",
          "WAITING: this node would serve (" + why + "), but decisions are paused.");
      return "stays: decisions are paused";
    }
    if (t.peerServes()) {
      t.retryAtNs = t.now + t.settings.retryNs();
      return "stays: the peer serves, though this copy is the better one (" + why + ")";
    }
    if (t.handedOver() && t.peer.role() == Role.SECONDARY) {
      return "stays: the peer was asked to take over, and does, or refuses";
    }
    if (t.role == Role.WAITING) {
      // both decided it together: it is no takeover from a peer that has to be fenced
      t.eligible = false;
    }
    Plans.takeOver(t, why, -1, false, false);
    return "in contact, and this copy is the one to serve: " + why;
  }
}
