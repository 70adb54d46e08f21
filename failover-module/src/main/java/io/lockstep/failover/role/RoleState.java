package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.List;

/**
 * Everything that a role machine knows: immutable, replaced at every step.
 *
 * @param booted whether Boot has come
 * @param dataState as the durable record has it, or worse
 * @param intended generation of an INTENT not yet committed; null otherwise
 * @param alone whether the durable record counts this node as the one that ran alone
 * @param eligible whether this running node may take over: it was in sync, and nothing told it that
 *     the peer went on without it
 * @param peer what was last heard of the peer; null before
 * @param peerHeardNs when
 * @param presence what the heartbeats say
 * @param goal what the steps under way lead to
 * @param rest steps not yet given out
 * @param inFlight tracked effect given out and not yet answered; null otherwise
 * @param staleAnswer whether the answer awaited of the arbiter is to a question no longer of use
 * @param planned whether the peer handed over, and waits for success or refusal
 * @param abort why the hand-over under way is to be rolled back; null otherwise
 * @param finalSequence at which this node handed over; -1 when it did not
 * @param reintegrating whether a reintegration runs, as source or target
 * @param lastRound whether the peer may call itself UP_TO_DATE before this node knows
 * @param lookAgain whether the nodes are to compare again when the steps under way are over
 * @param asksOutdated whether this node, blocked, asks the peer to become OUTDATED
 * @param switchWhenPaired whether to hand over as soon as the peer is in sync: the application
 *     fails here
 * @param serviceDown whether this node, which serves by its role, has its service down since a
 *     hand-over broke off while operations waited for the peer: it comes up when they have ended,
 *     with the peer or without it
 * @param applicationUp whether the application was started here and not stopped since
 * @param pausedBy who left takeovers, switchovers and restarts to the operator; empty when they are
 *     automatic
 * @param pausedKept the same as the durable record has it
 * @param reason why the module is as it is, for the operator
 * @param sinceNs since when the role and reason hold
 * @param askAtNs when a blocked node stops waiting for the peer
 * @param blockedSinceNs when it was blocked
 * @param holdUntilNs before which no further step is given out
 * @param retryAtNs when to compare again; {@link Long#MAX_VALUE} for never
 * @param listenUntilNs when a node that ran alone serves again; {@link Long#MAX_VALUE} for never
 * @param stoppedBy who stopped the module; empty otherwise
 * @param split what the split is; null when there is none
 * @param candidate whether this node, WAITING, may ask the arbiter for the right to serve: its copy
 *     holds everything acknowledged in its generation, unless the record says that the peer ran on
 * @param doubt whether the arbiter may have changed its record for a question that was given up or
 *     never answered
 * @param settleAtNs when to ask again about that
 * @param applicationFailedNs when the application last failed here beyond its budget, or did not
 *     start; later, when a hand-over because of that broke off and is to be tried again; {@link
 *     Long#MAX_VALUE} when it was started since, an operator saw to it, or it is long ago
 * @param unfit why this node may not run the application now; empty if it may
 * @param mayStart whether the module's group let the application start since it was stopped
 * @param groupOrder number of the last {@link RoleInput.MoveWithGroup} that was decided on
 */
