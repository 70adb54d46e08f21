package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.group.GroupSettings;
import io.lockstep.failover.group.GroupState;
import io.lockstep.failover.group.Member;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Steps of a real group's machine, counted. */
class GroupMovesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final GroupSettings SETTINGS =
      new GroupSettings(
          "site",
          "desk-a",
          "desk-b",
          List.of("db", "web"),
          true,
          10 * SECOND,
          Long.MAX_VALUE,
          Map.of());

  private final GroupMoves moves = new GroupMoves();
  private GroupState state = GroupState.initial();

  private void step(GroupInput input, boolean fails, long atSeconds) {
    List<Member> members = List.of(member("db", fails), member("web", false));
    GroupState before = state;
    state = GroupMachine.step(SETTINGS, before, input, members, atSeconds * SECOND).state();
    moves.note("site", before, input, state);
  }

  private static Member member(String name, boolean fails) {
    return new Member(
        name,
        Member.Place.HERE,
        false,
        "",
        !fails,
        !fails,
        fails,
        fails,
        false,
        false,
        false,
        false,
        0,
        0,
        "as it is");
  }

  @Test
  void anOrderIsNoChoiceAndALookNeither() {
    step(new GroupInput.Look(), false, 100);
    step(new GroupInput.Move("an operator"), false, 101);
    step(new GroupInput.Look(), false, 102);
    step(new GroupInput.Move("who asks twice"), false, 103);
    assertThat(moves.byOrder("site")).isEqualTo(1);
    assertThat(moves.byChoice("site")).isZero();
    assertThat(moves.byOrder("another")).isZero();
  }

  @Test
  void whatTheMachineDecidesIsItsChoice() {
    step(new GroupInput.Look(), true, 100);
    assertThat(moves.byChoice("site")).isZero();
    step(new GroupInput.Look(), true, 120);
    step(new GroupInput.Look(), true, 121);
    assertThat(moves.byChoice("site")).isEqualTo(1);
    assertThat(moves.byOrder("site")).isZero();
  }
}
