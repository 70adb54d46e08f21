package io.lockstep.failover.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.RoleInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Every situation of two members that have stood still for long, as both nodes see it: what each
 * node's machine then does by choice.
 */
class GroupSpaceTest {
  private static final long S = TimeUnit.SECONDS.toNanos(1);

  /**
   * One member as it is.
   *
   * @param at the node that serves it, 0 or 1; 2 for neither, 3 for stopped
   * @param movable whether the other node could take it over in good order
   * @param failed on which nodes its application failed: a bit each
   */
  private record One(int at, boolean movable, int failed, boolean paused) {
    Member on(int node, String name) {
      Place place =
          at == 3 ? Place.STOPPED : at == 2 ? Place.NOWHERE : at == node ? Place.HERE : Place.THERE;
      boolean failsHere = (failed & 1 << node) != 0;
      boolean wantsAway = place == Place.HERE && failsHere;
      return new Member(
          name,
          place,
          false,
          movable ? "" : "the peer's copy is OUTDATED",
          place == Place.HERE && !failsHere,
          place == Place.HERE && !failsHere,
          wantsAway,
          failsHere,
          (failed & 1 << 1 - node) != 0,
          paused,
          false,
          false,
          0,
          0,
          "as it is");
    }
  }

  private static GroupSettings settings(int node) {
    return new GroupSettings(
        "site",
        node == 0 ? "a" : "b",
        node == 0 ? "b" : "a",
        List.of("db", "web"),
        node == 0,
        10 * S,
        Long.MAX_VALUE,
        Map.of("db", 0L, "web", 60 * S));
  }

  private static List<Member> view(int node, One db, One web) {
    return List.of(db.on(node, "db"), web.on(node, "web"));
  }

  /** The members that the node moves by choice, first to last, after a long time. */
  private static List<String> moved(int node, One db, One web) {
    GroupState state = GroupState.initial();
    long now = 1_000 * S;
    for (int i = 0; i < 3; i++) {
      GroupMachine.Step step =
          GroupMachine.step(settings(node), state, new GroupInput.Look(), view(node, db, web), now);
      state = step.state();
      List<String> orders = orders(step);
      if (!orders.isEmpty()) {
        List<String> all = new ArrayList<>(orders);
        all.addAll(state.errand().rest());
        return all;
      }
      now += 11 * S;
    }
    return List.of();
  }

  private static List<String> orders(GroupMachine.Step step) {
    return step.effects().stream()
        .filter(
            e -> e instanceof GroupEffect.Order o && o.input() instanceof RoleInput.MoveWithGroup)
        .map(e -> ((GroupEffect.Order) e).member())
        .toList();
  }

  private static List<One> ones() {
    List<One> all = new ArrayList<>();
    for (int at = 0; at < 4; at++) {
      for (int failed = 0; failed < 4; failed++) {
        for (boolean movable : new boolean[] {true, false}) {
          for (boolean paused : new boolean[] {true, false}) {
            all.add(new One(at, movable, failed, paused));
          }
        }
      }
    }
    return all;
  }

  @Test
  void everySituation() {
    int moves = 0;
    for (One db : ones()) {
      for (One web : ones()) {
        List<List<String>> by = List.of(moved(0, db, web), moved(1, db, web));
        String what = db + " " + web + " moved " + by;
        assertThat(by.get(0).isEmpty() || by.get(1).isEmpty())
            .as("only one node moves its part: " + what)
            .isTrue();
        for (int node = 0; node < 2; node++) {
          if (!by.get(node).isEmpty()) {
            moves++;
            check(node, db, web, by.get(node), what);
          }
        }
        List<One> counted = List.of(db, web).stream().filter(one -> one.at() != 3).toList();
        if (by.get(0).isEmpty() && by.get(1).isEmpty() && mustMove(counted)) {
          throw new AssertionError("stands still: " + what);
        }
      }
    }
    assertThat(moves).isGreaterThan(30);
  }

  /** All of the group ends on one node, on which nothing of it failed, and which all can reach. */
  private static void check(int node, One db, One web, List<String> moved, String what) {
    List<String> here = new ArrayList<>();
    if (web.at() == node) {
      here.add("web");
    }
    if (db.at() == node) {
      here.add("db");
    }
    assertThat(moved).as("all that is here, the last first: " + what).isEqualTo(here);
    for (One one : List.of(web, db)) {
      assertThat(one.at()).as("nobody is left behind: " + what).isNotEqualTo(2);
      assertThat(one.at() == node && !one.movable()).as("it can: " + what).isFalse();
      if (one.at() != 3) {
        assertThat(one.failed() & 1 << 1 - node).as("not to and fro: " + what).isZero();
        assertThat(one.paused()).as("not in maintenance: " + what).isFalse();
      }
    }
  }

  /** Whether a group that is apart could come together, or a failed application has a way out. */
  private static boolean mustMove(List<One> counted) {
    boolean served = counted.stream().allMatch(one -> one.at() < 2 && !one.paused());
    if (!served || counted.isEmpty()) {
      return false;
    }
    for (int from = 0; from < 2; from++) {
      int node = from;
      List<One> here = counted.stream().filter(one -> one.at() == node).toList();
      boolean apart = !here.isEmpty() && here.size() < counted.size();
      boolean fails = here.stream().anyMatch(one -> (one.failed() & 1 << node) != 0);
      boolean can =
          here.stream().allMatch(One::movable)
              && counted.stream().allMatch(one -> (one.failed() & 1 << 1 - node) == 0);
      if (!here.isEmpty() && (apart || fails) && can) {
        return true;
      }
    }
    return false;
  }

  @Test
  void whatHindersAMemberIsNamedAndNothingIsTouched() {
    One db = new One(0, true, 0, false);
    One web = new One(0, false, 0, false);
    GroupMachine.Step step =
        GroupMachine.step(
            settings(0),
            GroupState.initial(),
            new GroupInput.Move("op"),
            view(0, db, web),
            1_000 * S);
    assertThat(orders(step)).isEmpty();
    assertThat(step.effects().toString())
        .contains("refused: web cannot move: the peer's copy is OUTDATED");
  }

  @Test
  void anOperatorMovesAlsoWhatFailedThere() {
    One both = new One(0, true, 2, false);
    GroupMachine.Step step =
        GroupMachine.step(
            settings(0),
            GroupState.initial(),
            new GroupInput.Move("op"),
            view(0, both, both),
            1_000 * S);
    assertThat(orders(step)).containsExactly("web");
  }

  @Test
  void aGroupThatIsApartSaysSoAndWhy() {
    One db = new One(1, true, 0, false);
    One web = new One(2, false, 0, false);
    GroupVerdict verdict = GroupVerdict.of(settings(1), GroupState.initial(), view(1, db, web));
    assertThat(verdict.kind()).isEqualTo(GroupVerdict.Kind.APART);
    assertThat(verdict.line())
        .isEqualTo("APART: db is served by b; web is served by neither node: it is as it is");
  }
}