public record RoleState(
    RoleSettings settings,
    boolean booted,
    Role role,
    DataState dataState,
    Generation generation,
    Generation intended,
    long view,
    boolean alone,
    boolean eligible,
    boolean linkUp,
    PeerStatus peer,
    long peerHeardNs,
    Presence presence,
    Goal goal,
    List<RoleEffect> rest,
    RoleEffect inFlight,
    boolean staleAnswer,
    boolean planned,
    String abort,
    long finalSequence,
    boolean reintegrating,
    boolean lastRound,
    boolean lookAgain,
    boolean asksOutdated,
    boolean switchWhenPaired,
    boolean serviceDown,
    boolean applicationUp,
    String pausedBy,
    String pausedKept,
    String reason,
    long sinceNs,
    long askAtNs,
    long blockedSinceNs,
    long holdUntilNs,
    long retryAtNs,
    long listenUntilNs,
    String stoppedBy,
    String split,
    boolean candidate,
    boolean doubt,
    long settleAtNs,
    long applicationFailedNs,
    String unfit,
    boolean mayStart,
    long groupOrder) {

  /**
   * Whether the only other node that could serve has made durable, in this very generation and
   * since this node was blocked, that it will not take over.
   */
  public boolean peerConsents() {
    return peer != null
        && peerHeardNs >= blockedSinceNs
        && peer.generation().equals(generation)
        && (peer.dataState() == DataState.OUTDATED || peer.dataState() == DataState.INCONSISTENT);
  }

  /** Whether the peer, as last heard of, numbers the very history that this node's copy is of. */
  public boolean peerServesThis() {
    return peer != null
        && peer.role().serves()
        && peer.role() != Role.TAKING_OVER
        && peer.generation().equals(generation);
  }

  /** Before Boot. */
  public static RoleState initial(RoleSettings settings) {
    return new RoleState(
        settings,
        false,
        Role.STOPPED,
        DataState.INCONSISTENT,
        Generation.NONE,
        null,
        0,
        false,
        false,
        false,
        null,
        0,
        Presence.UNKNOWN,
        Goal.NONE,
        List.of(),
        null,
        false,
        false,
        null,
        -1,
        false,
        false,
        false,
        false,
        false,
        false,
        false,
        "",
        "",
        "not yet started",
        0,
        Long.MAX_VALUE,
        0,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        "",
        null,
        false,
        false,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        "",
        false,
        0);
  }

  /**
   * Whether the steps under way wait for an arbiter that has given no clear answer, while nothing
   * that follows from one has begun: a peer that returns ends the wait as well.
   */
  boolean undecided() {
    boolean next = inFlight == null && !rest.isEmpty() && rest.get(0) instanceof AskArbiter;
    boolean asked = inFlight instanceof AskArbiter && !staleAnswer;
    boolean either = goal == Goal.GO_ALONE || goal == Goal.TAKE_OVER;
    boolean waits = holdUntilNs != Long.MIN_VALUE;
    return waits && either && (next || asked);
  }

  /** Whether takeovers, switchovers and restarts are left to the operator. */
  public boolean paused() {
    return !pausedBy.isEmpty();
  }

  /** Whether it differs from {@code before} at most in when the peer was last heard. */
  public boolean differsOnlyInHearing(RoleState before) {
    Turn turn = new Turn(this, 0);
    turn.peerHeardNs = before.peerHeardNs;
    return turn.state().equals(before);
  }

  /**
   * Whether the application failed here, or may not run here: nobody hands it over to this node.
   */
  public boolean applicationFails() {
    return applicationFailedNs != Long.MAX_VALUE || !unfit.isEmpty();
  }

  /** Why the peer cannot take over in good order now; null if it can. */
  public String handOverHindrance() {
    if (!linkUp) {
      return "there is no link to the peer";
    }
    if (peer == null || peer.role() != Role.SECONDARY) {
      return "the peer is " + (peer == null ? "unknown" : peer.role().toString());
    }
    if (peer.dataState() != DataState.UP_TO_DATE) {
      return "the peer's copy is " + peer.dataState();
    }
    return goal != Goal.NONE ? "steps are under way" : null;
  }

  /** Whether all is prepared and the application waits for the word of the module's group. */
  public boolean waitsToStart() {
    return settings.grouped()
        && !mayStart
        && inFlight == null
        && !rest.isEmpty()
        && rest.get(0) instanceof RoleEffect.StartApplication;
  }

  /** Whether a comparison with the peer's record can be acted on now. */
  public boolean comparable() {
    return goal == Goal.NONE || undecided();
  }

  /** What this node tells of itself in heartbeats and at contact. */
  public PeerStatus status() {
    // before the step down is durable the hand-over may still be rolled back, and this node may
    // take
    // over again itself
    boolean open = goal == Goal.HAND_OVER || goal == Goal.ROLL_BACK || goal == Goal.TAKE_OVER;
    return new PeerStatus(
        role,
        generation,
        view,
        dataState,
        asksOutdated,
        open ? -1 : finalSequence,
        applicationFails(),
        paused());
  }
}
