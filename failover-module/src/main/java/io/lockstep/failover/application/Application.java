package io.lockstep.failover.application;

import io.lockstep.failover.application.CommandRunner.Kind;
import io.lockstep.failover.application.CommandRunner.Result;
import io.lockstep.failover.application.SupervisionState.Phase;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One protected application: starts it, checks it, restarts it in place within its budget, stops
 * it. What its commands leave running stays in the module's process group, however it forks, and
 * {@link #stop} returns only when that group is empty.
 *
 * <p>All methods may be called by any thread. {@link #start} and {@link #stop} block; a stop ends a
 * start, check or restart that runs meanwhile.
 */
public final class Application implements AutoCloseable {
  /** Who is told, on the supervision's thread. May call {@link Application#stop}. */
  public interface Listener {
    /**
     * The application can not be kept up here; nothing tries again. What is left of it still runs:
     * the module stops it.
     *
     * @param switchOver whether the other node is to take over, else the module is to stop
     */
    void failed(String reason, boolean switchOver);

    /** A restart in place begins. */
    default void restarting(String reason) {}

    /** The restart in place is complete. */
    default void restarted() {}
  }

  /** Makes what runs the commands of the application that {@code spec} tells of at each moment. */
  public interface Commanding {
    /** Once, before the first command. */
    CommandRunner of(Supplier<ApplicationSpec> spec);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Application.class);

  /** How often an application without a check is asked for its processes. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private volatile ApplicationSpec spec;
  private final Execution execution;
  private final ProcessGroup group;
  private final Termination termination;
  private final CommandRunner commands;
  private final Listener listener;
  private SupervisionMachine machine;

  /** Held while commands run for a start, check, restart or stop: one of them at a time. */
  private final ReentrantLock work;

  /** Guards what follows; never held over a command. */
  private final ReentrantLock lock;

  private final Condition changed;
  private SupervisionState state = SupervisionState.initial();
  private Execution.Task supervisor;
  private volatile boolean watchProcesses;

  /** An application that is not started yet; its log is kept within {@link LogLimits#DEFAULT}. */
  public Application(
      ApplicationSpec spec, ProcessGroups groups, Path logDirectory, Listener listener)
      throws IOException {
    this(spec, groups, logDirectory, LogLimits.DEFAULT, listener);
  }

  /**
   * An application that is not started yet.
   *
   * @param logDirectory for {@code <name>.log}; not inside a directory of the module
   * @throws IOException if its process group can not be made
   */
  public Application(
      ApplicationSpec spec,
      ProcessGroups groups,
      Path logDirectory,
      LogLimits limits,
      Listener listener)
      throws IOException {
    this(spec, groups.group(spec.name()), new SystemExecution(), logDirectory, limits, listener);
  }

  private Application(
      ApplicationSpec spec,
      ProcessGroup group,
      Execution execution,
      Path logDirectory,
      LogLimits limits,
      Listener listener) {
    this(
        spec,
        group,
        execution,
        current -> new Commands(current, group, logDirectory, limits),
        listener);
  }

  /** An application, not started yet, whose commands are run by what {@code commanding} makes. */
  public Application(
      ApplicationSpec spec,
      ProcessGroup group,
      Execution execution,
      Commanding commanding,
      Listener listener) {
    this.spec = spec;
    this.group = group;
    this.execution = execution;
    this.work = execution.lock();
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.commands = commanding.of(() -> this.spec);
    this.termination = new Termination(() -> this.spec, group, commands, execution);
    this.listener = listener;
    this.machine = new SupervisionMachine(spec.check(), spec.restarts());
  }

  /** Where it stands now. */
  public SupervisionState state() {
    return locked(() -> state);
  }

  private <T> T locked(Supplier<T> read) {
    lock.lock();
    try {
      return read.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Goes by another specification of the same name from the next command on: what runs is neither
   * stopped nor started, and the next check comes one new interval from now.
   *
   * @throws IOException if it cannot be told whether the application has processes
   */
  public void respecify(ApplicationSpec respecified) throws IOException {
    if (!respecified.name().equals(spec.name())) {
      throw new IllegalArgumentException(respecified.name() + " is not " + spec.name());
    }
    boolean watch = respecified.check().isEmpty() && !group.empty();
    lock.lock();
    try {
      spec = respecified;
      machine = new SupervisionMachine(respecified.check(), respecified.restarts());
      watchProcesses = watch;
      step(new SupervisionInput.Respecified());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether the operator works on it: nothing is checked, restarted or given up meanwhile. What is
   * found down afterwards is restarted as usual.
   */
  public void hold(boolean on) {
    step(new SupervisionInput.Hold(on));
  }

  /** Another bound of the output kept, from the next line on. */
  public void limit(LogLimits limits) {
    commands.limit(limits);
  }

  /** What a guardian needs to kill the application: on Linux the directory of its cgroup. */
  public String groupHandle() {
    return group.handle();
  }

  /**
   * Starts the application and its supervision. Processes that an earlier life of the agent left in
   * the group are killed first: two of the same application never run.
   *
   * @throws ApplicationException if the start command failed or did not return in time; what it
   *     left is killed
   * @throws IllegalStateException if it is started already
   */
  public void start() throws IOException, InterruptedException {
    begin();
    work.lock();
    try {
      bringUp();
      boolean watch = spec.check().isEmpty() && !group.empty();
      lock.lock();
      try {
        step(new SupervisionInput.Started());
        if (!state.up()) {
          throw new ApplicationException(spec.name() + " was stopped while it started");
        }
        watchProcesses = watch;
        supervisor = execution.task("application-" + spec.name(), this::supervise);
        supervisor.start();
      } finally {
        lock.unlock();
      }
    } catch (IOException | InterruptedException e) {
      step(new SupervisionInput.StartFailed(String.valueOf(e.getMessage())));
      throw e;
    } finally {
      work.unlock();
    }
  }

  private void begin() {
    lock.lock();
    try {
      step(new SupervisionInput.Start());
      if (state.phase() != Phase.STARTING) {
        throw new IllegalStateException(spec.name() + " is " + state.phase() + ": stop it first");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Runs the start command; whatever goes wrong, nothing is left of it. */
  private void bringUp() throws IOException, InterruptedException {
    if (!group.empty()) {
      LOG.warn("{}: processes of an earlier start are still there; killing them", spec.name());
      termination.kill();
    }
    boolean started = false;
    try {
      if (!starting()) {
        throw new ApplicationException(spec.name() + " was stopped while it started");
      }
      Result result = commands.run(Kind.START, spec.start().run(), spec.start().timeout());
      if (!result.good()) {
        throw new ApplicationException(spec.name() + " did not start: " + result.told());
      }
      started = true;
    } finally {
      if (!started && !group.empty()) {
        termination.kill();
      }
    }
  }

  /**
   * Stops the application for good, until {@link #start}: the stop command, then (if it may) the
   * kill of what is left. Does nothing if nothing is there.
   *
   * @param kill at once, without the stop command; also hurries a stop that runs
   * @throws ApplicationException if processes are left; {@link #stop} may be tried again
   */
  public void stop(boolean kill) throws IOException, InterruptedException {
    boolean wasDown = announceStop();
    if (kill) {
      termination.hurry();
    }
    commands.cancel(Kind.START, Kind.CHECK);
    work.lockInterruptibly();
    try {
      if (state().phase() == Phase.STOPPED) {
        return;
      }
      announceStop();
      boolean nothing = wasDown && group.empty();
      if (!nothing) {
        termination.stop(kill);
      }
      commands.close();
      step(new SupervisionInput.Stopped());
    } catch (IOException | InterruptedException e) {
      step(new SupervisionInput.StopFailed(String.valueOf(e.getMessage())));
      throw e;
    } finally {
      termination.calm();
      work.unlock();
    }
  }

  /** Whether it was stopped before. */
  private boolean announceStop() {
    lock.lock();
    try {
      boolean down = state.phase() == Phase.STOPPED;
      step(new SupervisionInput.Stop(false));
      return down;
    } finally {
      lock.unlock();
    }
  }

  private boolean starting() {
    Phase phase = state().phase();
    return phase == Phase.STARTING || phase == Phase.RESTARTING;
  }

  private List<SupervisionEffect> step(SupervisionInput input) {
    lock.lock();
    try {
      SupervisionMachine.Step step = machine.step(state, input, execution.nanoTime());
      if (step.state().phase() != state.phase()) {
        LOG.info("{}: {} {}", spec.name(), step.state().phase(), step.state().reason());
      }
      state = step.state();
      changed.signalAll();
      return step.effects();
    } finally {
      lock.unlock();
    }
  }

  private void supervise() {
    try {
      while (awaitDue()) {
        List<SupervisionEffect> effects = look();
        while (!effects.isEmpty()) {
          effects = perform(effects.get(0));
        }
      }
    } catch (InterruptedException e) {
      LOG.warn("{}: the supervision was interrupted; nothing checks it any more", spec.name());
    }
  }

  /** Waits for the next look; false when the supervision is over. */
  private boolean awaitDue() throws InterruptedException {
    lock.lock();
    try {
      long began = execution.nanoTime();
      while (state.up() && supervised()) {
        long dueNs = watchProcesses ? began + LOOK.toNanos() : state.checkDueNs();
        if (dueNs == SupervisionState.NEVER) {
          changed.await();
        } else if (changed.awaitNanos(dueNs - execution.nanoTime()) <= 0) {
          return state.up() && supervised();
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the calling thread is the one that supervises. */
  private boolean supervised() {
    return supervisor != null && supervisor.isCurrent();
  }

  private List<SupervisionEffect> look() {
    try {
      if (watchProcesses && group.empty()) {
        return step(new SupervisionInput.ProcessesGone());
      }
    } catch (IOException e) {
      LOG.warn("{}: can not tell whether its processes live", spec.name(), e);
    }
    return step(new SupervisionInput.Tick());
  }

  private List<SupervisionEffect> perform(SupervisionEffect effect) throws InterruptedException {
    if (effect instanceof SupervisionEffect.RunCheck) {
      return alone(this::check);
    }
    if (effect instanceof SupervisionEffect.Restart restart) {
      LOG.warn("{}: restarting it in place: {}", spec.name(), restart.reason());
      listener.restarting(restart.reason());
      List<SupervisionEffect> next = alone(this::restart);
      if (state().up()) {
        listener.restarted();
      }
      return next;
    }
    if (effect instanceof SupervisionEffect.Report report) {
      LOG.error("{}: given up here: {}", spec.name(), report.reason());
      listener.failed(report.reason(), report.switchOver());
    }
    return List.of();
  }

  private interface Work {
    SupervisionInput run() throws InterruptedException;
  }

  /** Does the work and takes its answer before anybody else gets to work. */
  private List<SupervisionEffect> alone(Work workload) throws InterruptedException {
    work.lock();
    try {
      return wanted() ? step(workload.run()) : List.of();
    } finally {
      work.unlock();
    }
  }

  /** Whether nobody stopped the application, and perhaps started it again, meanwhile. */
  private boolean wanted() {
    lock.lock();
    try {
      return supervised() && (state.up() || state.phase() == Phase.RESTARTING);
    } finally {
      lock.unlock();
    }
  }

  private SupervisionInput check() throws InterruptedException {
    ApplicationSpec.Check check = spec.check().orElse(null);
    if (check == null) {
      return new SupervisionInput.CheckPassed();
    }
    try {
      Result result = commands.run(Kind.CHECK, check.run(), check.timeout());
      return result.good()
          ? new SupervisionInput.CheckPassed()
          : new SupervisionInput.CheckFailed(result.told());
    } catch (IOException e) {
      return new SupervisionInput.CheckFailed("the check command could not be run: " + e);
    }
  }

  private SupervisionInput restart() throws InterruptedException {
    try {
      termination.stop(false);
      bringUp();
      return new SupervisionInput.Restarted();
    } catch (IOException e) {
      return new SupervisionInput.RestartFailed(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Ends the supervision and the log, and leaves the application's processes as they are; {@link
   * #stop} comes before, as a rule.
   */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      supervisor = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    commands.cancel(Kind.CHECK);
    commands.close();
  }
}
