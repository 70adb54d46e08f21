package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.LookAgain;
import io.lockstep.failover.role.RoleEffect.Persist;
import io.lockstep.failover.role.RoleInput.Boot;
import io.lockstep.failover.role.RoleInput.EffectDone;
import io.lockstep.failover.role.RoleInput.EffectFailed;
import io.lockstep.failover.role.RoleInput.Frozen;
import io.lockstep.failover.role.RoleInput.Granted;
import io.lockstep.failover.role.RoleInput.LinkUp;
import io.lockstep.failover.role.RoleInput.PauseDecisions;
import io.lockstep.failover.role.RoleInput.PeerBack;
import io.lockstep.failover.role.RoleInput.PeerHeard;
import io.lockstep.failover.role.RoleInput.Refused;
import io.lockstep.failover.role.RoleInput.ResumeDecisions;
import io.lockstep.failover.role.RoleInput.Settings;
import io.lockstep.failover.role.RoleInput.Tick;
import io.lockstep.failover.role.RoleInput.Unknown;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/**
 * What all roles have in common: bookkeeping, and how steps go on, fail and end. Each method
 * answers why it did what it did.
 */
abstract class RoleRules implements RoleInput.Cases<String> {
  final Turn t;

  RoleRules(Turn turn) {
    this.t = turn;
  }

  /** A heartbeat's content, already noted in the state. */
  abstract String heard(PeerStatus peer);

  /** The arbiter agreed to what this role asked. */
  abstract String granted();

  /** The arbiter did not. */
  abstract String refused(String reason);

  /** Time passed and no step is under way. */
  abstract String tick();

  private void turnBack() {
    if (t.servesYet()) {
      Plans.keepServing(t, t.abort);
    } else {
      Plans.rollBack(t, t.abort, true);
    }
  }

  /** Gives out what can be given out now. */
  final void advance() {
    while (true) {
      boolean mayTurn = t.inFlight == null && !t.exhausted();
      boolean brokeOff = t.abort != null && t.goal == Goal.HAND_OVER;
      boolean backs = t.goal == Goal.ROLL_BACK && t.role == Role.DEMOTING;
      if (mayTurn && (brokeOff || backs) && t.listens()) {
        // the peer may have taken over while this node stood still
        return;
      }
      if (mayTurn && brokeOff) {
        turnBack();
      }
      RoleEffect step = t.nextStep();
      if (step != null) {
        t.emit(step);
        if (step.tracked()) {
          t.inFlight = step;
        }
      } else if (t.exhausted() && t.goal != Goal.NONE) {
        Goal goal = t.goal;
        t.goal = Goal.NONE;
        Outcomes.finished(t, goal);
      } else if (t.booted && !t.busy() && !t.pausedBy.equals(t.pausedKept)) {
        t.begin(Goal.NOTE, new Persist(new Change.Maintenance(t.pausedBy)));
      } else {
        break;
      }
    }
    boolean free = !t.busy() || t.undecided();
    if (free && t.lookAgain && t.linkUp && t.role != Role.STOPPED) {
      t.lookAgain = false;
      t.emit(new LookAgain());
    }
  }

  @Override
  public String on(Boot input) {
    return "ignored: the agent has booted already";
  }

  @Override
  public final String on(Settings input) {
    t.settings = input.settings();
    return "timers that run go on to their end; the next ones are set by the new times";
  }

  @Override
  public final String on(LinkUp input) {
    t.linkUp = true;
    t.lookAgain = true;
    if (t.paused()) {
      t.emit(new RoleEffect.Tell(new PeerMessage.Pause(t.pausedBy)));
    }
    return "the link is up: both nodes compare their records before anything flows";
  }

  @Override
  public final String on(PeerHeard input) {
    t.peer = input.peer();
    t.peerHeardNs = t.now;
    t.presence = Presence.PRESENT;
    return heard(input.peer());
  }

  @Override
  public String on(PeerBack input) {
    t.presence = Presence.PRESENT;
    t.peerHeardNs = t.now;
    return "noted: heartbeats come again";
  }

  @Override
  public String on(Frozen input) {
    t.presence = Presence.UNKNOWN;
    if (t.askAtNs != Long.MAX_VALUE) {
      t.askAtNs = t.now + t.settings.ackTimeoutNs();
      t.asksOutdated = false;
    }
    if (t.listenUntilNs != Long.MAX_VALUE) {
      t.listenUntilNs = t.now + t.settings.listenNs();
    }
    t.blockedSinceNs = t.now;
    t.tell(
        Level.WARN,
        "This node stood still for "
            + input.gapNs() / 1_000_000
            + " ms. All its timers start anew; no data is affected.");
    return "no timer means anything after a freeze: all start anew";
  }

  @Override
  public final String on(Granted input) {
    return t.asking() ? new Answers(t, this).granted(input.view()) : "ignored: nothing was asked";
  }

  @Override
  public final String on(Refused input) {
    return t.asking() ? new Answers(t, this).refused(input.reason()) : "ignored: nothing was asked";
  }

  @Override
  public final String on(Unknown input) {
    return t.asking() ? new Answers(t, this).unknown(input.reason()) : "ignored: nothing was asked";
  }

  @Override
  public final String on(EffectDone input) {
    if (!input.effect().equals(t.inFlight)) {
      return "ignored: this effect is not awaited";
    }
    t.inFlight = null;
    note(input);
    return "done in " + input.millis() + " ms: " + name(input.effect());
  }

