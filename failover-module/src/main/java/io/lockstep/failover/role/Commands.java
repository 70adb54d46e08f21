package io.lockstep.failover.role;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.LookAgain;
import io.lockstep.failover.role.RoleEffect.Persist;
import io.lockstep.failover.role.RoleEffect.Tell;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/** What operators and the peer ask for, where several roles answer alike. */
final class Commands {
  /** After an hour a node on which the application failed is worth a try again. */
  private static final long FORGIVEN_AFTER_NS = 3_600_000_000_000L;

  private Commands() {}

  static String refuse(Turn t, String command, String who, String why) {
    t.tell(Level.WARN, command + " by " + who + " is refused: " + why + ".");
    return "refused: " + why;
  }

  static String forceStart(Turn t, String who) {
    t.tell(
        Level.WARN,
        who
            + " forces this node to serve its "
            + t.dataState
            + " copy. What the peer acknowledged and this node does not hold is missing from it.");
    t.stoppedBy = "";
    t.applicationFailedNs = Long.MAX_VALUE;
    Plans.takeOver(t, "forced by " + who, -1, false, true);
    // or a node that dies while it serves would be stopped again when it starts
    t.first(new Persist(new Change.Standing(Role.WAITING, "")));
    return "forced by " + who;
  }

  /** Why the peer cannot take over in good order now; null if it can. */
  static String handOverHindrance(Turn t) {
    return t.state().handOverHindrance();
  }

  static String switchover(Turn t, RoleInput.Switchover input) {
    if (input.target().equals(t.settings.node())) {
      return refuse(t, "Switchover", input.who(), "this node serves already");
    }
    if (t.settings.grouped()) {
      t.emit(new RoleEffect.AskGroup(input.who()));
      return "all of its group moves, or none of it: the group is asked";
    }
    String hindrance = handOverHindrance(t);
    if (hindrance != null) {
      return refuse(t, "Switchover", input.who(), hindrance);
    }
    t.applicationFailedNs = Long.MAX_VALUE;
    Plans.handOver(t, "switchover by " + input.who(), t.dataState);
    return "switchover by " + input.who();
  }

  /** At a node that serves: the module goes with its group, which has looked that all can. */
  static String moveWithGroup(Turn t, RoleInput.MoveWithGroup input) {
    String hindrance = handOverHindrance(t);
    if (hindrance != null) {
      return refuse(t, "The move", "the group", hindrance);
    }
    if (input.byOperator()) {
      t.applicationFailedNs = Long.MAX_VALUE;
    }
    t.switchWhenPaired = false;
    Plans.handOver(t, input.why(), t.dataState);
    return "goes with its group: " + input.why();
  }

  /** At a node that does not serve: the one that does is asked. */
  static String switchoverElsewhere(Turn t, RoleInput.Switchover input) {
    if (input.target().equals(t.settings.peer())) {
      return refuse(t, "Switchover", input.who(), "the peer serves already, or this node cannot");
    }
    if (t.role != Role.SECONDARY || !t.eligible || !t.linkUp) {
      return refuse(t, "Switchover", input.who(), "this node is not in sync with a serving peer");
    }
    t.emit(new Tell(new PeerMessage.SwitchOver(input.who())));
    return "the serving node is asked to hand over";
  }

  static String applicationFailed(Turn t, RoleInput.ApplicationFailed input) {
    if (input.runsOn()) {
      return preferPeer(t, input.reason());
    }
    t.applicationUp = false;
    t.applicationFailedNs = t.now;
    if (!input.switchOver()) {
      String why = "the application failed: " + input.reason();
      Plans.retire(t, Goal.STOP, t.settings.node() + " (" + why + ")", why);
      return "the budget of restarts is spent, and then it is to stop";
    }
    if (mayHandOverApplication(t)) {
      Plans.handOver(t, "the application failed: " + input.reason(), t.dataState);
      return "the budget of restarts is spent: the other node tries";
    }
    Outcomes.applicationDown(t, input.reason());
    return "the other node cannot take over yet: the data is served, the application is down";
  }

