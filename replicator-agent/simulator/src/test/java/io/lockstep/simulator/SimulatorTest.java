package io.lockstep.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.testkit.sim.Carriers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The simulator itself: it repeats itself, and a short run over seeds in every build. */
class SimulatorTest {
  private final Carriers carriers = new Carriers();

  private World play(long seed, boolean trace) {
    return new World(Plan.of(seed), new Substitution(), carriers, trace);
  }

  @Test
  void oneSeedGivesOneTraceAndTheSameHashWithoutIt() {
    World first = play(3, true);
    World again = play(3, true);
    World silent = play(3, false);
    Statistics one = first.run();
    List<String> lines = first.trace().lines();
    assertThat(again.run().hash).isEqualTo(one.hash);
    assertThat(again.trace().lines()).isEqualTo(lines).hasSizeGreaterThan(50);
    assertThat(silent.run().hash).isEqualTo(one.hash);
    assertThat(silent.trace().lines()).isEmpty();
    assertThat(play(4, false).run().hash).isNotEqualTo(one.hash);
  }
}
