package io.lockstep.failover.role;

import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.role.Change.BeginGeneration;
import io.lockstep.failover.role.Change.Stage;
import io.lockstep.failover.role.RoleEffect.AddAddresses;
import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.failover.role.RoleEffect.AwaitAcks;
import io.lockstep.failover.role.RoleEffect.AwaitSettled;
import io.lockstep.failover.role.RoleEffect.DrainJournal;
import io.lockstep.failover.role.RoleEffect.FailWaiting;
import io.lockstep.failover.role.RoleEffect.FenceStream;
import io.lockstep.failover.role.RoleEffect.FollowPeer;
import io.lockstep.failover.role.RoleEffect.ForceJournal;
import io.lockstep.failover.role.RoleEffect.Goodbye;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.Mount;
import io.lockstep.failover.role.RoleEffect.Persist;
import io.lockstep.failover.role.RoleEffect.Quarantine;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleEffect.Reintegrate;
import io.lockstep.failover.role.RoleEffect.ReleaseWaiting;
import io.lockstep.failover.role.RoleEffect.RemoveAddresses;
import io.lockstep.failover.role.RoleEffect.ResumeStream;
import io.lockstep.failover.role.RoleEffect.ShowReadOnly;
import io.lockstep.failover.role.RoleEffect.ShutdownComplete;
import io.lockstep.failover.role.RoleEffect.StartApplication;
import io.lockstep.failover.role.RoleEffect.StopApplication;
import io.lockstep.failover.role.RoleEffect.StopReintegration;
import io.lockstep.failover.role.RoleEffect.TrackAlone;
import io.lockstep.failover.role.RoleEffect.Unmount;
import io.lockstep.replicator.model.DataState;
import java.util.ArrayList;
import java.util.List;

/** The lists of steps of which every change of role is made; the orders are PROTOCOL §4 and §8. */
final class Plans {
  static final Persist RUN_ALONE = new Persist(new BeginGeneration(Stage.ALONE, false));

  private Plans() {}

  static void boot(Turn t, RoleEffect... then) {
    List<RoleEffect> steps =
        new ArrayList<>(List.of(new RemoveAddresses(), new StopApplication(true), new Unmount()));
    steps.addAll(List.of(then));
    steps.add(new ShowReadOnly());
    t.begin(Goal.BOOT, steps.toArray(RoleEffect[]::new));
  }

  /** Fence, force, intent, arbiter, commit, drain, mount, address, application. */
  static void takeOver(Turn t, String why, long finalSequence, boolean planned, boolean forced) {
    t.tell(Level.WARN, "Taking over: " + why + ".");
    if (t.reintegrating) {
      stopReintegration(t);
    }
    t.planned = planned;
    t.mayStart = false;
    t.retryAtNs = Long.MAX_VALUE;
    t.listenUntilNs = Long.MAX_VALUE;
    t.become(t.role, why);
    t.begin(
        Goal.TAKE_OVER,
        new FenceStream(finalSequence),
        new ForceJournal(),
        new Persist(new BeginGeneration(Stage.INTENT, forced)),
        new AskArbiter(forced ? Question.FORCE : Question.TAKE_OVER),
        new Persist(new BeginGeneration(Stage.COMMIT, forced)),
        new DrainJournal(),
        new TrackAlone(),
        new Mount(),
        new AddAddresses(),
        new StartApplication());
  }

  /** A primary that waits for nothing but its peer. */
  static void block(Turn t, String why, long askAtNs) {
    t.become(Role.BLOCKED, why);
    t.blockedSinceNs = t.now;
    t.askAtNs = askAtNs;
    t.asksOutdated = false;
    t.tell(
        Level.WARN,
        "Lost the secondary ("
            + why
            + "). Writes wait; none is acknowledged without the peer until this node may run"
            + " alone.");
  }

  static void goAlone(Turn t, String why) {
    t.become(t.role, why);
    // with an arbiter the peer's word is asked for on and on: it stands in for an arbiter out of
    // reach
    t.asksOutdated = t.asksOutdated && t.settings.arbiter();
    t.askAtNs = Long.MAX_VALUE;
    t.begin(
        Goal.GO_ALONE,
        new AskArbiter(Question.ALONE),
        RUN_ALONE,
        new TrackAlone(),
        new ReleaseWaiting());
  }

