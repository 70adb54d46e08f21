package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleEffect.Persist;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.replicator.model.Generation;

/**
 * What the arbiter's answers mean, whatever the role (PROTOCOL §3).
 *
 * <p>An answer may come late, or never, while the arbiter has changed its record all the same. As
 * long as that is possible the state is in {@code doubt}: nothing that needs a grant is done, and
 * once the node has nothing else to do the record is put right.
 */
final class Answers {
  private final Turn t;
  private final RoleRules rules;

  Answers(Turn turn, RoleRules rules) {
    this.t = turn;
    this.rules = rules;
  }

  String granted(long view) {
    Question question = answered();
    if (t.staleAnswer) {
      t.staleAnswer = false;
      t.doubt |= t.settings.arbiter() && moves(question);
      return "ignored: the answer is to a question no longer of use";
    }
    if (question == Question.PROBE) {
      return "the arbiter answers";
    }
    t.doubt = false;
    if (question == Question.WITHDRAW) {
      return "what was asked for and given up is taken back";
    }
    if (view > t.view) {
      t.view = view;
      t.first(new Persist(new Change.Promise(view)));
    }
    return t.goal == Goal.NOTE ? "the arbiter's record is right" : rules.granted();
  }

  String refused(String reason) {
    Question question = answered();
    if (t.staleAnswer) {
      t.staleAnswer = false;
      return "ignored: the answer is to a question no longer of use";
    }
    if (t.goal == Goal.NOTE && question == Question.ADMIT_PEER) {
      // the peer asked for itself and gave it up: it takes that back, or takes over
      t.settleAtNs = t.now + t.settings.retryNs();
      return "the record does not name this node; nothing is acknowledged without the peer: "
          + reason;
    }
    t.doubt = false;
    return question == Question.WITHDRAW
        ? "nothing is left to take back: " + reason
        : rules.refused(reason);
  }

  String unknown(String reason) {
    AskArbiter asked = (AskArbiter) t.inFlight;
    final boolean doubted = t.doubt;
    Question question = answered();
    t.doubt |= t.settings.arbiter() && moves(question);
    if (t.staleAnswer) {
      t.staleAnswer = false;
      return "ignored: the answer is to a question no longer of use";
    }
    return switch (t.goal) {
      case NOTE -> {
        t.begin(Goal.NONE);
        t.settleAtNs = t.now + t.settings.retryNs();
        yield "the arbiter is out of reach; asked again later (" + reason + ")";
      }
      case HAND_OVER -> {
        Plans.keepServing(t, "the arbiter does not answer");
        if (t.role.serves()) {
          t.tell(
              Level.WARN,
              "The hand-over is not begun: the arbiter does not answer ("
                  + reason
                  + "), and the peer could not take over. This node serves on.");
        }
        yield "without the arbiter the peer could not take over: nothing was stopped";
      }
      case DEMOTE, FAIL, STOP, SHUT_DOWN -> "taking down goes on without the arbiter";
      case GO_ALONE -> consented() ? byConsent() : again(asked, reason);
      case TAKE_OVER, RENEW ->
          t.alone && !doubted
              ? "a node recorded as alone may serve on while the arbiter is out of reach: "
                  + rules.granted()
              : again(asked, reason);
      case NONE, BOOT, RESUME, FOLLOW, ADMIT, ROLL_BACK -> again(asked, reason);
    };
  }

  private String again(AskArbiter asked, String reason) {
    t.again(asked, t.now + t.settings.arbiterRetryNs());
    return "an unclear answer is no grant: asked again (" + reason + ")";
  }

  private Question answered() {
    Question question = ((AskArbiter) t.inFlight).question();
    t.inFlight = null;
    return question;
  }

  /** Whether the question, if granted, changes the record in this node's favour. */
  private static boolean moves(Question question) {
    return switch (question) {
      case ALONE, TAKE_OVER, ADMIT_PEER, FORCE -> true;
      case PROBE, WITHDRAW -> false;
    };
  }

  /** The other node's word that it will not ask is worth as much as the arbiter's. */
  private boolean consented() {
    return t.state().peerConsents();
  }

  private String byConsent() {
    return "the arbiter is out of reach, but the peer has made durable that it will not take over: "
        + rules.granted();
  }

  /**
   * The own branch was given up, durably. If the arbiter granted it, the record names this node
   * until that is taken back. If the peer did not go on either, nothing came of it, and this copy
   * is what it was when the branch began.
   */
  static void dropped(Turn t, Generation back) {
    if (!t.settings.arbiter()) {
      return;
    }
    boolean stayed = t.peer != null && t.peer.generation().equals(back);
    t.eligible = (t.eligible || t.candidate) && stayed;
    t.candidate = t.candidate && t.eligible;
    t.doubt = true;
  }

  /** Begins to put the record right; false if that is not this role's to do now. */
  static boolean settle(Turn t) {
    Question question =
        switch (t.role) {
          case PRIMARY -> t.linkUp ? Question.ADMIT_PEER : null;
          case ALONE -> t.reintegrating ? null : Question.ALONE;
          case SECONDARY, WAITING, STOPPED -> Question.WITHDRAW;
          case BLOCKED, TAKING_OVER, DEMOTING -> null;
        };
    if (question == null || t.busy()) {
      return false;
    }
    t.begin(Goal.NOTE, new AskArbiter(question));
    return true;
  }
}
