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
 * WAITING: up, but not allowed or not able to serve. A booting node never takes over on silence:
 * the peer may have run on without it. Exits: contact → SECONDARY or TAKING_OVER; its own record
 * that it ran alone, or a forced start → TAKING_OVER; Stop → STOPPED.
 */
final class WaitingRules extends RoleRules {
  WaitingRules(Turn turn) {
    super(turn);
  }

  @Override
  String granted() {
    if (t.goal == Goal.TAKE_OVER) {
      t.become(Role.TAKING_OVER, t.reason);
    }
    return "granted: this node takes over";
  }

  @Override
  String refused(String reason) {
    t.listenUntilNs = Long.MAX_VALUE;
    t.candidate = false;
    t.become(Role.WAITING, "the arbiter refused: " + reason);
    boolean told = t.planned;
    String because = Outcomes.refusedTakeOver(t, reason);
    if (!told && t.linkUp) {
      t.emit(new RoleEffect.Tell(new PeerMessage.TakeOverRefused(reason)));
    }
    return because;
  }

  @Override
  String heard(PeerStatus peer) {
    if (!t.booted) {
      return "noted: not booted yet";
    }
    if (peer.role().serves() && t.listenUntilNs != Long.MAX_VALUE) {
      t.listenUntilNs = Long.MAX_VALUE;
      t.become(Role.WAITING, "the peer serves");
    }
    boolean serves = peer.role() == Role.ALONE || peer.role() == Role.PRIMARY;
    boolean over = t.settings.arbiter() && peer.view() < t.view;
    if (serves && t.goal == Goal.TAKE_OVER) {
      return Outcomes.abandonTakeOver(t, "the peer serves");
    }
    boolean other = !peer.generation().equals(t.generation) || peer.role() == Role.ALONE;
    boolean newer = t.dataState == DataState.CONSISTENT || t.dataState == DataState.UP_TO_DATE;
    if (peer.asksOutdated() && newer) {
      return Commands.consent(t, peer.generation(), "the peer runs on without this node");
    }
    if (serves && !over && other && newer && !t.alone && !t.busy()) {
      return Commands.becomeOutdated(t, "the peer serves without this node");
    }
    return "noted: a waiting node acts on contact";
  }

  @Override
  String tick() {
    if (t.now >= t.listenUntilNs && t.holdsNewest() && !t.paused()) {
      Plans.takeOver(t, "its own record says that it ran alone", -1, false, false);
      return "the own record allows to serve, and no one else was heard serving";
    }
    boolean whole = t.dataState == DataState.UP_TO_DATE || t.dataState == DataState.CONSISTENT;
    if (t.candidate && whole && !t.paused() && nobodyServes()) {
      Plans.takeOver(t, "nobody serves, and this copy was in sync", -1, false, false);
      return "the arbiter's record tells whether the peer ran on without this node";
    }
    if (t.split == null) {
      retryLater();
    }
    return "waits: " + t.reason;
  }

  /** Not for a moment only: the nodes settle it between them first. */
  private boolean nobodyServes() {
    boolean away = t.presence == Presence.SILENT || t.presence == Presence.GONE;
    boolean idle =
        t.peer != null
            && t.peerFresh()
            && !t.peerServes()
            && t.peer.role() != Role.DEMOTING
            && t.now - t.sinceNs >= t.settings.blockedBoundNs();
    return away || idle;
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;
    return "stays: a waiting node waits for contact";
  }

  @Override
  public String on(Contact input) {
    t.met(input.peer());
    if (t.goal == Goal.TAKE_OVER && t.undecided()) {
      return Outcomes.abandonTakeOver(t, "the arbiter is out of reach, and the peer is back");
    }
    return t.busy() ? later() : input.verdict().accept(new IdleContact(t));
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    return "stays: a node that was not in sync never takes over on silence";
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return "stays: a node that was not in sync never takes over";
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    return "stays: a node that was not in sync never takes over";
  }

  @Override
  public String on(AckTimeout input) {
    return "nothing is served here";
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
    return Commands.copyFailed(t, input.reason());
  }

  @Override
  public String on(ApplicationFailed input) {
    return "nothing is served here";
  }

  @Override
  public String on(Start input) {
    if (!input.force()) {
      t.lookAgain = true;
      if (t.holdsNewest() && !t.busy()) {
        t.listenUntilNs = t.now;
        return "started by " + input.who() + ": its own record says that it ran alone";
      }
      t.tell(
          RoleEffect.Level.INFO,
          "Started already; this node waits: "
              + t.reason
              + ". To serve without the peer: start --force, which may lose what the peer"
              + " acknowledged since.");
      return "started already: a lone node waits for its peer, or for force";
    }
    if (t.peerServes() && t.peerFresh()) {
      return refuse("Start", input.who(), "the peer serves: use switchover");
    }
    return Commands.forceStart(t, input.who());
  }

  @Override
  public String on(Stop input) {
    Plans.retire(t, Goal.STOP, input.who(), "stopped by " + input.who());
    return "stopped by " + input.who();
  }

  @Override
  public String on(Switchover input) {
    return Commands.switchoverElsewhere(t, input);
  }

  @Override
  public String on(Shutdown input) {
    Plans.retire(t, Goal.SHUT_DOWN, "", "the agent exits");
    return "the agent exits";
  }

  @Override
  public String on(SplitKeep input) {
    return Commands.splitKeep(t, input);
  }

  @Override
  public String on(Resync input) {
    return Commands.resync(t, input.who());
  }

  @Override
  public String on(PeerSays input) {
    return Commands.idleMessage(t, input.message());
  }

  private String refuse(String command, String who, String why) {
    t.tell(RoleEffect.Level.WARN, command + " by " + who + " is refused: " + why + ".");
    return "refused: " + why;
  }
}