  /** The peer may have been in sync: nothing more in this generation without it. */
  static void renew(Turn t) {
    stopReintegration(t);
    t.blockedSinceNs = t.now;
    t.begin(
        Goal.RENEW,
        new AskArbiter(Question.ALONE),
        RUN_ALONE,
        new TrackAlone(),
        new ReleaseWaiting());
  }

  /** Neither on with the return nor alone, until the peer is heard or silent. */
  static void holdAtTheEnd(Turn t) {
    stopReintegration(t);
    t.lastRound = true;
    t.blockedSinceNs = t.now;
    t.begin(Goal.NONE);
  }

  static void resume(Turn t) {
    t.begin(Goal.RESUME, new ResumeStream());
  }

  static void resumeAsSecondary(Turn t) {
    t.begin(Goal.RESUME, new FollowPeer(), new ResumeStream());
  }

  /**
   * To become the target of a return. The losing side of a split keeps its copy whole, and its
   * record says so, until its versions are in quarantine: a return that cannot begin costs nothing.
   */
  static void follow(Turn t, Extent extent, String why) {
    t.eligible = false;
    t.candidate = false;
    t.retryAtNs = Long.MAX_VALUE;
    t.tell(Level.INFO, "Fetching what this node lacks from the peer: " + why + ".");
    Persist mixed = new Persist(new Change.Data(DataState.INCONSISTENT));
    Reintegrate fetch = new Reintegrate(false, extent);
    if (extent == Extent.SPLIT) {
      t.begin(Goal.FOLLOW, new FollowPeer(), new Quarantine(), mixed, fetch);
    } else {
      t.begin(Goal.FOLLOW, mixed, new FollowPeer(), fetch);
    }
  }

  /**
   * In the last round of a return already, operations wait for a peer that begins anew and will not
   * acknowledge them, though it may have counted itself in sync: they are released in a new
   * generation first, after which the nodes compare again.
   */
  static void supply(Turn t, Extent extent, String why) {
    if (t.lastRound) {
      renew(t);
      return;
    }
    if (t.reintegrating) {
      t.emit(new StopReintegration());
    }
    t.reintegrating = true;
    t.lastRound = false;
    t.retryAtNs = Long.MAX_VALUE;
    t.tell(Level.INFO, "Bringing the peer up to date: " + why + ".");
    t.emit(new Reintegrate(true, extent));
  }

  static void stopReintegration(Turn t) {
    t.reintegrating = false;
    t.lastRound = false;
    t.emit(new StopReintegration());
  }

  /** The application first, so that it ends in order and with its files still there. */
  static void handOver(Turn t, String why, DataState left) {
    t.become(Role.DEMOTING, why);
    t.tell(Level.INFO, "Handing over to the peer: " + why + ".");
    List<RoleEffect> steps = new ArrayList<>();
    if (t.settings.arbiter() && left == DataState.UP_TO_DATE) {
      // nothing is stopped for a takeover that could not follow
      steps.add(new AskArbiter(Question.PROBE));
    }
    steps.add(new StopApplication(false));
    steps.add(new RemoveAddresses());
    steps.add(new Unmount());
    steps.add(new AwaitAcks());
    steps.add(new Persist(new Change.StepDown(true, left, false)));
    t.begin(Goal.HAND_OVER, steps.toArray(RoleEffect[]::new));
  }

  /**
   * A hand-over that has stopped nothing yet is given up: all is as it was, but for what failed in
   * the meantime. An application that is down goes to the peer later, and not at once; a copy that
   * failed is served no more.
   */
  static void keepServing(Turn t, String why) {
    if (t.dataState == DataState.INCONSISTENT) {
      demote(t, "its own copy failed, and the hand-over is given up: " + why, t.dataState);
      return;
    }
    String lost = t.abort;
    t.begin(Goal.NONE);
    t.become(Role.PRIMARY, why);
    if (!t.applicationUp) {
      t.switchWhenPaired = true;
      t.applicationFailedNs = t.now + t.settings.blockedBoundNs();
    }
    if (lost != null) {
      block(t, lost, t.now + t.settings.ackTimeoutNs());
    }
  }

  /**
   * To serve again; not from a copy that failed, for which the peer has to take over by itself.
   *
   * @param stopped whether the application is stopped and its mount may go: what it left waiting
   *     for the peer must not take effect under what is started next
   */
  static void rollBack(Turn t, String why, boolean stopped) {
    if (t.dataState == DataState.INCONSISTENT) {
      demote(t, "its own copy failed, and the hand-over broke off: " + why, t.dataState);
      return;
    }
    t.finalSequence = -1;
    t.become(Role.DEMOTING, why);
    t.tell(
        Level.ERROR,
        "The hand-over is rolled back: " + why + ". This node serves again; no data is affected.");
    if (stopped) {
      serveAgain(t, new Unmount());
    } else {
      t.begin(Goal.ROLL_BACK, new Mount(), new AddAddresses(), new StartApplication());
    }
  }

