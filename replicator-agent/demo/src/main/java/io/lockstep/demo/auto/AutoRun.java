package io.lockstep.demo.auto;

import io.lockstep.demo.Say;
import io.lockstep.demo.cluster.DemoCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Plays all scenarios on a cluster that is not started yet. Used by one thread. */
public final class AutoRun {
  private static final Duration FIRST_COPY = Duration.ofMinutes(1);

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
   * @param names the scenarios to play, in their order
   * @param held whether the bounds of times and of bytes sent are held; with far more callers than
   *     the machine has processors they say more of the machine than of the pair
   */
  public Report play(long seed, int calls, List<String> names, boolean held) {
    say.progress("Seed %d: repeat the same moments with --seed %d", seed, seed);
    cluster.start();
    cluster.awaitFirstProtection(FIRST_COPY);
    say.progress("PROTECTED: %s", cluster.describe());
    Stage stage = new Stage(cluster, workload, new Random(seed), calls, held, say);
    List<ScenarioResult> results = new ArrayList<>();
    stage.measureIdle();
    Scenarios scenarios = new Scenarios(stage);
    boolean lost = false;
    for (String name : names) {
      ScenarioResult result = new ScenarioResult(name, held);
      results.add(result);
      if (lost) {
        result.fail("not reached: the pair did not recover from an earlier scenario");
      } else {
        say.progress("Scenario: %s", result.name());
        lost = !play(stage, scenarios.named(name), result, names);
        result.failures().forEach(failure -> say.progress("  FAILED: %s", failure));
      }
    }
    return new Report(seed, results);
  }

  /** Whether the pair is ready for the next scenario. */
  private boolean play(
      Stage stage, Scenarios.Scenario scenario, ScenarioResult result, List<String> names) {
    try {
      scenario.play(result);
      // A switchover is followed by its switchback under load, when that is played too.
      if (!result.name().equals("switchover") || !names.contains("switchback")) {
        stage.settle();
      }
      return true;
    } catch (IOException | RuntimeException e) {
      result.fail(e.getMessage() == null ? e.toString() : e.getMessage());
      return false;
    }
  }
}
