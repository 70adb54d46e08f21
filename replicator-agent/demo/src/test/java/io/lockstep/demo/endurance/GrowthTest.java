package io.lockstep.demo.endurance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What counts as growth. */
class GrowthTest {
  private static List<AgentSample> samples(IntFunction<AgentSample> each) {
    return IntStream.range(0, 60).mapToObj(each).toList();
  }

  private static AgentSample sample(long heapMib, long threads, long descriptors, long journalMib) {
    return new AgentSample(0, 0, heapMib << 10, threads, descriptors, journalMib << 10);
  }

  @Test
  void whatGoesUpAndDownIsNoGrowth() {
    assertThat(
            Growth.in(
                samples(i -> sample(30 + i % 20, 58 + i % 4, 150 + i % 10, i % 2 == 0 ? 4 : 900))))
        .isEmpty();
  }

  @Test
  void eachFigureThatNeverComesDownIsTold() {
    assertThat(Growth.in(samples(i -> sample(30 + i / 3, 58, 150, 64))))
        .containsExactly(
            "KiB of heap after a collection grew from at most 36864 to at least 44032");
    assertThat(Growth.in(samples(i -> sample(30, 58 + i / 10, 150, 64))))
        .containsExactly("threads grew from at most 59 to at least 62");
    assertThat(Growth.in(samples(i -> sample(30, 58, 150 + i, 64))))
        .containsExactly("descriptors grew from at most 169 to at least 190");
    assertThat(Growth.in(samples(i -> sample(30, 58, 150, 64 + 8 * i))))
        .containsExactly("KiB of journal grew from at most 221184 to at least 393216");
  }

  @Test
  void fewSamplesAreNoJudgement() {
    assertThatThrownBy(() -> Growth.in(samples(i -> sample(1, 1, 1, 1)).subList(0, 5)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
