package io.lockstep.failover.application;

import io.lockstep.failover.application.CommandRunner.Kind;
import io.lockstep.failover.application.CommandRunner.Result;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends an application's processes, and returns when none is left. */
final class Termination {
  private static final Logger LOG = LoggerFactory.getLogger(Termination.class);

  /** How long killed processes may take to be gone: they may wait for a disk. */
  private static final Duration DEATH = Duration.ofSeconds(10);

  private static final Duration KILL_AGAIN = Duration.ofMillis(200);
  private static final long LOOK_NS = 5_000_000;

  private final Supplier<ApplicationSpec> spec;
  private final ProcessGroup group;
  private final CommandRunner commands;
  private final Execution execution;
  private volatile boolean hurried;

  Termination(
      Supplier<ApplicationSpec> spec,
      ProcessGroup group,
      CommandRunner commands,
      Execution execution) {
    this.spec = spec;
    this.group = group;
    this.commands = commands;
    this.execution = execution;
  }

  /** The stop command, its time, the kill. */
  void stop(boolean kill) throws IOException, InterruptedException {
    if (kill || hurried) {
      kill();
      return;
    }
    long end = execution.nanoTime() + spec.get().stop().timeout().toNanos();
    Result result = commands.run(Kind.STOP, spec.get().stop().run(), spec.get().stop().timeout());
    while (!group.empty() && !hurried && execution.nanoTime() - end < 0) {
      execution.sleepNs(LOOK_NS);
    }
    if (group.empty()) {
      if (!result.good()) {
        LOG.warn("{} has ended, but {}", spec.get().name(), result.told());
      }
      return;
    }
    if (!spec.get().stop().thenKill() && !hurried) {
      throw new ApplicationException(
          spec.get().name()
              + " still has processes "
              + spec.get().stop().timeout().toMillis()
              + " ms after its stop began, and thenKill is false: end them by hand ("
              + group.handle()
              + "), or stop with force; "
              + result.told());
    }
    LOG.warn("{} still has processes; killing them; {}", spec.get().name(), result.told());
    kill();
  }

  /** Kills the whole group until it is empty. */
  void kill() throws IOException, InterruptedException {
    long end = execution.nanoTime() + DEATH.toNanos();
    while (execution.nanoTime() - end < 0) {
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
        spec.get().name()
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
