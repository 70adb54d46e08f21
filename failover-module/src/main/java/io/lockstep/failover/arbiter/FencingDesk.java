package io.lockstep.failover.arbiter;

import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;

/**
 * Answers by fencing: whoever wants to serve without the peer makes sure first that the peer's
 * machine is off, unless that has made durable that it will not serve: a node that is only slow, or
 * whose disk is full, is not shot for it.
 *
 * <p>There is no record, so a node that has just started and did not run alone cannot know whether
 * the other did: it waits until both are in contact (wait-for-all). Against a duel, in which both
 * switch each other off, the nodes wait for different times before they fire ({@link Fencer}).
 */
public final class FencingDesk implements Desk {
  /** Switches the peer's machine off. */
  public interface Fencer {
    /**
     * Fences, and returns only then.
     *
     * @return null when the peer is confirmed to be off; else what is known instead
     */
    String fence();

    /** What it is, for status and messages. */
    String describe();
  }

  private final Fencer fencer;

  /** Over {@code fencer}. */
  public FencingDesk(Fencer fencer) {
    this.fencer = fencer;
  }

  @Override
  public RoleInput ask(Question question, Claim claim) {
    return switch (question) {
      case PROBE, WITHDRAW, ADMIT_PEER, FORCE -> new RoleInput.Granted(0);
      case ALONE -> claim.peerConsents() ? new RoleInput.Granted(0) : fenced();
      case TAKE_OVER -> takeOver(claim);
    };
  }

  private RoleInput takeOver(Claim claim) {
    if (claim.eligible()) {
      return fenced();
    }
    if (claim.alone() || claim.inContact()) {
      return new RoleInput.Granted(0);
    }
    return new RoleInput.Refused(
        "after a cold start a node that did not run alone waits for its peer: no record tells"
            + " whether the other did");
  }

  private RoleInput fenced() {
    String doubt = fencer.fence();
    return doubt == null
        ? new RoleInput.Granted(0)
        : new RoleInput.Unknown("the peer is not confirmed to be off: " + doubt);
  }

  @Override
  public String describe() {
    return fencer.describe();
  }

  @Override
  public void close() {}
}
