package io.lockstep.demo.auto;

import io.lockstep.demo.Say;
import io.lockstep.demo.cluster.DemoCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Plays all scenarios on a cluster that is not started yet. Used by one thread. */
public final class AutoRun {
  private static final Duration FIRST_COPY = Duration.ofSeconds(60);

  private final DemoCluster cluster;
  private final Workload workload;
  private final Say say;

  /** Prepares a run; nothing happens yet. */
  public AutoRun(DemoCluster cluster, Workload workload, Say say) {
    this.cluster = cluster;
    this.workload = workload;
    this.say = say;
  }

  /**
   * Plays the story.
   *
   * <p>A scenario that fails does not end the story as long as the pair finds its way back; after
   * one that does not, the rest is reported as not reached.
   *
   * @param seed decides the random moments
   * @param calls acknowledged calls in each scenario
   */
  public Report play(long seed, int calls) {
    say.progress("Seed %d: repeat the same moments with --seed %d", seed, seed);
    cluster.start();
    cluster.awaitProtected(FIRST_COPY);
    say.progress("PROTECTED: %s", cluster.describe());
    Stage stage = new Stage(cluster, workload, new Random(seed), calls, say);
    List<ScenarioResult> results = new ArrayList<>();
    boolean lost = false;
    for (Map.Entry<String, Scenarios.Scenario> scenario : new Scenarios(stage).all().entrySet()) {
      ScenarioResult result = new ScenarioResult(scenario.getKey());
      results.add(result);
      if (lost) {
        result.fail("not reached: the pair did not recover from an earlier scenario");
      } else {
        say.progress("Scenario: %s", result.name());
        lost = !play(stage, scenario.getValue(), result);
        result.failures().forEach(failure -> say.progress("  FAILED: %s", failure));
      }
    }
    return new Report(seed, results);
  }

  /** Whether the pair is ready for the next scenario. */
  private boolean play(Stage stage, Scenarios.Scenario scenario, ScenarioResult result) {
    try {
      scenario.play(result);
      if (!result.name().equals("switchover")) {
        stage.settle();
      }
      return true;
    } catch (IOException | RuntimeException e) {
      result.fail(e.getMessage() == null ? e.toString() : e.getMessage());
      return false;
    }
  }
}
