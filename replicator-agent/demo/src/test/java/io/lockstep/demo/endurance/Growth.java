package io.lockstep.demo.endurance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Whether an agent holds more and more, from samples taken while nothing was under way. Pure. Of
 * each figure the least of the last third is measured by the most of the first third: what goes up
 * and down is no growth, what never comes down is.
 */
final class Growth {
  /** What is looked at, and how much more of it is noise. */
  private record Figure(String words, long noise, ToLongFunction<AgentSample> of) {}

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("descriptors", 8, AgentSample::descriptors),
          new Figure("threads", 2, AgentSample::threads),
          new Figure("KiB of heap after a collection", 4 << 10, AgentSample::heapKib),
          new Figure("KiB of journal", 64 << 10, AgentSample::journalKib));

  private static final int THIRDS = 3;

  private Growth() {}

  /**
   * What grew, in words; empty if nothing did.
   *
   * @param samples in their order, those of a warm-up left out
   * @throws IllegalArgumentException for fewer than six, which tell nothing
   */
  static List<String> in(List<AgentSample> samples) {
    int third = samples.size() / THIRDS;
    if (third < 2) {
      throw new IllegalArgumentException("%d samples tell nothing".formatted(samples.size()));
    }
    List<AgentSample> first = samples.subList(0, third);
    List<AgentSample> last = samples.subList(samples.size() - third, samples.size());
    List<String> grown = new ArrayList<>();
    for (Figure figure : FIGURES) {
      long before = first.stream().mapToLong(figure.of).max().orElseThrow();
      long after = last.stream().mapToLong(figure.of).min().orElseThrow();
      if (after > before + figure.noise) {
        grown.add("%s grew from at most %d to at least %d".formatted(figure.words, before, after));
      }
    }
    return grown;
  }
}