  /**
   * Each hand-over counts as a failure here, so that the peer does not hand back at once. One that
   * was rolled back is not tried again at once either: each try takes the service down.
   */
  private static String preferPeer(Turn t, String reason) {
    long before = t.applicationFailedNs;
    t.applicationFailedNs = before == Long.MAX_VALUE ? t.now : before;
    boolean calm = t.now - t.sinceNs >= t.settings.blockedBoundNs();
    if (t.applicationUp && calm && mayHandOverApplication(t)) {
      Plans.handOver(t, "the application is better off there: " + reason, t.dataState);
      return "the other node is the better one";
    }
    t.applicationFailedNs = before;
    return "the other node would be better, and cannot take over now: the application goes on here";
  }

  /** Whether the application may run on this node; where it may not, the peer is better. */
  static String fitness(Turn t, RoleInput.Fitness input) {
    boolean serves = t.role.serves() || t.servesYet() || t.goal == Goal.ROLL_BACK;
    t.unfit = input.unfit();
    if (t.unfit.isEmpty()) {
      if (input.up() && serves) {
        t.applicationUp = true;
        t.applicationFailedNs = Long.MAX_VALUE;
        t.switchWhenPaired = false;
        t.tell(Level.INFO, "The application is up again: what it waited for is good.");
      }
      return "this node may run the application";
    }
    if (!serves || !t.applicationUp) {
      return "this node may not run the application: nobody hands over to it";
    }
    t.applicationUp = false;
    t.switchWhenPaired = true;
    t.tell(
        Level.ERROR,
        "The application is DOWN: " + t.unfit + ". It starts again when that is good.");
    return "the application waits; the other node takes over if it can";
  }

  /** Whether the application, which fails here, may go to the peer now. */
  static boolean mayHandOverApplication(Turn t) {
    boolean unfit = !t.unfit.isEmpty() && t.applicationFailedNs == Long.MAX_VALUE;
    return t.role == Role.PRIMARY
        && !t.settings.grouped()
        && !t.paused()
        && (unfit || t.now >= t.applicationFailedNs)
        && handOverHindrance(t) == null
        && !t.peer.applicationFails();
  }

  /**
   * Whether the module may go back to the peer, its preferred node, by itself: the pair has been in
   * sync long enough, with nothing to disturb it, and the application did not fail there.
   */
  static boolean mayFailBack(Turn t) {
    return t.now - t.sinceNs >= t.settings.failbackNs()
        && !t.settings.grouped()
        && !t.paused()
        && handOverHindrance(t) == null
        && !t.peer.applicationFails();
  }

  /** What failed long ago counts no more against this node. */
  static void forgiveApplication(Turn t) {
    if (t.applicationFailedNs != Long.MAX_VALUE
        && t.now - t.applicationFailedNs > FORGIVEN_AFTER_NS) {
      t.applicationFailedNs = Long.MAX_VALUE;
    }
  }

  static String copyFailed(Turn t, String reason) {
    t.eligible = false;
    t.candidate = false;
    if (t.reintegrating) {
      Plans.stopReintegration(t);
    }
    String why = "this node's copy failed: " + reason;
    t.tell(Level.ERROR, "OUTDATED: " + why + ". The peer serves on; mend it, then resync.");
    DataState left =
        t.dataState == DataState.INCONSISTENT ? DataState.INCONSISTENT : DataState.OUTDATED;
    if (t.goal == Goal.TAKE_OVER) {
      Outcomes.abandonTakeOver(t, why);
    }
    t.become(Role.WAITING, why);
    t.retryAtNs = t.now + 5 * t.settings.retryNs();
    t.begin(
        Goal.NOTE,
        new Persist(new Change.AbandonIntent()),
        new Persist(new Change.Data(left, true)),
        new Tell(new PeerMessage.OutdatedConfirmed(t.generation)));
    return "a failed copy says so, durably, and does not take over";
  }

  /**
   * The peer, blocked in {@code generation}, asks for this node's word, which stands in for an
   * arbiter out of reach. None is given while the arbiter's record may name this node: the peer
   * would run alone upon it and be refused later. Nor is one from a branch of this node's own,
   * which the arbiter may have granted.
   */
  static String consent(Turn t, Generation generation, String why) {
    if (!t.settings.arbiter()) {
      return becomeOutdated(t, why);
    }
    if (t.doubt || t.asking()) {
      return "gives no word: the arbiter's record may name this node";
    }
    return generation.equals(t.generation)
        ? becomeOutdated(t, why)
        : "gives no word: the peer asks in another history, and contact decides";
  }

