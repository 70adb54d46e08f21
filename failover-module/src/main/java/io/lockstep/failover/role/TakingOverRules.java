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
 * TAKING_OVER: has the right to serve and prepares it; has acknowledged nothing yet. Exits:
 * prepared → ALONE; the peer serves alone → DEMOTING (nothing is lost: this branch is empty); own
 * copy fails → STOPPED.
 */
final class TakingOverRules extends RoleRules {
  TakingOverRules(Turn turn) {
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
    boolean other = !peer.generation().equals(t.generation);
    // once its start was given out, the application may have been told of success
    boolean empty = t.notGivenOutYet(new RoleEffect.StartApplication());
    if (peer.role() == Role.ALONE && other && empty && peer.view() >= t.view) {
      Plans.demote(t, "the peer serves alone, and this node has served nothing yet", t.dataState);
      return "an empty branch yields to one that serves";
    }
    return "goes on: the peer is " + peer.role();
  }

  @Override
  String tick() {
    return "goes on";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;
    return "goes on: the right to serve was granted";
  }

  @Override
  public String on(Contact input) {
    t.met(input.peer());
    return later();
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    return "goes on: the right to serve was granted";
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return "goes on: the right to serve was granted";
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    return "goes on: the right to serve was granted";
  }

  @Override
  public String on(AckTimeout input) {
    return "nothing waits for the peer";
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
    Plans.fail(t, "its own copy failed: " + input.reason(), DataState.INCONSISTENT);
    return "own copy failed: it must not be served";
  }

  @Override
  public String on(ApplicationFailed input) {
    if (input.runsOn()) {
      return "the other node would be better, and is not there: the takeover goes on";
    }
    Outcomes.applicationDown(t, input.reason());
    return "the data is served all the same; the application is down";
  }

  @Override
  public String on(Start input) {
    return "is about to serve";
  }

  @Override
  public String on(Stop input) {
    Plans.retire(t, Goal.STOP, input.who(), "stopped by " + input.who());
    return "stopped by " + input.who();
  }

  @Override
  public String on(Switchover input) {
    return Commands.refuse(t, "Switchover", input.who(), "a takeover is under way");
  }

  @Override
  public String on(Shutdown input) {
    Plans.retire(t, Goal.SHUT_DOWN, "", "the agent exits");
    return "the agent exits";
  }

  @Override
  public String on(SplitKeep input) {
    return Commands.refuse(t, "The decision", input.who(), "a takeover is under way");
  }

  @Override
  public String on(Resync input) {
    return Commands.refuse(t, "Resync", input.who(), "a takeover is under way");
  }

  @Override
  public String on(PeerSays input) {
    return Commands.servingMessage(t, input.message());
  }
}
