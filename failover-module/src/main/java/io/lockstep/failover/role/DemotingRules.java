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
 * DEMOTING: takes its service down; always finishes. A hand-over is rolled back if the peer is lost
 * before this node has stepped down. Exits: SECONDARY (handed over), PRIMARY (rolled back),
 * WAITING, STOPPED.
 */
final class DemotingRules extends RoleRules {
  DemotingRules(Turn turn) {
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
    return tookOver(peer) ? overtaken(peer) : "goes on: the peer is " + peer.role();
  }

  @Override
  String tick() {
    return "goes on";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;
    return lost("the link broke: " + input.reason());
  }

  @Override
  public String on(Contact input) {
    t.met(input.peer());
    return tookOver(input.peer()) ? overtaken(input.peer()) : later();
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    return lost("no heartbeat from the peer");
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return lost(input.evidence());
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    return lost("the peer said goodbye");
  }

  @Override
  public String on(AckTimeout input) {
    return lost("the peer acknowledges nothing");
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
    if (t.goal == Goal.ROLL_BACK) {
      Plans.demote(t, "its own copy failed: " + input.reason(), DataState.INCONSISTENT);
      return "a failed copy is not served again";
    }
    t.eligible = false;
    t.candidate = false;
    t.dataState = DataState.INCONSISTENT;
    t.leaveInconsistent();
    return "goes on: the copy is needed no more, and the record will say that it failed";
  }

  @Override
  public String on(ApplicationFailed input) {
    if (t.servesYet() && !input.runsOn()) {
      return failedBefore(input);
    }
    return "goes on: the application is being stopped or started anyway";
  }

  /** Nothing was stopped: what this node serves has an application that is down now. */
  private String failedBefore(ApplicationFailed input) {
    if (!input.switchOver()) {
      Plans.keepServing(t, "the application failed: " + input.reason());
      return Commands.applicationFailed(t, input);
    }
    Outcomes.applicationDown(t, input.reason());
    return "the hand-over goes on: the other node starts it, or tries later";
  }

  @Override
  public String on(Start input) {
    return Commands.refuse(t, "Start", input.who(), "the service is being taken down");
  }

  @Override
  public String on(Stop input) {
    if (t.goal == Goal.STOP) {
      return "stopping already";
    }
    Plans.retire(t, Goal.STOP, input.who(), "stopped by " + input.who());
    return "stopped by " + input.who();
  }

  @Override
  public String on(Switchover input) {
    return Commands.refuse(t, "Switchover", input.who(), "the service is being taken down");
  }

  @Override
  public String on(Shutdown input) {
    if (t.goal == Goal.SHUT_DOWN) {
      return "exiting already";
    }
    Plans.retire(t, Goal.SHUT_DOWN, "", "the agent exits");
    return "the agent exits";
  }

  @Override
  public String on(SplitKeep input) {
    return Commands.refuse(t, "The decision", input.who(), "the service is being taken down");
  }

  @Override
  public String on(Resync input) {
    return Commands.refuse(t, "Resync", input.who(), "the service is being taken down");
  }

  @Override
  public String on(PeerSays input) {
    return Commands.servingMessage(t, input.message());
  }

  /** Whether a hand-over that broke off finds that the peer serves, or did, without its word. */
  private boolean tookOver(PeerStatus peer) {
    boolean broken = t.goal == Goal.HAND_OVER && t.abort != null;
    boolean backs = broken || t.goal == Goal.ROLL_BACK;
    return backs && !t.exhausted() && (peer.role().serves() || t.elsewhere(peer));
  }

  private String overtaken(PeerStatus peer) {
    t.finalSequence = -1;
    Plans.demote(t, "the peer took over meanwhile", DataState.OUTDATED);
    return "the peer, now " + peer.role() + ", took over: there is nothing to roll back to";
  }

  private String lost(String why) {
    if (t.goal == Goal.HAND_OVER) {
      t.abort = why;
      return "the hand-over is rolled back unless this node has stepped down: " + why;
    }
    return "goes on taking the service down";
  }
}
