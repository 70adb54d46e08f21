package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleEffect.FollowPeer;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.Persist;
import io.lockstep.failover.role.RoleEffect.ShowReadOnly;
import io.lockstep.failover.role.RoleEffect.StartApplication;
import io.lockstep.failover.role.RoleEffect.Tell;
import io.lockstep.replicator.model.DataState;

/** What follows when steps have ended, and when one of them failed. */
final class Outcomes {
  private Outcomes() {}

  /** All steps are done; {@code goal} is what they led to. */
  static void finished(Turn t, Goal goal) {
    switch (goal) {
      case NONE, NOTE -> {}
      case BOOT -> {
        if (t.holdsNewest()) {
          t.listenUntilNs = t.now + t.settings.listenNs();
        }
      }
      case TAKE_OVER -> nowAlone(t, t.planned ? "the peer handed over" : t.reason);
      case GO_ALONE, RENEW -> {
        nowAlone(t, t.reason);
        if (t.serviceDown) {
          Plans.serveAgain(t);
        }
      }
      case RESUME -> resumed(t);
      case FOLLOW -> {
        t.reintegrating = true;
        t.become(Role.SECONDARY, "fetching what it lacks from the peer");
      }
      case ADMIT -> {
        t.reintegrating = false;
        t.lastRound = false;
        t.become(Role.PRIMARY, "the peer is in sync");
        t.tell(Level.INFO, "PROTECTED: the peer is up to date and holds every change first.");
      }
      case HAND_OVER -> handedOver(t);
      case ROLL_BACK -> servesAgain(t);
      case DEMOTE -> {
        t.become(Role.WAITING, t.reason);
        t.lookAgain = true;
        refuseIfPlanned(t);
      }
      case FAIL -> {
        t.become(Role.STOPPED, t.reason);
        t.stoppedBy = t.settings.node() + " (" + t.reason + ")";
        refuseIfPlanned(t);
      }
      case STOP -> {
        t.become(Role.STOPPED, "stopped by " + t.stoppedBy);
        t.emit(new Tell(new PeerMessage.StopModule(t.stoppedBy)));
      }
      case SHUT_DOWN -> t.become(Role.STOPPED, "the agent exits");
    }
  }

  private static void servesAgain(Turn t) {
    t.finalSequence = -1;
    t.serviceDown = false;
    if (t.role == Role.ALONE) {
      return;
    }
    t.askAtNs = Long.MAX_VALUE;
    t.asksOutdated = false;
    if (t.linkUp) {
      t.become(Role.PRIMARY, "the hand-over was rolled back");
    } else {
      Plans.block(t, "the link broke", t.now + t.settings.ackTimeoutNs());
    }
  }

  private static void nowAlone(Turn t, String why) {
    t.planned = false;
    t.asksOutdated = false;
    t.lookAgain = true;
    t.become(Role.ALONE, why);
    t.tell(
        Level.WARN,
        "EXPOSED: this node serves without a secondary ("
            + why
            + "). Every change is tracked, so that only changes travel when the peer returns.");
  }

  private static void resumed(Turn t) {
    if (t.serviceDown) {
      Plans.serveAgain(t);
    } else if (t.role == Role.BLOCKED || t.role == Role.PRIMARY) {
      t.askAtNs = Long.MAX_VALUE;
      t.asksOutdated = false;
      t.become(Role.PRIMARY, "the stream goes on");
      t.tell(Level.INFO, "PROTECTED: the stream to the secondary goes on where it broke.");
    } else {
      t.eligible = true;
      t.retryAtNs = Long.MAX_VALUE;
      t.become(Role.SECONDARY, "the stream goes on");
      t.begin(
          Goal.NOTE,
          new Persist(new Change.Data(DataState.UP_TO_DATE)),
          new Persist(new Change.Standing(Role.SECONDARY, "")));
    }
  }

  private static void handedOver(Turn t) {
    t.eligible = t.dataState == DataState.UP_TO_DATE;
    t.become(t.eligible ? Role.SECONDARY : Role.WAITING, "handed over to the peer");
    boolean fails = t.state().applicationFails();
    t.emit(new Tell(new PeerMessage.TakeOver(t.generation, t.finalSequence, fails)));
    t.begin(Goal.NOTE, new ShowReadOnly(), new FollowPeer());
  }

  private static void refuseIfPlanned(Turn t) {
    if (t.planned) {
      t.planned = false;
      t.emit(new Tell(new PeerMessage.TakeOverRefused(t.reason)));
    }
  }

