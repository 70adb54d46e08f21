package io.lockstep.replicator.volume;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Against the JDK's table, with hashes that collide on purpose. */
class OpenTableTest {
  private record Entry(int key) {}

  @Property
  void holdsWhatAMapWouldHold(
      @ForAll @Size(max = 600) List<@IntRange(min = -200, max = 200) Integer> steps,
      @ForAll @IntRange(min = 1, max = 64) int crowding) {
    OpenTable<Entry> table = new OpenTable<>(entry -> entry.key() / crowding);
    Map<Integer, Entry> model = new HashMap<>();
    for (int step : steps) {
      int key = Math.abs(step);
      if (step > 0 && !model.containsKey(key)) {
        Entry entry = new Entry(key);
        model.put(key, entry);
        table.add(entry);
      } else if (step < 0) {
        Entry entry = model.remove(key);
        assertThat(table.remove(entry == null ? new Entry(key) : entry)).isEqualTo(entry != null);
      }
    }
    assertThat(table.size()).isEqualTo(model.size());
    for (int key = 0; key <= 200; key++) {
      int wanted = key;
      assertThat(table.find(key / crowding, entry -> entry.key() == wanted))
          .isSameAs(model.get(key));
    }
  }

  @Test
  void growsAndShrinks() {
    OpenTable<Integer> table = new OpenTable<>(Objects::hashCode);
    for (int i = 0; i < 100_000; i++) {
      table.add(i);
    }
    for (int i = 0; i < 100_000; i++) {
      int wanted = i;
      assertThat(table.remove(table.find(i, entry -> entry == wanted))).isTrue();
    }
    assertThat(table.size()).isZero();
    assertThat(table.find(5, entry -> true)).isNull();
  }
}
