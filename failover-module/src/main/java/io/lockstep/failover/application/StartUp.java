package io.lockstep.failover.application;

import io.lockstep.failover.application.ApplicationSpec.Ready;
import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.CommandRunner.Kind;
import io.lockstep.failover.application.CommandRunner.Result;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts an application step by step; whatever goes wrong, nothing is left of it. */
final class StartUp {
  private static final Logger LOG = LoggerFactory.getLogger(StartUp.class);
  private static final long LOOK_NS = 20_000_000;

  private final Steps steps;
  private final CommandRunner commands;
  private final Termination termination;
  private final Execution execution;

  /** For the operator; empty when nothing is being started, or it has no steps. */
  private volatile String now = "";

  StartUp(Steps steps, CommandRunner commands, Termination termination, Execution execution) {
    this.steps = steps;
    this.commands = commands;
    this.termination = termination;
    this.execution = execution;
  }

  /** Which step is being started, for the operator; empty when none is. Any thread. */
  String now() {
    return now;
  }

  /**
   * Starts every step, each when those that it is after are ready; those at the same time that
   * nothing hinders. When one fails, those under way are killed.
   *
   * @param wanted whether it is still to start
   * @throws ApplicationException if it is not, or a step did not start; with the step's name
   */
  void run(BooleanSupplier wanted) throws IOException, InterruptedException {
    if (!steps.group().empty()) {
      LOG.warn("{}: processes of an earlier start are still there; killing them", steps.name());
      termination.kill();
    }
    steps.allEnded();
    List<Step> all = steps.toStart();
    Set<String> tried = ConcurrentHashMap.newKeySet();
    Set<String> up = ConcurrentHashMap.newKeySet();
    AtomicBoolean broken = new AtomicBoolean();
    BooleanSupplier goesOn = () -> !broken.get() && wanted.getAsBoolean();
    StepWork work =
        new StepWork(
            execution,
            all,
            StepWork.after(all),
            step -> {
              tried.add(step.name());
              start(step, goesOn);
              up.add(step.name());
            },
            step -> steps.part(step).kill(),
            course -> {
              broken.set(course.broken());
              now = steps.single() || course.running().isEmpty() ? "" : course.told();
            });
    try {
      work.run();
    } finally {
      now = "";
      if (up.size() < all.size()) {
        tried.removeAll(up);
        termination.undo(all.stream().filter(step -> tried.contains(step.name())).toList());
      }
    }
  }

  private void start(Step step, BooleanSupplier wanted) throws IOException, InterruptedException {
    awaitWanted(wanted);
    steps.begun(step);
    long endNs = execution.nanoTime() + step.start().timeout().toNanos();
    Result result =
        commands.run(
            Kind.START, step.name(), steps.part(step), step.start().run(), step.start().timeout());
    if (!result.good()) {
      throw failed(step, result.told());
    }
    if (step.ready().isPresent()) {
      awaitReady(step, step.ready().get(), endNs, wanted);
    }
  }

  private void awaitReady(Step step, Ready ready, long endNs, BooleanSupplier wanted)
      throws IOException, InterruptedException {
    Result answered = null;
    while (true) {
      Duration left = Duration.ofNanos(Math.max(1, endNs - execution.nanoTime()));
      Result result = commands.run(Kind.READY, step.name(), steps.part(step), ready.run(), left);
      if (result.good()) {
        return;
      }
      // the last try is cut short as a rule, and tells less
      answered = result.timedOut() && answered != null ? answered : result;
      long againNs = execution.nanoTime() + ready.every().toNanos();
      if (result.timedOut() || againNs - endNs >= 0) {
        throw failed(
            step,
            "not ready within " + step.start().timeout().toMillis() + " ms: " + answered.told());
      }
      while (execution.nanoTime() - againNs < 0) {
        awaitWanted(wanted);
        execution.sleepNs(Math.min(LOOK_NS, Math.max(1, againNs - execution.nanoTime())));
      }
    }
  }

  private void awaitWanted(BooleanSupplier wanted) throws ApplicationException {
    if (!wanted.getAsBoolean()) {
      throw new ApplicationException(steps.name() + " was stopped while it started");
    }
  }

  private ApplicationException failed(Step step, String why) {
    return new ApplicationException(steps.name() + " did not start: " + step.prefix() + why);
  }
}
