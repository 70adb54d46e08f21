package io.lockstep.agent.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.application.ApplicationSpec.Ready;
import io.lockstep.failover.application.ApplicationSpec.Start;
import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.ApplicationSpec.Stop;
import io.lockstep.failover.application.CommandRunner;
import io.lockstep.failover.application.LogLimits;
import io.lockstep.replicator.execution.SystemExecution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A drill starts and stops the steps as the service does. */
class RehearsedTest {
  private final List<String> ran = new ArrayList<>();
  private int notReady = 2;
  private String bad = "";

  /** Notes what it is to run; a step is ready at the third try. */
  private final class Noting implements CommandRunner {
    @Override
    public Result run(Kind kind, String line, Duration timeout) {
      ran.add(line);
      boolean good = !line.equals(bad) && (kind != Kind.READY || notReady-- <= 0);
      return new Result(kind, false, good ? 0 : 1, Duration.ZERO, List.of());
    }

    @Override
    public void cancel(Kind... kinds) {}

    @Override
    public void allow() {}

    @Override
    public void limit(LogLimits limits) {}

    @Override
    public void close() {}
  }

  private static Step step(String name, Optional<Ready> ready) {
    Duration time = Duration.ofSeconds(5);
    return new Step(
        name, List.of(), new Start("+" + name, time), new Stop("-" + name, time, true), ready);
  }

  private Rehearsed rehearsed(boolean givesWay) {
    List<Step> steps =
        List.of(
            step("db", Optional.of(new Ready("?db", Duration.ofMillis(1)))),
            step("app", Optional.empty()));
    return new Rehearsed(
        new Drill.Application(new Noting(), steps, null), new SystemExecution(), ns -> !givesWay);
  }

  @Test
  void stepsStartWhenThoseBeforeThemAreReadyAndStopInReverse() throws Exception {
    Rehearsed rehearsed = rehearsed(false);
    assertThat(rehearsed.start()).isInstanceOf(DrillInput.Started.class);
    assertThat(rehearsed.stop()).isEqualTo(new DrillInput.Stopped(""));
    assertThat(ran).containsExactly("+db", "?db", "?db", "?db", "+app", "-app", "-db");
  }

  @Test
  void theStepThatFailsIsNamed() throws Exception {
    bad = "+app";
    DrillInput failed = rehearsed(false).start();
    assertThat(((DrillInput.Failed) failed).reason()).startsWith("step app: the start command");
    bad = "-app";
    DrillInput stopped = rehearsed(false).stop();
    assertThat(stopped.toString()).contains("but step app: the stop command");
    assertThat(ran).endsWith("-app", "-db");
  }

  @Test
  void aDrillThatGivesWayAsksNoMoreWhetherItIsReady() throws Exception {
    notReady = 100;
    assertThat(rehearsed(true).start()).isInstanceOf(DrillInput.Failed.class);
    assertThat(ran).containsExactly("+db", "?db");
  }
}
