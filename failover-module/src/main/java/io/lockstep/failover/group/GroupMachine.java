package io.lockstep.failover.group;

import java.util.List;

/**
 * Decides when a group of modules goes to the other node, and in which order its applications stop
 * and start: pure, as the role machines are, whose word about each module it never overrules. A
 * module whose node or copy is lost is taken over by its own role machine at once; what the group
 * adds is that nothing moves by choice unless all of it can, and that a group that is apart comes
 * together again.
 *
 * <p>Both nodes have such a machine and it needs no agreement between them, since only a node that
 * serves members can move them, and it moves them all. Two nodes that each moved their part at the
 * same moment would exchange it, for ever; this is what the quiet time prevents, and that a group
 * that could come together on either node does so on the one that is not preferred: whatever moved
 * a part of it there may still be wrong with the other.
 */
public final class GroupMachine {
  private GroupMachine() {}

  /** The next state, and what to do in this order. */
  public record Step(GroupState state, List<GroupEffect> effects) {
    /** Keeps an unmodifiable copy. */
    public Step {
      effects = List.copyOf(effects);
    }
  }

  /**
   * Takes one input.
   *
   * @param members all of the group, in its order, as they are now
   * @param nowNs of a clock that never goes back
   */
  public static Step step(
      GroupSettings settings,
      GroupState state,
      GroupInput input,
      List<Member> members,
      long nowNs) {
    GroupTurn turn = new GroupTurn(settings, state, members, nowNs);
    if (input instanceof GroupInput.Frozen frozen) {
      turn.frozen(frozen.ns());
    } else if (input instanceof GroupInput.Move move) {
      turn.asked(move.who());
    } else if (input instanceof GroupInput.Stop stop) {
      turn.begin(Errand.Kind.STOP, stop.who(), true, members);
    } else if (input instanceof GroupInput.ShutDown) {
      turn.begin(Errand.Kind.SHUT_DOWN, "the agent exits", true, members);
    }
    turn.look();
    return turn.step();
  }

  /**
   * Why an operator cannot move what is served at {@code from} to the other node now, so that the
   * group is together there; empty if all can.
   */
  public static String hindrance(List<Member> members, Member.Place from) {
    boolean any = false;
    for (Member m : members) {
      switch (m.place()) {
        case STOPPED -> {}
        case HERE, THERE -> {
          any = true;
          if (m.place() == from && !m.movable()) {
            return m.name() + " cannot move: " + m.hindrance();
          }
        }
        case PASSING -> {
          return m.name() + " is changing nodes";
        }
        case NOWHERE -> {
          return m.name() + " is not served: it is " + m.is();
        }
      }
    }
    return any ? "" : "all of it is stopped";
  }
}
