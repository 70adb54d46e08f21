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
 * STOPPED: nothing runs here until an operator starts the module. Exits: Boot or Start → WAITING,
 * or TAKING_OVER when forced.
 */
final class StoppedRules extends RoleRules {
  StoppedRules(Turn turn) {
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
    return "a stopped node only listens";
  }

  @Override
  String tick() {
    return "a stopped node waits for its operator";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;
    return "noted: a stopped node needs no link";
  }

  @Override
  public String on(Contact input) {
    return "a stopped node compares nothing";
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    return "a stopped node never takes over";
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return "a stopped node never takes over";
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    return "a stopped node never takes over";
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
    t.tell(RoleEffect.Level.ERROR, "This node's copy failed: " + input.reason() + ".");
    return "told; nothing is served from it";
  }

  @Override
  public String on(ApplicationFailed input) {
    return "nothing is served here";
  }

  @Override
  public String on(Start input) {
    if (!t.booted) {
      return "ignored: the agent has not read its record yet";
    }
    if (input.force() && t.peerServes() && t.peerFresh()) {
      return refuse("Start", input.who(), "the peer serves: use switchover");
    }
    t.stoppedBy = "";
    t.applicationFailedNs = Long.MAX_VALUE;
    t.become(Role.WAITING, "started by " + input.who());
    t.tell(RoleEffect.Level.INFO, "Started by " + input.who() + ".");
    t.emit(new RoleEffect.Tell(new PeerMessage.StartModule(input.who())));
    t.lookAgain = true;
    if (input.force()) {
      return Commands.forceStart(t, input.who());
    }
    t.begin(
        Goal.BOOT,
        new RoleEffect.Persist(new Change.Standing(Role.WAITING, "")),
        new RoleEffect.ShowReadOnly());
    return "started: waits for the peer, unless it ran alone";
  }

  @Override
  public String on(Stop input) {
    t.stoppedBy = input.who();
    t.emit(new RoleEffect.Tell(new PeerMessage.StopModule(input.who())));
    return "stopped already; the peer is told";
  }

  @Override
  public String on(Switchover input) {
    return refuse("Switchover", input.who(), "the module is stopped: start it first");
  }

  @Override
  public String on(Shutdown input) {
    t.emit(new RoleEffect.ShutdownComplete());
    return "nothing to take down";
  }

  @Override
  public String on(SplitKeep input) {
    return Commands.splitKeep(t, input);
  }

  @Override
  public String on(Resync input) {
    return refuse("Resync", input.who(), "the module is stopped: start it first");
  }

  @Override
  public String on(PeerSays input) {
    if (input.message() instanceof PeerMessage.StartModule start && t.booted) {
      t.stoppedBy = "";
      t.become(Role.WAITING, "started by " + start.who());
      t.lookAgain = true;
      t.begin(
          Goal.BOOT,
          new RoleEffect.Persist(new Change.Standing(Role.WAITING, "")),
          new RoleEffect.ShowReadOnly());
      return "the module is started on both nodes";
    }
    if (input.message() instanceof PeerMessage.TakeOver) {
      t.emit(
          new RoleEffect.Tell(
              new PeerMessage.TakeOverRefused("the module is stopped on this node")));
      return "a stopped node never takes over: the peer is told";
    }
    if (input.message() instanceof PeerMessage.BecomeOutdated) {
      t.eligible = false;
      t.emit(new RoleEffect.Tell(new PeerMessage.OutdatedConfirmed(t.generation)));
      return "a stopped node never takes over: confirmed";
    }
    return "a stopped node ignores this";
  }

  @Override
  public String on(RoleInput.Boot input) {
    if (t.booted) {
      return super.on(input);
    }
    DurableStanding record = input.record();
    t.booted = true;
    t.generation = record.generation();
    t.view = record.view();
    t.alone = record.alone();
    t.dataState = record.dataState();
    bootPaused(record.pausedBy());
    boolean whole =
        record.dataState() == DataState.UP_TO_DATE || record.dataState() == DataState.CONSISTENT;
    t.candidate = t.settings.arbiter() && whole && (record.sameBoot() || record.clean());
    if (record.stopped()) {
      t.stoppedBy = record.stoppedBy();
      t.become(Role.STOPPED, "stopped by " + record.stoppedBy());
      t.begin(Goal.NOTE, new RoleEffect.ShowReadOnly());
      return "the module stays stopped until an operator starts it";
    }
    boolean unsure = record.dataState() == DataState.UP_TO_DATE && !record.alone();
    t.become(Role.WAITING, "waits for the peer since this agent started");
    if (unsure) {
      Plans.boot(t, new RoleEffect.Persist(new Change.Data(DataState.CONSISTENT)));
      return "the peer may have run on: up to date becomes consistent, and contact decides";
    }
    Plans.boot(t);
    return t.holdsNewest()
        ? "this node ran alone: it serves again unless the peer is heard serving"
        : "waits for the peer";
  }

  private void bootPaused(String by) {
    t.pausedBy = by;
    t.pausedKept = by;
    if (!by.isEmpty()) {
      t.emit(new RoleEffect.Hold(true));
      t.tell(
          RoleEffect.Level.WARN,
          "MAINTENANCE by "
              + by
              + " goes on, until `lockstep resume`: nothing is decided by itself.");
    }
  }

  private String refuse(String command, String who, String why) {
    t.tell(RoleEffect.Level.WARN, command + " by " + who + " is refused: " + why + ".");
    return "refused: " + why;
  }
}
