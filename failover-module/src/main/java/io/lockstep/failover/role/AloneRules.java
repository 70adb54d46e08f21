package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleInput.AckTimeout;
import io.lockstep.failover.role.RoleInput.ApplicationFailed;
import io.lockstep.failover.role.RoleInput.Contact;
import io.lockstep.failover.role.RoleInput.CopyFailed;
import io.lockstep.failover.role.RoleInput.Goodbye;
import io.lockstep.failover.role.RoleInput.LastRound;
import io.lockstep.failover.role.RoleInput.LinkDown;
import io.lockstep.failover.role.RoleInput.PeerProcessGone;
import io.lockstep.failover.role.RoleInput.PeerSays;
import io.lockstep.failover.role.RoleInput.PeerSilent;
import io.lockstep.failover.role.RoleInput.ReintegrationDone;
import io.lockstep.failover.role.RoleInput.ReintegrationFailed;
import io.lockstep.failover.role.RoleInput.Resync;
import io.lockstep.failover.role.RoleInput.Shutdown;
import io.lockstep.failover.role.RoleInput.SplitKeep;
import io.lockstep.failover.role.RoleInput.Start;
import io.lockstep.failover.role.RoleInput.Stop;
import io.lockstep.failover.role.RoleInput.Switchover;
import io.lockstep.replicator.model.DataState;

/**
 * ALONE: serves without a secondary, keeps a map of what it changes, and brings a returning peer up
 * to date. Exits: peer in sync → PRIMARY; the peer's history is newer, or a decided split →
 * DEMOTING; own copy fails → STOPPED.
 */
final class AloneRules extends RoleRules {
  AloneRules(Turn turn) {
    super(turn);
  }

  @Override
  String granted() {
    return t.goal == Goal.ADMIT ? "granted: the peer counts again" : "granted: goes on alone";
  }

  @Override
  String refused(String reason) {
    if (t.goal == Goal.ADMIT) {
      Plans.renew(t);
      return "the peer does not count: a new generation without it";
    }
    Plans.demote(t, "the arbiter refused: " + reason, t.dataState);
    return "another node has the right to serve";
  }

  @Override
  String heard(PeerStatus peer) {
    boolean serves = peer.role() == Role.ALONE || peer.role() == Role.PRIMARY;
    if (serves
        && t.linkUp
        && !t.reintegrating
        && !t.busy()
        && t.split == null
        && t.retryAtNs == Long.MAX_VALUE) {
      t.retryAtNs = t.now + t.settings.retryNs();
      return "the peer serves too: compare again";
    }
    return "noted: the peer is " + peer.role();
  }

  @Override
  String tick() {
    if (t.heldAtTheEnd() && t.now - t.blockedSinceNs > t.settings.blockedBoundNs()) {
      Plans.fenceSelf(t);
      return "a wait for the peer always ends: what waits gets an error";
    }
    if (!t.reintegrating && t.split == null) {
      retryLater();
    }
    return "serves alone";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;

    if (t.lastRound || t.goal == Goal.ADMIT) {
      return lostAtTheEnd(input.reason());
    }
    if (t.reintegrating) {
      Plans.stopReintegration(t);
    }
    return "changes go into the map";
  }

  @Override
  public String on(Contact input) {
    t.met(input.peer());
    return t.busy() ? later() : input.verdict().accept(new AloneContact(t));
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    if (t.linkUp) {
      return "stays: the link to the peer works, and tells better than heartbeats";
    }
    return peerLost("no heartbeat from the peer");
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return peerLost(input.evidence());
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    return peerLost("the peer said goodbye");
  }

  @Override
  public String on(AckTimeout input) {
    return peerLost("the peer acknowledges nothing");
  }

  @Override
  public String on(LastRound input) {
    if (!t.reintegrating) {
      return "ignored: no reintegration runs";
    }
    t.lastRound = true;
    return "from now on the peer may call itself up to date";
  }

