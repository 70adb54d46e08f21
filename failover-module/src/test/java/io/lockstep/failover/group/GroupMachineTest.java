package io.lockstep.failover.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.RoleInput;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a group's machine makes of time in which its process stood still. */
class GroupMachineTest {
  private static final long S = TimeUnit.SECONDS.toNanos(1);
  private static final GroupSettings SETTINGS =
      new GroupSettings(
          "site",
          "a",
          "b",
          List.of("db", "web"),
          true,
          10 * S,
          Long.MAX_VALUE,
          Map.of("db", 0L, "web", 60 * S));

  private GroupState state = GroupState.initial();

  private List<GroupEffect> take(GroupInput input, long atS, Member... members) {
    GroupMachine.Step step = GroupMachine.step(SETTINGS, state, input, List.of(members), atS * S);
    state = step.state();
    return step.effects();
  }

  private static Member member(String name, Place place, boolean up, boolean waits) {
    return new Member(
        name, place, false, "", up, up, false, false, false, false, waits, false, 0, 0, "as it is");
  }

  private static Member db(boolean up) {
    return member("db", Place.HERE, up, false);
  }

  private static Member waitingWeb() {
    return member("web", Place.HERE, false, true);
  }

  @Test
  void whoWaitsForAnotherToBeWellHasWaitedOnlyWhileTheProcessRan() {
    take(new GroupInput.Look(), 1_000, db(false), waitingWeb());
    take(new GroupInput.Look(), 1_030, db(false), waitingWeb());
    assertThat(take(new GroupInput.Frozen(40 * S), 1_070, db(false), waitingWeb())).isEmpty();
    assertThat(take(new GroupInput.Look(), 1_090, db(false), waitingWeb())).isEmpty();
    assertThat(take(new GroupInput.Look(), 1_101, db(false), waitingWeb()))
        .containsExactly(new GroupEffect.Order("web", new RoleInput.MayStart()));
  }

  @Test
  void whoIsToStopHasHadOnlyTheTimeInWhichTheProcessRan() {
    take(new GroupInput.Look(), 1_000, db(true), member("web", Place.HERE, true, false));
    Member web = member("web", Place.HERE, true, false);
    assertThat(take(new GroupInput.Stop("op"), 1_001, db(true), web)).hasSize(1);
    assertThat(take(new GroupInput.Frozen(500 * S), 1_501, db(true), web)).isEmpty();
    assertThat(take(new GroupInput.Look(), 1_600, db(true), web)).isEmpty();
    assertThat(take(new GroupInput.Look(), 1_622, db(true), web))
        .containsExactly(new GroupEffect.Order("db", new RoleInput.Stop("op")));
  }

  @Test
  void aQuietTimeIsNotOverBecauseTheProcessStoodStill() {
    Member there = member("web", Place.THERE, true, false);
    take(new GroupInput.Look(), 1_000, db(true), there);
    assertThat(take(new GroupInput.Frozen(60 * S), 1_060, db(true), there)).isEmpty();
    assertThat(take(new GroupInput.Look(), 1_069, db(true), there)).isEmpty();
    take(new GroupInput.Look(), 1_071, db(true), there);
    assertThat(state.errand()).as("and then it comes together").isNotNull();
  }
}
