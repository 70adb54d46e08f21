package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.failover.role.RoleEffect.Event;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.Persist;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;

/**
 * One step in the making: the state to come, changeable, and the effects so far. Lives only during
 * one call of {@link RoleMachine#step}.
 */
final class Turn {
  private static final int HEARTBEATS_AFTER_A_FREEZE = 3;

  final long now;
  final List<RoleEffect> out = new ArrayList<>();
  RoleSettings settings;
  boolean booted;
  Role role;
  DataState dataState;
  Generation generation;
  Generation intended;
  long view;
  boolean alone;
  boolean eligible;
  boolean linkUp;
  PeerStatus peer;
  long peerHeardNs;
  Presence presence;
  Goal goal;
  private List<RoleEffect> rest;
  RoleEffect inFlight;
  boolean staleAnswer;
  boolean planned;
  String abort;
  long finalSequence;
  boolean reintegrating;
  boolean lastRound;
  boolean lookAgain;
  boolean asksOutdated;
  boolean switchWhenPaired;
  boolean serviceDown;
  boolean applicationUp;
  String pausedBy;
  String pausedKept;
  String reason;
  long sinceNs;
  long askAtNs;
  long blockedSinceNs;
  long holdUntilNs;
  long retryAtNs;
  long listenUntilNs;
  String stoppedBy;
  String split;
  boolean candidate;
  boolean doubt;
  long settleAtNs;
  long applicationFailedNs;
  String unfit;
  boolean mayStart;
  long groupOrder;

  Turn(RoleState s, long now) {
    this.now = now;
    this.settings = s.settings();
    this.booted = s.booted();
    this.role = s.role();
    this.dataState = s.dataState();
    this.generation = s.generation();
    this.intended = s.intended();
    this.view = s.view();
    this.alone = s.alone();
    this.eligible = s.eligible();
    this.linkUp = s.linkUp();
    this.peer = s.peer();
    this.peerHeardNs = s.peerHeardNs();
    this.presence = s.presence();
    this.goal = s.goal();
    this.rest = new ArrayList<>(s.rest());
    this.inFlight = s.inFlight();
    this.staleAnswer = s.staleAnswer();
    this.planned = s.planned();
    this.abort = s.abort();
    this.finalSequence = s.finalSequence();
    this.reintegrating = s.reintegrating();
    this.lastRound = s.lastRound();
    this.lookAgain = s.lookAgain();
    this.asksOutdated = s.asksOutdated();
    this.switchWhenPaired = s.switchWhenPaired();
    this.serviceDown = s.serviceDown();
    this.applicationUp = s.applicationUp();
    this.pausedBy = s.pausedBy();
    this.pausedKept = s.pausedKept();
    this.reason = s.reason();
    this.sinceNs = s.sinceNs();
    this.askAtNs = s.askAtNs();
    this.blockedSinceNs = s.blockedSinceNs();
    this.holdUntilNs = s.holdUntilNs();
    this.retryAtNs = s.retryAtNs();
    this.listenUntilNs = s.listenUntilNs();
    this.stoppedBy = s.stoppedBy();
    this.split = s.split();
    this.candidate = s.candidate();
    this.doubt = s.doubt();
    this.settleAtNs = s.settleAtNs();
    this.applicationFailedNs = s.applicationFailedNs();
    this.unfit = s.unfit();
    this.mayStart = s.mayStart();
    this.groupOrder = s.groupOrder();
  }

  RoleState state() {
    return new RoleState(
        settings,
        booted,
        role,
        dataState,
        generation,
        intended,
        view,
        alone,
        eligible,
        linkUp,
        peer,
        peerHeardNs,
        presence,
        goal,
        List.copyOf(rest),
        inFlight,
        staleAnswer,
        planned,
        abort,
        finalSequence,
        reintegrating,
        lastRound,
        lookAgain,
        asksOutdated,
        switchWhenPaired,
        serviceDown,
        applicationUp,
        pausedBy,
        pausedKept,
        reason,
        sinceNs,
        askAtNs,
        blockedSinceNs,
        holdUntilNs,
        retryAtNs,
        listenUntilNs,
        stoppedBy,
        split,
        candidate,
        doubt,
        settleAtNs,
        applicationFailedNs,
        unfit,
        mayStart,
        groupOrder);
  }

  void emit(RoleEffect effect) {
    out.add(effect);
  }

  /**
   * Changes the role; {@code why} is what the operator reads. A return ends with the role that has
   * a part in it: a node that still counted itself in would refuse every later one.
   */
  void become(Role next, String why) {
    if (reintegrating && next != Role.ALONE && next != Role.SECONDARY) {
      Plans.stopReintegration(this);
    }
    if (next != role || !why.equals(reason)) {
      sinceNs = now;
    }
    role = next;
    reason = why;
  }

