package io.lockstep.failover.arbiter;

import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;

/**
 * Puts a self-isolation check before another desk: a node that reaches none of its witnesses is
 * itself cut off, and is granted nothing that would let it serve without the peer.
 *
 * <p>It never chooses between the nodes: with only the link between them cut both reach the
 * witnesses (PROTOCOL §3).
 */
public final class WitnessDesk implements Desk {
  /** Looks whether this node reaches the world. */
  public interface Witnesses {
    /** Null when at least one answers; else what was tried. */
    String isolated();
  }

  private final Desk desk;
  private final Witnesses witnesses;

  /** Before {@code desk}. */
  public WitnessDesk(Desk desk, Witnesses witnesses) {
    this.desk = desk;
    this.witnesses = witnesses;
  }

  /** Every question granted: the desk without an arbiter. */
  public static Desk granting() {
    return new Desk() {
      @Override
      public RoleInput ask(Question question, Claim claim) {
        return new RoleInput.Granted(0);
      }

      @Override
      public String describe() {
        return "none";
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public RoleInput ask(Question question, Claim claim) {
    if (question == Question.ALONE || question == Question.TAKE_OVER) {
      String isolated = witnesses.isolated();
      if (isolated != null) {
        return new RoleInput.Unknown("this node is cut off itself: " + isolated);
      }
    }
    return desk.ask(question, claim);
  }

  @Override
  public String describe() {
    return desk.describe() + " with witnesses";
  }

  @Override
  public void close() {
    desk.close();
  }
}