  static String becomeOutdated(Turn t, String why) {
    t.eligible = false;
    t.candidate = false;
    DataState left =
        t.dataState == DataState.INCONSISTENT ? DataState.INCONSISTENT : DataState.OUTDATED;
    if (t.dataState == left && t.role == Role.WAITING) {
      t.emit(new Tell(new PeerMessage.OutdatedConfirmed(t.generation)));
      return "OUTDATED already: confirmed";
    }
    t.become(Role.WAITING, why);
    t.lookAgain = true;
    t.tell(Level.WARN, "OUTDATED: " + why + ". This node will not take over before it caught up.");
    t.begin(
        Goal.NOTE,
        new Persist(new Change.AbandonIntent()),
        new Persist(new Change.Data(left)),
        new Tell(new PeerMessage.OutdatedConfirmed(t.generation)));
    return why + ": OUTDATED is made durable before it is confirmed";
  }

  static String takeOverPlanned(Turn t, Generation generation, long finalSequence) {
    if (t.goal == Goal.TAKE_OVER) {
      return "a takeover is under way";
    }
    if (t.role == Role.SECONDARY && t.retryAtNs != Long.MAX_VALUE && t.now < t.retryAtNs) {
      // the peer serves again, or is about to: the same hand-over comes by message and by heartbeat
      return "one just given up was refused";
    }
    if (!t.eligible || !generation.equals(t.generation)) {
      t.emit(new Tell(new PeerMessage.TakeOverRefused("its copy is not in sync")));
      return "not in sync: the peer is told to serve again";
    }
    Plans.takeOver(t, "the peer handed over", finalSequence, true, false);
    return "the peer stepped down at " + finalSequence;
  }

  static String splitKeep(Turn t, RoleInput.SplitKeep input) {
    if (t.split == null || t.peer == null) {
      return refuse(t, "The decision", input.who(), "there is no split");
    }
    if (input.node().equals(t.settings.node())) {
      t.split = null;
      t.tell(
          Level.WARN,
          input.who() + " keeps this node's history; the peer's differing files are quarantined.");
      t.emit(new Tell(new PeerMessage.Yield(t.generation)));
      return "this node's history stays: the peer is told to yield";
    }
    if (!input.node().equals(t.settings.peer())) {
      return refuse(t, "The decision", input.who(), "no node is named " + input.node());
    }
    return yieldTo(t, t.peer.generation(), input.who());
  }

  static String yieldTo(Turn t, Generation keeps, String who) {
    t.tell(
        Level.WARN,
        "The peer's history is kept ("
            + who
            + "). What only this node acknowledged is quarantined before the peer's files come.");
    Persist yield = new Persist(new Change.YieldTo(keeps));
    if (t.role == Role.DEMOTING) {
      // the operator decides at both nodes: what is under way goes on to its end
      if (!t.stillToCome(yield)) {
        t.afterwards(yield);
      }
    } else if (t.role.serves()) {
      Plans.demote(t, "its branch of the split yields", DataState.OUTDATED);
      t.afterwards(yield);
    } else {
      t.eligible = false;
      t.candidate = false;
      t.lookAgain = true;
      t.begin(Goal.NOTE, yield);
    }
    return "this branch yields, durably; its files are quarantined";
  }

  static String resync(Turn t, String who) {
    if (!t.linkUp || !t.peerServes()) {
      return refuse(t, "Resync", who, "no serving peer is in reach");
    }
    if (t.busy() || t.reintegrating) {
      return refuse(t, "Resync", who, "steps are under way: " + t.reason);
    }
    t.eligible = false;
    t.candidate = false;
    t.become(Role.WAITING, "full verify ordered by " + who);
    t.tell(Level.INFO, who + " orders a full verify of this node's copy against the peer's.");
    t.lookAgain = true;
    // not yet INCONSISTENT: until the source begins this may be the only copy with everything
    DataState left =
        t.dataState == DataState.INCONSISTENT ? DataState.INCONSISTENT : DataState.OUTDATED;
    t.begin(Goal.NOTE, new Persist(new Change.Data(left, true)));
    return "this copy counts as doubtful: contact makes the peer its source";
  }

