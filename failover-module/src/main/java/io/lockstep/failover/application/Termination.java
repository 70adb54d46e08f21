package io.lockstep.failover.application;

import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.CommandRunner.Kind;
import io.lockstep.failover.application.CommandRunner.Result;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends an application's processes and returns when none is left: neither of a step before those
 * that it was after are stopped, nor of the whole in the end. Steps that do not build on each other
 * are stopped at the same time.
 */
final class Termination {
  private static final Logger LOG = LoggerFactory.getLogger(Termination.class);

  /** How long killed processes may take to be gone: they may wait for a disk. */
  private static final Duration DEATH = Duration.ofSeconds(10);

  private static final int LEAST_ROUNDS = 3;
  private static final Duration KILL_AGAIN = Duration.ofMillis(200);
  private static final long LOOK_NS = 5_000_000;

  private final Steps steps;
  private final CommandRunner commands;
  private final Execution execution;
  private volatile boolean hurried;

  Termination(Steps steps, CommandRunner commands, Execution execution) {
    this.steps = steps;
    this.commands = commands;
    this.execution = execution;
  }

  /** The stop commands, each with its time, the kill. */
  void stop(boolean kill) throws IOException, InterruptedException {
    if (!kill) {
      each(steps.toStop(), step -> step.stop().thenKill());
    }
    killTheRest();
  }

  /**
   * What a start that failed left: those that are not up are killed, the others are stopped, and
   * killed whatever {@code thenKill} says.
   */
  void undo(List<Step> failed) throws IOException, InterruptedException {
    Set<String> down = new HashSet<>();
    for (Step step : failed) {
      down.add(step.name());
      if (!steps.part(step).empty()) {
        kill(steps.part(step));
      }
    }
    List<Step> up = steps.toStop().stream().filter(s -> !down.contains(s.name())).toList();
    each(up, step -> true);
    killTheRest();
  }

  /** Stops them, each when what builds on it has no processes any more. */
  private void each(List<Step> all, Predicate<Step> thenKill)
      throws IOException, InterruptedException {
    new StepWork(
            execution,
            all,
            StepCourse.reversed(StepWork.after(all)),
            step -> {
              if (!hurried) {
                stop(step, thenKill.test(step));
                steps.ended(step);
              }
            },
            step -> {}, // each has its own time
            course -> {})
        .run();
  }

  private void killTheRest() throws IOException, InterruptedException {
    if (!steps.group().empty()) {
      kill();
    }
    steps.allEnded();
  }

  private void stop(Step step, boolean thenKill) throws IOException, InterruptedException {
    ProcessGroup part = steps.part(step);
    long end = execution.nanoTime() + step.stop().timeout().toNanos();
    Result result =
        commands.run(Kind.STOP, step.name(), part, step.stop().run(), step.stop().timeout());
    while (!part.empty() && !hurried && execution.nanoTime() - end < 0) {
      execution.sleepNs(LOOK_NS);
    }
    String who = steps.name() + (step.name().isEmpty() ? "" : ", step " + step.name() + ",");
    if (part.empty()) {
      if (!result.good()) {
        LOG.warn("{} has ended, but {}", who, result.told());
      }
      return;
    }
    if (!thenKill && !hurried) {
      throw new ApplicationException(
          who
              + " still has processes "
              + step.stop().timeout().toMillis()
              + " ms after its stop began, and thenKill is false: end them by hand ("
              + part.handle()
              + "), or stop with force; "
              + result.told());
    }
    LOG.warn("{} still has processes; killing them; {}", who, result.told());
    kill(part);
  }

  /** Kills the whole group until it is empty. */
  void kill() throws IOException, InterruptedException {
    kill(steps.group());
  }

  private void kill(ProcessGroup group) throws IOException, InterruptedException {
    long end = execution.nanoTime() + DEATH.toNanos();
    // on a machine so slow that asking takes all the time, too
    for (int round = 0; round < LEAST_ROUNDS || execution.nanoTime() - end < 0; round++) {
      group.kill();
      long again = execution.nanoTime() + KILL_AGAIN.toNanos();
      while (execution.nanoTime() - again < 0) {
        if (group.empty()) {
          return;
        }
        execution.sleepNs(LOOK_NS);
      }
    }
    throw new ApplicationException(
        steps.name()
            + " still has processes "
            + DEATH.toSeconds()
            + " s after SIGKILL: they wait in the kernel, for a disk as a rule (see /proc/PID/stack"
            + " of those in "
            + group.handle()
            + ")");
  }

  /** A stop that runs, or is about to, kills at once. */
  void hurry() {
    hurried = true;
    commands.cancel(Kind.STOP);
  }

  /** Undoes {@link #hurry} and every cancellation: the stop is over. */
  void calm() {
    hurried = false;
    commands.allow();
  }
}
