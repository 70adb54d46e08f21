package io.lockstep.failover.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.RoleInput;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When the application of a member that came here may start, by where those before it are. */
class GroupStartTest {
  private static final long S = TimeUnit.SECONDS.toNanos(1);
  private static final GroupEffect WEB_STARTS =
      new GroupEffect.Order("web", new RoleInput.MayStart());
  private static final GroupSettings SETTINGS =
      new GroupSettings(
          "site",
          "b",
          "a",
          List.of("db", "web"),
          false,
          10 * S,
          Long.MAX_VALUE,
          Map.of("db", 0L, "web", 60 * S));

  private GroupState state = GroupState.initial();

  /** What may start. */
  private List<GroupEffect> look(long atS, Member... members) {
    GroupMachine.Step step =
        GroupMachine.step(SETTINGS, state, new GroupInput.Look(), List.of(members), atS * S);
    state = step.state();
    return step.effects().stream().filter(e -> e instanceof GroupEffect.Order).toList();
  }

  private static Member db(Place place, boolean up, boolean waits, boolean handedOver) {
    return new Member(
        "db", place, false, "", up, up, false, false, false, false, waits, handedOver, 0, 0, "");
  }

  private static Member db(Place place) {
    return db(place, place == Place.HERE, false, false);
  }

  private static Member web(boolean waits, boolean handedOver) {
    return new Member(
        "web",
        Place.PASSING,
        false,
        "",
        false,
        false,
        false,
        false,
        false,
        false,
        waits,
        handedOver,
        0,
        0,
        "");
  }

  /** The peer stops web first and hands it over; db it tells only when it has seen that. */
  @Test
  void whatWasHandedOverFirstWaitsForWhatIsAboutToFollow() {
    assertThat(look(1_000, db(Place.THERE), web(false, true))).isEmpty();
    assertThat(look(1_001, db(Place.THERE), web(true, true))).isEmpty();
    assertThat(look(1_010, db(Place.THERE), web(true, true))).isEmpty();
    assertThat(look(1_011, db(Place.PASSING), web(true, true))).isEmpty();
    assertThat(look(1_015, db(Place.PASSING, false, true, true), web(true, true)))
        .containsExactly(new GroupEffect.Order("db", new RoleInput.MayStart()));
    assertThat(look(1_018, db(Place.HERE, false, false, false), web(true, true))).isEmpty();
    assertThat(look(1_030, db(Place.HERE), web(true, true))).containsExactly(WEB_STARTS);
  }

  @Test
  void whereNothingFollowsItStartsAfterTheQuietTime() {
    assertThat(look(1_001, db(Place.THERE), web(true, true))).isEmpty();
    assertThat(look(1_011, db(Place.THERE), web(true, true))).containsExactly(WEB_STARTS);
    assertThat(look(1_012, db(Place.THERE), web(false, true))).isEmpty();
  }

  @Test
  void whatIsLeftToComeAloneWaitsForNothingOnThePeer() {
    assertThat(look(1_001, db(Place.THERE), web(true, false))).containsExactly(WEB_STARTS);
  }

  @Test
  void whatIsStoppedDoesNotFollow() {
    assertThat(look(1_001, db(Place.STOPPED), web(true, true))).containsExactly(WEB_STARTS);
  }
}