  /** The peer's message at a node that does not serve. */
  static String idleMessage(Turn t, PeerMessage message) {
    if (message instanceof PeerMessage.BecomeOutdated ask) {
      return consent(t, ask.generation(), "the peer is about to run on without this node");
    }
    if (message instanceof PeerMessage.TakeOver ask) {
      t.peer = t.peer == null ? null : t.peer.withApplicationFails(ask.applicationFails());
      return takeOverPlanned(t, ask.generation(), ask.finalSequence());
    }
    if (message instanceof PeerMessage.TakeOverRefused refused) {
      if (t.role == Role.WAITING && t.candidate && !t.busy() && !t.paused()) {
        Plans.takeOver(t, "the arbiter does not let the peer serve", -1, false, false);
        return "the peer was refused, and this copy was in sync: the arbiter is asked";
      }
      if (t.finalSequence < 0 || !t.eligible) {
        return "ignored: this node did not hand over";
      }
      Plans.takeOver(t, "the peer could not take over: " + refused.reason(), -1, false, false);
      return "the hand-over is rolled back: " + refused.reason();
    }
    if (message instanceof PeerMessage.StopModule stop) {
      Plans.retire(t, Goal.STOP, stop.who(), "stopped by " + stop.who());
      return "the module is stopped on both nodes";
    }
    if (message instanceof PeerMessage.Yield ask) {
      return yieldTo(t, ask.keeps(), "decided at the peer");
    }
    if (message instanceof PeerMessage.StartModule) {
      t.emit(new LookAgain());
      return "started already: compare again";
    }
    return "noted: " + message.getClass().getSimpleName();
  }

  /** The peer's message at a node that serves, or is about to, or ceases to. */
  static String servingMessage(Turn t, PeerMessage message) {
    if (message instanceof PeerMessage.SwitchOver ask && t.role == Role.PRIMARY) {
      return switchover(t, new RoleInput.Switchover("", ask.who()));
    }
    if (message instanceof PeerMessage.StopModule stop && t.goal != Goal.STOP) {
      Plans.retire(t, Goal.STOP, stop.who(), "stopped by " + stop.who());
      return "the module is stopped on both nodes";
    }
    if (message instanceof PeerMessage.Yield ask && t.split != null) {
      return yieldTo(t, ask.keeps(), "decided at the peer");
    }
    if (message instanceof PeerMessage.TakeOver) {
      return "ignored: this node serves already";
    }
    if (message instanceof PeerMessage.OutdatedConfirmed && t.role == Role.PRIMARY) {
      Plans.block(t, "the peer's copy failed", t.now);
      return "the peer holds no more changes: ask to run alone";
    }
    return "noted: " + message.getClass().getSimpleName();
  }

  /** A heartbeat at a node that is primary, blocked or not. */
  static String heardWhilePaired(Turn t, PeerStatus peer) {
    boolean serves =
        peer.role() == Role.ALONE || peer.role() == Role.PRIMARY || peer.role() == Role.TAKING_OVER;
    if (!serves) {
      return "noted: the peer is " + peer.role();
    }
    if (t.settings.arbiter() && peer.view() < t.view) {
      return "noted: the peer acts in view " + peer.view() + ", which is over";
    }
    boolean newer = peer.view() > t.view;
    if (peer.generation().equals(t.generation) && peer.role() != Role.TAKING_OVER && !newer) {
      t.split = "both nodes claim to be primary in generation " + t.generation;
      Plans.demote(t, t.split, t.dataState);
      return "both claim to be primary: both stop";
    }
    Plans.demote(t, "the peer took over", DataState.OUTDATED);
    return "the peer serves a newer generation: this one is over";
  }

  /** What a split means for the operator; {@code undecided} where the policy does not act here. */
  static String split(Turn t, ContactVerdict.Split verdict, String undecided) {
    boolean decides = verdict.keeps() != null && !t.paused();
    if (t.split == null) {
      t.tell(
          Level.ERROR,
          "SPLIT: both nodes acknowledged changes on their own ("
              + verdict.why()
              + "). Neither copy is touched. "
              + (decides ? "split.policy decides." : "Decide with: lockstep split keep NODE."));
    }
    t.split = verdict.why();
    if (!decides) {
      return undecided;
    }
    return verdict.keeps() == Side.PEER
        ? yieldTo(t, t.peer.generation(), "by split.policy")
        : "split.policy keeps this node's history: the peer is about to yield";
  }

  /** Starts the source's part, by its extent. */
  static String supply(Turn t, Extent extent, String why) {
    Plans.supply(t, extent, why);
    return "source of the return: " + why;
  }
}