  @Override
  public final String on(EffectFailed input) {
    if (!input.effect().equals(t.inFlight)) {
      return "ignored: this effect is not awaited";
    }
    t.inFlight = null;
    if (input.waits()) {
      return Outcomes.applicationWaits(t, input.reason());
    }
    return Outcomes.failed(t, input.effect(), name(input.effect()) + " failed: " + input.reason());
  }

  @Override
  public final String on(RoleInput.Fitness input) {
    return Commands.fitness(t, input);
  }

  @Override
  public final String on(PauseDecisions input) {
    if (!input.told()) {
      t.emit(new RoleEffect.Tell(new PeerMessage.Pause(input.who())));
    }
    if (t.pausedBy.equals(input.who())) {
      return "decisions are paused already";
    }
    t.pausedBy = input.who();
    t.emit(new RoleEffect.Hold(true));
    t.tell(
        Level.WARN,
        "MAINTENANCE by "
            + input.who()
            + ": nothing is taken over, handed over or restarted by itself until `lockstep"
            + " resume`.");
    return "decisions are paused by " + input.who();
  }

  @Override
  public final String on(ResumeDecisions input) {
    if (!input.told()) {
      t.emit(new RoleEffect.Tell(new PeerMessage.Resume(input.who())));
    }
    if (!t.paused()) {
      return "decisions are automatic already";
    }
    t.pausedBy = "";
    t.lookAgain = true;
    t.emit(new RoleEffect.Hold(false));
    t.tell(Level.INFO, "Maintenance ends: " + input.who() + " made decisions automatic again.");
    return "decisions are automatic again";
  }

  @Override
  public String on(RoleInput.MoveWithGroup input) {
    t.groupOrder = input.number();
    return "stays: only who is PRIMARY hands over";
  }

  @Override
  public final String on(RoleInput.MayStart input) {
    t.mayStart = true;
    return "the group lets the application start";
  }

  @Override
  public final String on(Tick input) {
    Commands.forgiveApplication(t);
    if (t.busy()) {
      return whileBusy();
    }
    if (t.now >= t.retryAtNs && t.linkUp) {
      t.retryAtNs = Long.MAX_VALUE;
      t.lookAgain = true;
    }
    if (t.doubt && t.now >= t.settleAtNs && Answers.settle(t)) {
      return "the arbiter's record may hold what was given up: it is put right";
    }
    return tick();
  }

  /**
   * Two nodes in contact that are no pair compare now and then: none waits for the other for ever.
   */
  final void retryLater() {
    if (t.linkUp && t.retryAtNs == Long.MAX_VALUE) {
      t.retryAtNs = t.now + 5 * t.settings.retryNs();
    }
  }

  /** Time passed while steps are under way. */
  String whileBusy() {
    return "steps are under way: " + t.goal;
  }

  /** Keeps what a completed effect means for the state. */
  private void note(EffectDone done) {
    RoleEffect effect = done.effect();
    if (effect instanceof Persist persist) {
      noteChange(persist.change(), done);
    } else if (effect instanceof RoleEffect.StartApplication) {
      t.applicationUp = true;
      t.applicationFailedNs = Long.MAX_VALUE;
      t.switchWhenPaired = false;
    } else if (effect instanceof RoleEffect.StopApplication) {
      t.applicationUp = false;
      t.mayStart = false;
    } else if (effect instanceof RoleEffect.AwaitAcks) {
      t.finalSequence = done.sequence();
    } else if (effect instanceof RoleEffect.AddAddresses && t.goal == Goal.TAKE_OVER) {
      // the application starts now: whoever handed over is not to go back to what was before it
      t.planned = false;
    }
  }

  private void noteChange(Change change, EffectDone done) {
    if (change instanceof Change.BeginGeneration begin) {
      switch (begin.stage()) {
        case INTENT -> t.intended = done.generation();
        case COMMIT -> adopt(t.intended);
        case ALONE -> adopt(done.generation());
      }
    } else if (change instanceof Change.AbandonIntent) {
      t.intended = null;
    } else if (change instanceof Change.Data data) {
      t.dataState = data.dataState();
    } else if (change instanceof Change.Followed followed) {
      t.generation = followed.generation();
      t.dataState = DataState.UP_TO_DATE;
      t.alone = false;
      t.view = t.peer == null ? t.view : Math.max(t.view, t.peer.view());
      // A hand-over of an earlier generation, told on under the new one, would make the peer take
      // over again the moment that it steps down itself.
      t.finalSequence = -1;
    } else if (change instanceof Change.Maintenance maintenance) {
      t.pausedKept = maintenance.by();
    } else if (change instanceof Change.StepDown down) {
      t.dataState = down.dataState();
      t.alone = down.alone();
    } else if (change instanceof Change.DropBranch drop) {
      t.generation = drop.back();
      t.alone = false;
      Answers.dropped(t, drop.back());
    } else if (change instanceof Change.YieldTo) {
      t.alone = false;
      t.split = null;
      t.dataState = DataState.OUTDATED;
    } else if (change instanceof Change.Standing standing && standing.role() == Role.PRIMARY) {
      t.alone = false;
    }
  }

  private void adopt(Generation generation) {
    t.generation = generation;
    t.intended = null;
    t.alone = true;
    t.dataState = DataState.UP_TO_DATE;
    t.finalSequence = -1;
  }

  /** Leaves the comparison for when the steps under way are over. */
  final String later() {
    t.lookAgain = true;
    return "steps are under way (" + t.goal + "): compared again afterwards";
  }

  static String name(RoleEffect effect) {
    return effect instanceof Persist persist
        ? "Persist " + persist.change().getClass().getSimpleName()
        : effect.getClass().getSimpleName();
  }
}
