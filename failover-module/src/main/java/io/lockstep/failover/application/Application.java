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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
     * The application can not be kept up here; nothing tries again. It was stopped, as {@link
     * Application#stop} would: nothing of it runs, unless the reason says what could not be ended.
     *
     * @param switchOver whether the other node is to take over, else the module is to stop
     */
    void failed(String reason, boolean switchOver);

    /**
     * The other node is the better one; the application goes on here, and this may be told again.
     */
    default void prefersPeer(String reason) {}

    /**
     * Whether this node may run the application. Returns at once, and calls nothing here: what is
     * told comes in the order in which it became so, before the end of a start that is refused
     * because of it, and never of a life of the application that a stop has ended.
     *
     * @param unfit why not; empty if it may
     * @param up whether the application, which waited, is up again
     */
    default void fitness(String unfit, boolean up) {}

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

  /** Longer than the module takes to stop what it was told is given up. */
  private static final Duration JUST_ENDED = Duration.ofSeconds(30);

  private static final long NEVER = Long.MIN_VALUE;

  private volatile ApplicationSpec spec;
  private final Execution execution;
  private final ProcessGroup group;
  private final Steps steps;
  private final Termination termination;
  private final StartUp startUp;
  private final CommandRunner commands;
  private final Looks looks;
  private final Listener listener;
  private SupervisionMachine machine;

  /** Held while commands run for a start, check, restart or stop: one of them at a time. */
  private final ReentrantLock work;

  /** Guards what follows; never held over a command. */
  private final ReentrantLock lock;

  private final Condition changed;
  private SupervisionState state = SupervisionState.initial();
  private Execution.Task supervisor;
  private final Deque<SupervisionInput> answers = new ArrayDeque<>();

  /** Counts starts: what was decided before the last one is not done any more. */
  private int life;

  private boolean closed;

  /**
   * When what was given up was stopped to its end. For a moment after that its stop command is not
   * run again; later somebody may have started it by hand.
   */
  private volatile long endedNs = NEVER;

  /** Steps of which only their processes tell whether they live. */
  private volatile List<ApplicationSpec.Step> watched = List.of();

  /**
   * An application that is not started yet, without checkers but for commands; its log is kept
   * within {@link LogLimits#DEFAULT}.
   */
  public Application(
      ApplicationSpec spec, ProcessGroups groups, Path logDirectory, Listener listener)
      throws IOException {
    this(
        spec,
        groups,
        logDirectory,
        LogLimits.DEFAULT,
        (probe, timeout) -> {
          throw new IOException("nothing here can perform " + probe);
        },
        listener);
  }

  /**
   * An application that is not started yet.
   *
   * @param logDirectory for {@code <name>.log}; not inside a directory of the module
   * @param prober looks at what its checkers are to look at
   * @throws IOException if its process group can not be made
   */
  public Application(
      ApplicationSpec spec,
      ProcessGroups groups,
      Path logDirectory,
      LogLimits limits,
      Prober prober,
      Listener listener)
      throws IOException {
    this(
        spec,
        groups.group(spec.name()),
        new SystemExecution(),
        logDirectory,
        limits,
        prober,
        listener);
  }

  private Application(
      ApplicationSpec spec,
      ProcessGroup group,
      Execution execution,
      Path logDirectory,
      LogLimits limits,
      Prober prober,
      Listener listener) {
    this(
        spec,
        group,
        execution,
        current -> new Commands(current, group, logDirectory, limits),
        prober,
        listener);
  }

  /** An application, not started yet, whose commands are run by what {@code commanding} makes. */
  public Application(
      ApplicationSpec spec,
      ProcessGroup group,
      Execution execution,
      Commanding commanding,
      Prober prober,
      Listener listener) {
    this.spec = spec;
    this.group = group;
    this.execution = execution;
    this.work = execution.lock();
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.commands = commanding.of(() -> this.spec);
    this.steps = new Steps(() -> this.spec, group);
    this.termination = new Termination(steps, commands, execution);
    this.startUp = new StartUp(steps, commands, termination, execution);
    this.looks = new Looks(execution, prober, this::answered);
    this.listener = listener;
    this.machine = new SupervisionMachine(spec.all(), spec.restarts());
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
    List<ApplicationSpec.Step> nowWatched =
        respecified.unwatched() ? new Steps(() -> respecified, group).populated() : List.of();
    lock.lock();
    try {
      spec = respecified;
      machine = new SupervisionMachine(respecified.all(), respecified.restarts());
      watched = nowWatched;
      looks.forget();
      answers.clear();
      if (supervisor == null) {
        step(new SupervisionInput.Respecified());
      } else {
        answered(new SupervisionInput.Respecified());
      }
      beSupervised();
    } finally {
      lock.unlock();
    }
  }

  /** Why it is as it is, or which step is being started; may be empty. */
  public String told() {
    SupervisionState known = state();
    return known.reason().isEmpty() ? startUp.now() : known.reason();
  }

  /** Looks from now on at what it has to wait for, also while it is not started. */
  public void standBy() {
    lock.lock();
    try {
      step(new SupervisionInput.Tick());
      beSupervised();
    } finally {
      lock.unlock();
    }
  }

  /** Where a checker stands. */
  public record CheckerStatus(Checker checker, CheckerState state, long forNs) {}

  /** Every checker, the check command first. */
  public List<CheckerStatus> checkers() {
    lock.lock();
    try {
      long nowNs = execution.nanoTime();
      List<CheckerStatus> all = new ArrayList<>();
      for (Checker checker : machine.checkers()) {
        CheckerState found =
            state.checkers().stream()
                .filter(c -> c.name().equals(checker.name()))
                .findFirst()
                .orElseGet(() -> CheckerState.fresh(checker.name()));
        all.add(new CheckerStatus(checker, found, nowNs - found.sinceNs()));
      }
      return all;
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
   * @throws WaitingException if it has to wait for a checker: it is then started when that is good
   * @throws IllegalStateException if it is started already
   */
  public void start() throws IOException, InterruptedException {
    begin();
    work.lock();
    try {
      bringUp();
      lock.lock();
      try {
        step(new SupervisionInput.Started());
        if (!state.up()) {
          throw new ApplicationException(spec.name() + " was stopped while it started");
        }
        beSupervised();
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

  private void begin() throws WaitingException {
    lock.lock();
    try {
      life++;
      step(new SupervisionInput.Start());
      if (state.phase() == Phase.WAITING) {
        throw refused();
      }
      if (state.phase() != Phase.STARTING) {
        throw new IllegalStateException(spec.name() + " is " + state.phase() + ": stop it first");
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * With the lock held: the supervision starts it later. Told before the refusal is known, or the
   * application might be told of as up first and as refused then.
   */
  private WaitingException refused() {
    beSupervised();
    listener.fitness(state.reason(), false);
    return new WaitingException(spec.name() + " has to wait: " + state.reason());
  }

  private void bringUp() throws IOException, InterruptedException {
    startUp.run(this::starting);
    watched = spec.unwatched() ? steps.populated() : List.of();
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
    commands.cancel(Kind.START, Kind.READY, Kind.CHECK);
    work.lockInterruptibly();
    try {
      if (state().phase() == Phase.STOPPED) {
        return;
      }
      announceStop();
      boolean nothing = wasDown && steps.group().empty();
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

  /** Whether it was stopped already. */
  private boolean announceStop() {
    lock.lock();
    try {
      boolean down =
          state.phase() == Phase.STOPPED
              || state.phase() == Phase.WAITING
              || state.phase() == Phase.FAILED && justEnded();
      step(new SupervisionInput.Stop(false));
      return down;
    } finally {
      lock.unlock();
    }
  }

  private boolean justEnded() {
    return endedNs != NEVER && execution.nanoTime() - endedNs < JUST_ENDED.toNanos();
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

  /** With the lock held: sees that a thread supervises, if anything is to be supervised. */
  private void beSupervised() {
    if (supervisor == null && !closed && supervisable()) {
      supervisor = execution.task("application-" + spec.name(), this::supervise);
      supervisor.start();
    }
  }

  private boolean supervisable() {
    return state.up() || state.phase() == Phase.WAITING || machine.standsBy();
  }

  /** An input, and the life of the application that it is about. */
  private record Turn(int life, SupervisionInput input) {}

  private void supervise() {
    try {
      for (Turn turn = awaitTurn(); turn != null; turn = awaitTurn()) {
        Deque<SupervisionEffect> todo = new ArrayDeque<>(take(turn));
        while (!todo.isEmpty()) {
          todo.addAll(perform(todo.poll(), turn.life()));
        }
      }
    } catch (InterruptedException e) {
      LOG.warn("{}: the supervision was interrupted; nothing checks it any more", spec.name());
      leave();
    }
  }

  private void leave() {
    lock.lock();
    try {
      if (supervised()) {
        supervisor = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for an answer or the next look; null when the supervision is over. */
  private Turn awaitTurn() throws InterruptedException {
    lock.lock();
    try {
      long began = execution.nanoTime();
      while (supervised() && supervisable()) {
        if (!answers.isEmpty()) {
          return new Turn(life, answers.poll());
        }
        boolean watch = !watched.isEmpty() && state.up();
        long dueNs = watch ? sooner(began + LOOK.toNanos(), state.dueNs()) : state.dueNs();
        if (dueNs == SupervisionState.NEVER) {
          changed.await();
        } else if (changed.awaitNanos(dueNs - execution.nanoTime()) <= 0) {
          return supervised() ? new Turn(life, new SupervisionInput.Tick()) : null;
        }
      }
      if (supervised()) {
        supervisor = null;
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private static long sooner(long soonNs, long dueNs) {
    return dueNs != SupervisionState.NEVER && dueNs - soonNs < 0 ? dueNs : soonNs;
  }

  /** Whether the calling thread is the one that supervises. */
  private boolean supervised() {
    return supervisor != null && supervisor.isCurrent();
  }

  private List<SupervisionEffect> take(Turn turn) {
    SupervisionInput input = turn.input();
    try {
      if (input instanceof SupervisionInput.Tick && state().up()) {
        for (ApplicationSpec.Step step : watched) {
          if (steps.part(step).empty()) {
            input = new SupervisionInput.ProcessesGone(step.name());
          }
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: can not tell whether its processes live", spec.name(), e);
    }
    lock.lock();
    try {
      return turn.life() == life ? step(input) : List.of();
    } finally {
      lock.unlock();
    }
  }

  /** Any thread: a look has ended. */
  private void answered(SupervisionInput answer) {
    lock.lock();
    try {
      if (!closed) {
        answers.add(answer);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private List<SupervisionEffect> perform(SupervisionEffect effect, int of)
      throws InterruptedException {
    if (effect instanceof SupervisionEffect.RunCheck check) {
      return look(check, of);
    }
    if (effect instanceof SupervisionEffect.Restart restart) {
      LOG.warn("{}: restarting it in place: {}", spec.name(), restart.reason());
      listener.restarting(restart.reason());
      return brought(alone(of, Phase.RESTARTING, this::restart));
    }
    if (effect instanceof SupervisionEffect.Resume) {
      return brought(alone(of, Phase.RESTARTING, this::resume));
    }
    if (effect instanceof SupervisionEffect.Suspend suspend) {
      LOG.warn("{}: stopped until it may run here: {}", spec.name(), suspend.reason());
      return alone(of, Phase.SUSPENDING, this::suspend);
    }
    if (effect instanceof SupervisionEffect.End end) {
      LOG.warn("{}: stopped, for it is given up here: {}", spec.name(), end.reason());
      return alone(of, Phase.GIVING_UP, () -> end(end));
    }
    tell(effect, of);
    return List.of();
  }

  private List<SupervisionEffect> brought(List<SupervisionEffect> next) {
    if (state().up()) {
      listener.restarted();
    }
    return next;
  }

  private void tell(SupervisionEffect effect, int of) {
    if (effect instanceof SupervisionEffect.Report report) {
      LOG.error("{}: given up here: {}", spec.name(), report.reason());
      listener.failed(report.reason(), report.switchOver());
    } else if (effect instanceof SupervisionEffect.PreferPeer prefer) {
      listener.prefersPeer(prefer.reason());
    } else if (effect instanceof SupervisionEffect.Fitness fitness) {
      tell(fitness, of);
    }
  }

  /** That it is up is not told any more once a stop has begun: its end may be known already. */
  private void tell(SupervisionEffect.Fitness fitness, int of) {
    lock.lock();
    try {
      if (!fitness.up() || life == of && state.up()) {
        listener.fitness(fitness.unfit(), fitness.up());
      }
    } finally {
      lock.unlock();
    }
  }

  private List<SupervisionEffect> look(SupervisionEffect.RunCheck check, int of)
      throws InterruptedException {
    Checker checker = checker(check.checker());
    if (checker == null) {
      return List.of();
    }
    if (checker.probe() instanceof Probe.Command command) {
      return alone(of, null, () -> check(check, command.run(), checker.timeout()));
    }
    looks.begin(check.checker(), check.look(), checker);
    return List.of();
  }

  /** Null where the specification changed meanwhile. */
  private Checker checker(int index) {
    return locked(() -> index < machine.checkers().size() ? machine.checkers().get(index) : null);
  }

  private interface Work {
    SupervisionInput run() throws InterruptedException;
  }

  /**
   * Does the work and takes its answer before anybody else gets to work, unless the application was
   * stopped, and perhaps started again, meanwhile.
   *
   * @param in the phase that it must be in; null for any in which something may be looked at
   */
  private List<SupervisionEffect> alone(int of, Phase in, Work workload)
      throws InterruptedException {
    work.lock();
    try {
      return wanted(of, in) ? step(workload.run()) : List.of();
    } finally {
      work.unlock();
    }
  }

  private boolean wanted(int of, Phase in) {
    lock.lock();
    try {
      Phase phase = state.phase();
      boolean right = in == null ? phase != Phase.STOPPING : phase == in;
      return supervised() && life == of && right;
    } finally {
      lock.unlock();
    }
  }

  private SupervisionInput check(SupervisionEffect.RunCheck check, String line, Duration timeout)
      throws InterruptedException {
    String failure;
    try {
      Result result = commands.run(Kind.CHECK, line, timeout);
      if (result.good()) {
        return new SupervisionInput.CheckPassed(check.checker(), check.look());
      }
      failure = result.told();
    } catch (IOException e) {
      failure = "the check command could not be run: " + e;
    }
    return new SupervisionInput.CheckFailed(check.checker(), check.look(), failure);
  }

  private SupervisionInput suspend() throws InterruptedException {
    try {
      termination.stop(false);
      return new SupervisionInput.Suspended();
    } catch (IOException e) {
      return new SupervisionInput.SuspendFailed(String.valueOf(e.getMessage()));
    }
  }

  /** Whatever goes wrong here, the module hears that the application is given up. */
  private SupervisionInput end(SupervisionEffect.End end) throws InterruptedException {
    try {
      termination.stop(false);
      endedNs = execution.nanoTime();
      return new SupervisionInput.Ended(end, "");
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: it could not be stopped", spec.name(), e);
      return new SupervisionInput.Ended(end, String.valueOf(e.getMessage()));
    }
  }

  private SupervisionInput resume() throws InterruptedException {
    try {
      bringUp();
      return new SupervisionInput.Restarted();
    } catch (IOException e) {
      return new SupervisionInput.RestartFailed(String.valueOf(e.getMessage()));
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
      closed = true;
      supervisor = null;
      answers.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    commands.cancel(Kind.CHECK);
    commands.close();
  }
}