  /** Nothing of the last time takes effect once the application sees the files again. */
  static void serveAgain(Turn t, RoleEffect... first) {
    List<RoleEffect> steps = new ArrayList<>(List.of(first));
    steps.add(new AwaitSettled());
    steps.add(new Mount());
    steps.add(new AddAddresses());
    steps.add(new StartApplication());
    t.begin(Goal.ROLL_BACK, steps.toArray(RoleEffect[]::new));
  }

  /**
   * A hand-over broke off while operations wait for the peer: they are sent again when it is back,
   * or released when this node may run alone, and only then it serves again.
   */
  static void blockUnserved(Turn t, String why) {
    t.begin(Goal.NONE);
    t.serviceDown = true;
    if (t.role != Role.BLOCKED) {
      boolean gone = t.presence == Presence.SILENT || t.presence == Presence.GONE;
      block(t, why, gone ? t.now : t.now + t.settings.ackTimeoutNs());
    }
  }

  /** The address first: another node serves, or will. */
  static void demote(Turn t, String why, DataState left) {
    takeDown(t, Goal.DEMOTE, why, left);
    t.tell(Level.ERROR, "This node stops serving: " + why + ".");
  }

  /**
   * Neither the peer nor the arbiter answers: what waits gets an error and the service goes down,
   * but this copy holds everything acknowledged, so that the node serves again, by itself, once
   * either returns. It stays eligible as long as this process lives: a peer that had taken over by
   * fencing would have ended it.
   */
  static void fenceSelf(Turn t) {
    demote(t, "neither the peer nor the arbiter answers", t.dataState);
    t.candidate = t.settings.arbiter() && t.dataState == DataState.UP_TO_DATE;
    t.eligible = t.candidate;
  }

  static void fail(Turn t, String why, DataState left) {
    takeDown(t, Goal.FAIL, why, left);
    t.tell(
        Level.ERROR, "This node stops serving: " + why + ". It needs an operator to start again.");
  }

  private static void takeDown(Turn t, Goal goal, String why, DataState left) {
    if (t.reintegrating || t.lastRound) {
      stopReintegration(t);
    }
    t.become(Role.DEMOTING, why);
    t.serviceDown = false;
    t.eligible = false;
    t.candidate = false;
    t.asksOutdated = false;
    t.begin(
        goal,
        new FailWaiting(why),
        new RemoveAddresses(),
        new StopApplication(true),
        new Unmount(),
        new Persist(new Change.StepDown(false, left, false)),
        new ShowReadOnly());
  }

  /** Down in good order, for an operator ({@code who}) or for the agent's exit. */
  static void retire(Turn t, Goal goal, String who, String why) {
    boolean paired = t.role == Role.PRIMARY;
    boolean served = paired || t.role == Role.ALONE && !t.heldAtTheEnd();
    if (t.reintegrating || t.lastRound) {
      stopReintegration(t);
    }
    List<RoleEffect> steps = new ArrayList<>();
    if (t.role.serves() || t.role == Role.DEMOTING) {
      if (!served) {
        steps.add(new FailWaiting(why));
      }
      steps.add(new StopApplication(false));
      steps.add(new RemoveAddresses());
      steps.add(new Unmount());
      if (paired) {
        steps.add(new AwaitAcks());
      }
    } else {
      steps.add(new ForceJournal());
    }
    steps.add(
        new Persist(new Change.StepDown(served || t.role == Role.SECONDARY, t.dataState, t.alone)));
    if (goal == Goal.STOP) {
      steps.add(new Persist(new Change.Standing(Role.STOPPED, who)));
      steps.add(new ShowReadOnly());
      t.stoppedBy = who;
    } else {
      steps.add(new Goodbye(served || t.role == Role.SECONDARY));
      steps.add(new ShutdownComplete());
    }
    t.become(Role.DEMOTING, why);
    t.serviceDown = false;
    t.tell(Level.INFO, "Stopping: " + why + ".");
    t.begin(goal, steps.toArray(RoleEffect[]::new));
  }
}