  /** A step failed; answers why what follows does. */
  static String failed(Turn t, RoleEffect effect, String what) {
    return switch (t.goal) {
      case NONE -> "noted: " + what;
      case BOOT -> {
        Plans.fail(t, "leftovers of the last run could not be cleared away: " + what, t.dataState);
        yield "a node that cannot clear its directories must not go on";
      }
      case TAKE_OVER -> takeOverFailed(t, effect, what);
      case GO_ALONE, RENEW -> {
        Plans.fail(t, "it could not make its right to serve alone durable: " + what, t.dataState);
        yield "without a durable generation nothing may be acknowledged alone";
      }
      case RESUME, FOLLOW -> {
        if (effect instanceof RoleEffect.Quarantine) {
          yield notQuarantined(t, what);
        }
        t.begin(Goal.NONE);
        t.reintegrating = false;
        t.retryAtNs = t.now + t.settings.retryNs();
        if (t.role == Role.SECONDARY) {
          t.become(Role.WAITING, what);
        }
        t.tell(Level.ERROR, "The stream cannot go on: " + what + ". Tried again.");
        yield "the nodes compare again after a while";
      }
      case ADMIT -> {
        Plans.fail(t, "its durable record cannot be written: " + what, t.dataState);
        yield "a node that cannot write its record must not serve";
      }
      case HAND_OVER -> handOverFailed(t, effect, what);
      case ROLL_BACK -> rollBackFailed(t, effect, what);
      case DEMOTE, FAIL, STOP, SHUT_DOWN -> {
        t.tell(Level.ERROR, what + ". The node goes on taking the service down.");
        yield "taking down goes on whatever fails";
      }
      case NOTE -> {
        if (effect instanceof Persist p && p.change() instanceof Change.Maintenance) {
          t.pausedKept = t.pausedBy;
        }
        // the record itself is broken, or else what is to be recorded still is
        if (effect instanceof Persist) {
          t.begin(Goal.NONE);
        }
        t.eligible = false;
        t.tell(Level.ERROR, what + ". This node will not take over before that is mended.");
        yield "a node that cannot keep its record does not take over";
      }
    };
  }

  /** Told once for the same reason, however often it is tried. */
  private static String notQuarantined(Turn t, String what) {
    t.begin(Goal.NONE);
    t.retryAtNs = t.now + 5 * t.settings.retryNs();
    t.tellOnce(
        Level.ERROR,
        what,
        what
            + ". The return of this node does not begin before that is mended; its copy of the"
            + " split is untouched, and the peer serves on alone.");
    return "nothing replaces versions that are not in quarantine: tried again after a while";
  }

  private static String takeOverFailed(Turn t, RoleEffect effect, String what) {
    if (t.role != Role.TAKING_OVER) {
      return abandonTakeOver(t, what);
    }
    if (effect instanceof StartApplication) {
      applicationDown(t, what);
      return "the data is served; the application goes to the other node once that is in sync";
    }
    boolean copy = effect instanceof RoleEffect.DrainJournal;
    boolean unused = effect instanceof RoleEffect.Mount || t.stillToCome(new RoleEffect.Mount());
    boolean inSync = t.eligible || t.candidate;
    Plans.fail(t, what, copy ? DataState.INCONSISTENT : t.dataState);
    t.eligible = t.settings.arbiter() && inSync && !copy;
    if (t.settings.arbiter() && unused) {
      t.afterwards(new RoleEffect.AskArbiter(RoleEffect.Question.WITHDRAW));
    }
    return "the takeover cannot be completed here";
  }

  /**
   * Whoever has begun to step down takes nothing more to replicate, and does not know what of that
   * is in its record: there is nothing left to roll back to.
   */
  private static String handOverFailed(Turn t, RoleEffect effect, String what) {
    if (effect instanceof Persist) {
      t.finalSequence = -1;
      Plans.demote(t, "it could not record that it steps down: " + what, t.dataState);
      return "this node has closed its stream: it cannot serve again, and the peer may take over";
    }
    boolean stopped =
        !(effect instanceof RoleEffect.StopApplication || effect instanceof RoleEffect.Unmount);
    Plans.rollBack(t, what, stopped);
    return "a failed step of a hand-over rolls it back";
  }

  private static String rollBackFailed(Turn t, RoleEffect effect, String what) {
    if (effect instanceof StartApplication) {
      applicationDown(t, what);
      // each try takes the service down for a moment
      t.applicationFailedNs = t.now + t.settings.blockedBoundNs();
      return "the data is served and protected; the application is down";
    }
    if (effect instanceof RoleEffect.AwaitSettled && t.role != Role.ALONE) {
      Plans.blockUnserved(t, what);
      return "what waits is sent again, or released alone, before anything is served again";
    }
    Plans.fail(t, what, t.dataState);
    return "neither the hand-over nor its rolling back worked: the peer may take over";
  }

  static void applicationDown(Turn t, String what) {
    t.applicationUp = false;
    t.applicationFailedNs = t.now;
    t.switchWhenPaired = true;
    t.tell(
        Level.ERROR,
        "The application is DOWN: " + what + ". The data is intact; see the application's log.");
  }

  /**
   * The start was refused because of a checker. Nothing counts against this node once that is good:
   * the peer may hand over to it again.
   */
  static String applicationWaits(Turn t, String what) {
    if (t.applicationUp) {
      return "what it waited for was good before this was told: the application is up";
    }
    t.switchWhenPaired = true;
    t.tell(
        Level.ERROR,
        "The application is DOWN: " + what + ". It starts by itself when that is good.");
    return "the data is served; the application starts when it may, or goes to the other node";
  }

  /** The record will not change by asking again: the nodes compare only after a while. */
  static String refusedTakeOver(Turn t, String reason) {
    String because = abandonTakeOver(t, "the arbiter refused: " + reason);
    t.lookAgain = false;
    return because;
  }

  /** Goes back to what was before an INTENT; the peer, if it waits, is told. */
  static String abandonTakeOver(Turn t, String why) {
    t.tell(Level.WARN, "The takeover is given up: " + why + ". No data was changed.");
    if (t.planned) {
      t.planned = false;
      t.emit(new Tell(new PeerMessage.TakeOverRefused(why)));
    }
    t.retryAtNs = t.now + t.settings.retryNs();
    t.begin(Goal.NOTE, new Persist(new Change.AbandonIntent()), new FollowPeer());
    t.lookAgain = true;
    return "takeover given up: " + why;
  }
}
