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
 * SECONDARY: follows a primary. Exits: silence or goodbye while in sync → TAKING_OVER (by way of
 * intent and arbiter); the peer ran on alone, or its copy failed → WAITING; Stop → STOPPED.
 */
final class SecondaryRules extends RoleRules {
  SecondaryRules(Turn turn) {
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
    t.eligible = false;
    t.candidate = false;
    t.become(Role.WAITING, "the arbiter refused: " + reason);
    return Outcomes.refusedTakeOver(t, reason);
  }

  @Override
  String heard(PeerStatus peer) {
    boolean serves = peer.role() == Role.ALONE || peer.role() == Role.PRIMARY;
    if (t.goal == Goal.TAKE_OVER && !t.planned && serves) {
      return Outcomes.abandonTakeOver(t, "the peer serves after all");
    }
    if (peer.asksOutdated()) {
      return Commands.consent(
          t, peer.generation(), "the peer is about to run on without this node");
    }
    if (peer.handsOverAt() >= 0 && !peer.role().serves()) {
      return Commands.takeOverPlanned(t, peer.generation(), peer.handsOverAt());
    }
    if (!t.reintegrating && !t.busy() && leftBehindBy(peer)) {
      return Commands.becomeOutdated(t, ranOn(peer));
    }
    return "noted: the peer is " + peer.role();
  }

  /**
   * Whether the peer went on in a history of its own: it serves alone, or did, perhaps while this
   * node stood still, and rests now. One that rests with no history at all was wiped: it left
   * nothing that this copy lacks.
   */
  private boolean leftBehindBy(PeerStatus peer) {
    return switch (peer.role()) {
      case ALONE -> t.elsewhere(peer) || !t.linkUp;
      case STOPPED -> t.elsewhere(peer);
      default -> false;
    };
  }

  private static String ranOn(PeerStatus peer) {
    return switch (peer.role()) {
      case STOPPED -> "the peer ran on without this node, and was stopped";
      case WAITING, DEMOTING -> "the peer ran on without this node, and serves no more";
      default -> "the peer runs on without this node";
    };
  }

  @Override
  String tick() {
    return "follows the peer";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;

    if (t.goal == Goal.TAKE_OVER) {
      return "a takeover under way goes on";
    }
    if (!t.eligible) {
      if (t.reintegrating) {
        Plans.stopReintegration(t);
      }
      t.begin(Goal.NONE);
      t.become(Role.WAITING, "the link broke during the reintegration: " + input.reason());
      return "not in sync and cut off: the reintegration goes on at the next contact";
    }
    t.become(Role.SECONDARY, "the link broke: " + input.reason());
    if (!t.busy()) {
      t.begin(Goal.NOTE, new RoleEffect.Persist(new Change.Data(DataState.CONSISTENT)));
    }
    return "consistent, but unsure from now on; still the one to take over if the peer falls silent";
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
    return takeOverIfAllowed("no heartbeat for " + input.silentNs() / 1_000_000 + " ms", -1);
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return "stays: the application may still run there; its guardian's goodbye or silence will tell";
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;

    return takeOverIfAllowed(
        input.clean() ? "the peer stopped in good order" : "the peer's guardian said goodbye",
        input.clean() ? input.finalSequence() : -1);
  }

  @Override
  public String on(AckTimeout input) {
    return "only who serves waits for acknowledgements";
  }

  @Override
  public String on(LastRound input) {
    return "only the source counts rounds";
  }

  @Override
  public String on(ReintegrationDone input) {
    if (!t.reintegrating) {
      return "ignored: no reintegration runs";
    }
    t.reintegrating = false;
    t.eligible = true;
    t.become(Role.SECONDARY, "in sync");
    t.begin(
        Goal.NOTE,
        new RoleEffect.Persist(new Change.Followed(input.generation())),
        new RoleEffect.ConfirmInSync());
    t.tell(RoleEffect.Level.INFO, "This node's copy is up to date.");
    return "up to date: made durable, then confirmed to the source";
  }

  @Override
  public String on(ReintegrationFailed input) {
    if (!t.reintegrating) {
      return "ignored: no reintegration runs";
    }
    t.reintegrating = false;
    t.retryAtNs = t.now + t.settings.retryNs();
    t.become(Role.WAITING, "the reintegration failed: " + input.reason());
    t.tell(
        RoleEffect.Level.ERROR, "The reintegration failed: " + input.reason() + ". Tried again.");
    return "tried again after a while";
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
    t.tell(RoleEffect.Level.INFO, "Started already.");
    return input.force()
        ? "refused: this node follows the peer; use switchover"
        : "started already";
  }

  @Override
  public String on(Stop input) {
    if (t.peerServes() && t.linkUp) {
      t.emit(new RoleEffect.Tell(new PeerMessage.StopModule(input.who())));
      return "the serving node stops first, then tells this one";
    }
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
    return "the agent exits: the primary is told at once";
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

  @Override
  public String on(RoleInput.Frozen input) {
    String because = super.on(input);
    if (t.goal == Goal.TAKE_OVER && !t.planned) {
      return Outcomes.abandonTakeOver(t, "this node stood still itself; a full silence is needed");
    }
    return because;
  }

  @Override
  public String on(RoleInput.PeerBack input) {
    String because = super.on(input);
    if (t.goal == Goal.TAKE_OVER && !t.planned) {
      return Outcomes.abandonTakeOver(t, "the peer is heard again");
    }
    return because;
  }

  private String takeOverIfAllowed(String why, long finalSequence) {
    if (!t.eligible) {
      return "stays: this copy is not in sync and must not be served";
    }
    if (t.goal == Goal.TAKE_OVER) {
      return "a takeover is under way";
    }
    if (t.peer != null && t.elsewhere(t.peer)) {
      // also one that only began to take over: only its own refusal tells that nothing came of it
      return Commands.becomeOutdated(t, ranOn(t.peer));
    }
    if (t.paused()) {
      t.tell(
          RoleEffect.Level.WARN,
          "Would take over (" + why + "), but decisions are paused: start --force to serve here.");
      return "stays: decisions are paused";
    }
    Plans.takeOver(t, why, finalSequence, false, false);
    return "in sync and the peer is gone: " + why;
  }
}