  /** An event, unless it only repeats the reason that is known already. */
  void tell(Level level, String text) {
    emit(new Event(level, text));
  }

  /** Like {@link #tell}, once for the same reason; the reason is kept. */
  void tellOnce(Level level, String why, String text) {
    if (!why.equals(reason)) {
      tell(level, text);
      become(role, why);
    }
  }

  boolean busy() {
    return goal != Goal.NONE;
  }

  boolean asking() {
    return inFlight instanceof AskArbiter;
  }

  /** Whether a hand-over is under way that has stopped nothing yet: the arbiter is asked first. */
  boolean servesYet() {
    return goal == Goal.HAND_OVER
        && rest.stream().anyMatch(RoleEffect.StopApplication.class::isInstance);
  }

  /** Whether takeovers, switchovers and restarts are left to the operator. */
  boolean paused() {
    return !pausedBy.isEmpty();
  }

  /** As {@link RoleState#undecided}. */
  boolean undecided() {
    return state().undecided();
  }

  /** Replaces the steps under way; an effect in flight is awaited first. */
  void begin(Goal next, RoleEffect... steps) {
    goal = next;
    rest = new ArrayList<>(List.of(steps));
    staleAnswer = asking();
    holdUntilNs = Long.MIN_VALUE;
    abort = null;
  }

  /** Adds a step at the end of those under way. */
  void afterwards(RoleEffect step) {
    rest.add(step);
  }

  /**
   * The copy failed while the service is taken down: what was to be recorded of it when that began
   * would bring it back as good. A StepDown that is past, or under way, is followed by the truth.
   */
  void leaveInconsistent() {
    DataState left = DataState.INCONSISTENT;
    for (int i = 0; i < rest.size(); i++) {
      if (rest.get(i) instanceof Persist p && p.change() instanceof Change.StepDown) {
        rest.set(i, new Persist(new Change.StepDown(false, left, false)));
        return;
      }
    }
    rest.add(0, new Persist(new Change.Data(left, true)));
  }

  /** Puts a step before those not yet given out, to be done as soon as none is in flight. */
  void first(RoleEffect step) {
    rest.add(0, step);
  }

  /** Like {@link #first}, but not before {@code atNs}. */
  void again(RoleEffect step, long atNs) {
    rest.add(0, step);
    holdUntilNs = atNs;
  }

  /** Next step if none is in flight and the machine is not to wait; null otherwise. */
  RoleEffect nextStep() {
    boolean waits = inFlight != null || now < holdUntilNs || rest.isEmpty() || awaitsGroup();
    return waits ? null : rest.remove(0);
  }

  private boolean awaitsGroup() {
    return settings.grouped() && !mayStart && rest.get(0) instanceof RoleEffect.StartApplication;
  }

  boolean exhausted() {
    return inFlight == null && rest.isEmpty();
  }

  /** Whether a step like this has yet to come. */
  boolean stillToCome(RoleEffect step) {
    return rest.contains(step) || step.equals(inFlight);
  }

  /** Whether a step is planned and was not given out. */
  boolean notGivenOutYet(RoleEffect step) {
    return rest.contains(step);
  }

  /**
   * Whether this node ran alone last, so that nobody has a newer copy. Whoever yielded since, or
   * whose copy failed, has the branch still and is not to serve it by itself.
   */
  boolean holdsNewest() {
    return alone && dataState == DataState.UP_TO_DATE;
  }

  /** Whether this node stood still and has not heard anything of the peer since. */
  boolean wokeUp() {
    return presence == Presence.UNKNOWN;
  }

  /**
   * Whether this node stood still and could not have heard of its peer yet: it believes the first
   * heartbeat that answers one of its own, of which one may be lost.
   */
  boolean listens() {
    long heartbeatsNs = HEARTBEATS_AFTER_A_FREEZE * settings.heartbeatNs();
    return wokeUp() && now - blockedSinceNs < heartbeatsNs;
  }

  /** Whether the peer is of another history than this copy; one that was wiped is of none. */
  boolean elsewhere(PeerStatus peer) {
    return !peer.generation().isNone() && !peer.generation().equals(generation);
  }

  /** Whether a heartbeat came just now. */
  boolean peerFresh() {
    return presence == Presence.PRESENT && now - peerHeardNs <= settings.freshNs();
  }

  /** Both nodes compared their records. */
  void met(PeerStatus contact) {
    peer = contact.after(peer);
  }

  /** Whether the peer was asked to take over, has not done so yet, and did not refuse. */
  boolean handedOver() {
    return role == Role.SECONDARY && goal != Goal.TAKE_OVER && finalSequence >= 0;
  }

  /** Whether the last round of a return broke off and it is not clear yet what the peer is. */
  boolean heldAtTheEnd() {
    return lastRound && !reintegrating;
  }

  /** Whether the peer serves, as far as is known. */
  boolean peerServes() {
    return peer != null && peer.role().serves();
  }
}
