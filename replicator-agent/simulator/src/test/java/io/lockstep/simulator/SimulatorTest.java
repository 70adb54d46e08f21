package io.lockstep.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.testkit.sim.Carriers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
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

  @Test
  void whatBrokeAPromiseOnceDoesNotAgain() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/kept-seeds.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          long seed = Long.parseLong(line.substring(0, line.indexOf(' ')));
          assertThat(play(seed, false).run().failure).as(line).isNull();
        }
      }
    }
  }

  @Test
  void anAcknowledgementBeforeTheJournalIsFound() {
    Mutation early = Mutations.all().get(0);
    assertThat(early.name()).isEqualTo("acknowledges before the journal has it");
    boolean found = false;
    for (long seed = 1; seed <= 100 && !found; seed++) {
      World world = new World(Plan.of(seed), early.substitution(), new Carriers(), false);
      found = world.run().promise.equals("G1");
    }
    assertThat(found).isTrue();
  }
}
