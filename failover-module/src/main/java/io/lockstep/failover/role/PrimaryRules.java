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
 * PRIMARY: serves, and every change is on the secondary first. Exits: link or peer lost → BLOCKED;
 * hand-over → DEMOTING, then SECONDARY; the peer serves already → DEMOTING, then WAITING.
 */
final class PrimaryRules extends RoleRules {
  PrimaryRules(Turn turn) {
    super(turn);
  }

  @Override
  String granted() {
    return "nothing was asked in this role";
  }

  @Override
  String refused(String reason) {
    return "nothing was asked in this role: " + reason;
  }

  @Override
  String heard(PeerStatus peer) {
    return Commands.heardWhilePaired(t, peer);
  }

  @Override
  String tick() {
    if (t.switchWhenPaired && Commands.mayHandOverApplication(t)) {
      t.switchWhenPaired = false;
      Plans.handOver(t, "the application fails here", t.dataState);
      return "the application failed here, and the peer is in sync now";
    }
    if (t.switchWhenPaired && t.peer != null && t.peer.applicationFails()) {
      String why = "the application failed on both nodes";
      t.tellOnce(
          RoleEffect.Level.ERROR,
          why,
          "The application is DOWN on both nodes; the data is served and protected. Mend it, then"
              + " `lockstep switchover`.");
      return why + ": it does not go to and fro";
    }
    if (Commands.mayFailBack(t)) {
      Plans.handOver(t, "back to its preferred node", t.dataState);
      return "in sync and undisturbed for long enough to go back to the preferred node";
    }
    return "serves";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;
    Plans.block(t, input.reason(), t.now + t.settings.ackTimeoutNs());
    return "nothing may be acknowledged without the peer yet";
  }

  @Override
  public String on(Contact input) {
    t.met(input.peer());
    return t.busy() ? later() : input.verdict().accept(new PairedContact(t));
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    Plans.block(t, "no heartbeat from the peer", t.now);
    return "the peer is silent: ask to run alone at once";
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    Plans.block(t, input.evidence(), t.now);
    return "the peer's process is gone and cannot take over: ask at once";
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    Plans.block(t, "the peer said goodbye", t.now);
    return "the peer is gone: ask at once";
  }

  @Override
  public String on(AckTimeout input) {
    long waits = t.wokeUp() ? t.settings.ackTimeoutNs() : 0;
    Plans.block(t, "the peer acknowledges nothing", t.now + waits);
    return waits > 0
        ? "this node stood still: that wait was nobody's, and begins anew"
        : "the application waited long enough";
  }

  @Override
  public String on(LastRound input) {
    return "no reintegration runs here";
  }

  @Override
  public String on(ReintegrationDone input) {
    return "no reintegration runs here";
  }

  @Override
  public String on(ReintegrationFailed input) {
    return "no reintegration runs here";
  }

  @Override
  public String on(CopyFailed input) {
    if (Commands.handOverHindrance(t) != null) {
      Plans.demote(t, "its own copy failed: " + input.reason(), DataState.INCONSISTENT);
      return "own copy failed, and the peer cannot take over in order: it will by itself";
    }
    t.dataState = DataState.INCONSISTENT;
    Plans.handOver(t, "its own copy failed: " + input.reason(), DataState.INCONSISTENT);
    return "own copy failed: the peer has everything";
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
    return Commands.switchover(t, input);
  }

  @Override
  public String on(RoleInput.MoveWithGroup input) {
    t.groupOrder = input.number();
    return Commands.moveWithGroup(t, input);
  }

  @Override
  public String on(Shutdown input) {
    Plans.retire(t, Goal.SHUT_DOWN, "", "the agent exits");
    return "the agent exits: the peer takes over on the goodbye";
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
}