  @Override
  public String on(ReintegrationDone input) {
    if (!t.reintegrating) {
      return "ignored: no reintegration runs";
    }
    // one that began anew when this was on its way is not wanted any more
    t.emit(new RoleEffect.StopReintegration());
    t.begin(
        Goal.ADMIT,
        // first: a node that finds itself recorded as alone may serve without asking
        new RoleEffect.Persist(new Change.Standing(Role.PRIMARY, "")),
        new RoleEffect.AskArbiter(RoleEffect.Question.ADMIT_PEER));
    return "the peer is durably up to date";
  }

  @Override
  public String on(ReintegrationFailed input) {
    if (!t.reintegrating) {
      return "ignored: no reintegration runs";
    }
    t.retryAtNs = t.now + t.settings.retryNs();
    t.tell(
        RoleEffect.Level.WARN,
        "The reintegration broke off: "
            + input.reason()
            + ". What is left is kept and goes on later.");
    return peerLost(input.reason());
  }

  @Override
  public String on(CopyFailed input) {
    Plans.fail(t, "its own copy failed: " + input.reason(), DataState.INCONSISTENT);
    return "the only current copy failed: nothing may be served from it";
  }

  @Override
  public String on(ApplicationFailed input) {
    return Commands.applicationFailed(t, input);
  }

  @Override
  public String on(Start input) {
    t.tell(RoleEffect.Level.INFO, "Started already: this node serves.");
    return "serves already";
  }

  @Override
  public String on(Stop input) {
    Plans.retire(t, Goal.STOP, input.who(), "stopped by " + input.who());
    return "stopped by " + input.who();
  }

  @Override
  public String on(Switchover input) {
    return Commands.refuse(t, "Switchover", input.who(), "the peer is not up to date");
  }

  @Override
  public String on(Shutdown input) {
    Plans.retire(t, Goal.SHUT_DOWN, "", "the agent exits");
    return "the agent exits; no other node may serve this data";
  }

  @Override
  public String on(SplitKeep input) {
    return Commands.splitKeep(t, input);
  }

  @Override
  public String on(Resync input) {
    return Commands.refuse(
        t, "Resync", input.who(), "this node serves: ask for it at the other node");
  }

  @Override
  public String on(PeerSays input) {
    return Commands.servingMessage(t, input.message());
  }

  @Override
  String whileBusy() {
    boolean undecided =
        t.goal == Goal.RENEW
            && t.stillToCome(Plans.RUN_ALONE)
            && !Plans.RUN_ALONE.equals(t.inFlight);
    if (undecided && t.now - t.blockedSinceNs > t.settings.blockedBoundNs()) {
      Plans.fenceSelf(t);
      return "a wait for the arbiter always ends: what waits gets an error";
    }
    return super.whileBusy();
  }

  private String peerLost(String why) {
    if (t.lastRound || t.goal == Goal.ADMIT) {
      return lostAtTheEnd(why);
    }
    if (t.reintegrating) {
      Plans.stopReintegration(t);
      t.retryAtNs = t.now + t.settings.retryNs();
      return "stays: the return of the peer is broken off (" + why + ")";
    }
    return "stays: alone already";
  }

  /**
   * The peer, lost in the last round of its return or just after, may count itself up to date:
   * nothing more in this generation without it. It may even serve, if this node stood still for so
   * long; what waits then goes on waiting until that is known, as on a PRIMARY that wakes up.
   */
  private String lostAtTheEnd(String why) {
    boolean known = t.presence != Presence.UNKNOWN && !t.peerServes();
    boolean gone = t.presence == Presence.SILENT || t.presence == Presence.GONE;
    if (known || gone || t.settings.arbiter()) {
      Plans.renew(t);
      return "the peer may count itself up to date: a new generation without it (" + why + ")";
    }
    if (!t.heldAtTheEnd()) {
      Plans.holdAtTheEnd(t);
    }
    return "the peer may serve by now: what waits goes on waiting (" + why + ")";
  }
}
