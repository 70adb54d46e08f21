package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Every step after what it depends on, and no order where there is none. */
class StepOrderTest {
  private static Map<String, List<String>> steps(String... lines) {
    Map<String, List<String>> after = new LinkedHashMap<>();
    for (String line : lines) {
      List<String> words = List.of(line.split(" "));
      after.put(words.get(0), words.subList(1, words.size()));
    }
    return after;
  }

  @Test
  void eachComesAfterWhatItDependsOnElseAsWritten() {
    assertThat(StepOrder.of(steps("web app cache", "cache", "db", "app db")))
        .containsExactly("db", "app", "cache", "web");
    assertThat(StepOrder.of(steps("c", "a", "b"))).containsExactly("c", "a", "b");
  }

  @Test
  void stepsThatWaitForEachOtherAreNamedInTheirOrder() {
    Map<String, List<String>> steps = steps("ok", "web app", "app db", "db ok web");
    assertThat(StepOrder.cycle(steps)).containsExactly("web", "app", "db", "web");
    assertThatThrownBy(() -> StepOrder.of(steps)).hasMessageContaining("web, app, db, web");
    assertThat(StepOrder.cycle(steps("a a"))).containsExactly("a", "a");
    assertThatThrownBy(() -> StepOrder.of(steps("a b"))).hasMessageContaining("no step b");
  }

  /**
   * Edges from later to earlier numbers, under names in another order, have an order; one back
   * none.
   */
  @Property(tries = 300)
  void anyThatCanBeOrderedIsAndAnEdgeBackIsFound(@ForAll long seed) {
    Random random = new Random(seed);
    int count = 2 + random.nextInt(8);
    List<Integer> written = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      written.add(random.nextInt(written.size() + 1), i);
    }
    Map<String, List<String>> after = new LinkedHashMap<>();
    for (int i : written) {
      List<String> before = new ArrayList<>();
      for (int k = 0; k < i; k++) {
        if (k == i - 1 || random.nextInt(3) == 0) {
          before.add("s" + k);
        }
      }
      after.put("s" + i, before);
    }
    List<String> order = StepOrder.of(after);
    assertThat(order).containsExactlyInAnyOrderElementsOf(after.keySet());
    after.forEach(
        (step, before) ->
            assertThat(before)
                .allSatisfy(b -> assertThat(order.indexOf(b)).isLessThan(order.indexOf(step))));
    after.get("s0").add("s" + (count - 1));
    List<String> cycle = StepOrder.cycle(after);
    assertThat(cycle.get(0)).isEqualTo(cycle.get(cycle.size() - 1));
    for (int i = 1; i < cycle.size(); i++) {
      assertThat(after.get(cycle.get(i - 1))).contains(cycle.get(i));
    }
  }
}
