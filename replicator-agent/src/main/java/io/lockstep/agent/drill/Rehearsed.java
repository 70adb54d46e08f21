package io.lockstep.agent.drill;

import io.lockstep.failover.application.ApplicationSpec.Ready;
import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.CommandRunner;
import io.lockstep.failover.application.CommandRunner.Kind;
import io.lockstep.failover.application.CommandRunner.Result;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The steps of an application in its drill: started in order, stopped in reverse. */
final class Rehearsed {
  /** Waits; false at once when the drill gives way. */
  interface Pause {
    boolean pause(long ns) throws InterruptedException;
  }

  private final Drill.Application application;
  private final CommandRunner runner;
  private final Execution execution;
  private final Pause pause;

  Rehearsed(Drill.Application application, Execution execution, Pause pause) {
    this.application = application;
    this.runner = application.runner();
    this.execution = execution;
    this.pause = pause;
  }

  DrillInput start() throws IOException, InterruptedException {
    for (Step step : application.steps()) {
      long endNs = execution.nanoTime() + step.start().timeout().toNanos();
      Result result = runner.run(Kind.START, step.start().run(), step.start().timeout());
      if (result.good() && step.ready().isPresent()) {
        result = awaitReady(step.ready().get(), endNs);
      }
      if (!result.good()) {
        return new DrillInput.Failed(prefix(step) + result.told());
      }
    }
    return new DrillInput.Started();
  }

  private Result awaitReady(Ready ready, long endNs) throws IOException, InterruptedException {
    while (true) {
      long leftNs = Math.max(1, endNs - execution.nanoTime());
      Result result = runner.run(Kind.READY, ready.run(), Duration.ofNanos(leftNs));
      boolean last = execution.nanoTime() + ready.every().toNanos() - endNs >= 0;
      if (result.good() || result.timedOut() || last || !pause.pause(ready.every().toNanos())) {
        return result;
      }
    }
  }

  DrillInput stop() throws IOException, InterruptedException {
    List<Step> reverse = new ArrayList<>(application.steps());
    Collections.reverse(reverse);
    List<String> troubles = new ArrayList<>();
    for (Step step : reverse) {
      Result result = runner.run(Kind.STOP, step.stop().run(), step.stop().timeout());
      if (!result.good()) {
        troubles.add(prefix(step) + result.told());
      }
    }
    return new DrillInput.Stopped(troubles.isEmpty() ? "" : "but " + String.join("; ", troubles));
  }

  private static String prefix(Step step) {
    return step.name().isEmpty() ? "" : "step " + step.name() + ": ";
  }
}
