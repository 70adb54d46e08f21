package io.lockstep.agent.drill;

import io.lockstep.agent.drill.DrillInput.Situation;
import io.lockstep.agent.drill.DrillMachine.Step;
import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.CommandRunner;
import io.lockstep.failover.application.CommandRunner.Kind;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.port.Rehearsals.Rehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drills of one module on this node: performs what the {@link DrillMachine} wants. A drill has
 * two threads, one that does what takes its time and one that looks at the module meanwhile; in
 * between there is none. Any thread.
 */
public final class Drill implements AutoCloseable {
  /** What a drill needs of its module. */
  public interface Module {
    /** As the configuration has them now. */
    DrillSettings settings();

    /** Why no takeover can be rehearsed now; empty when one can. Asks nothing but memory. */
    String unfit();

    /** Now, with what the application has written. May ask the disk. */
    Situation situation(long usedBytes);

    /** Waits until what has been received is in the tree, then holds that; false if it cannot. */
    boolean drainAndHold(long timeoutMs) throws InterruptedException;

    /** Ends the hold; also where there is none. */
    void release();

    /** Makes the place. */
    Rehearsal open() throws IOException, InterruptedException;

    /** Kills what runs in the place, if anything does; quick. */
    void kill() throws IOException;

    /** Removes what {@link #open} left when it failed. */
    void clear() throws IOException, InterruptedException;

    /** What runs the application's commands there. */
    Application application(Rehearsal place);

    /** A drill of this node has ended, and is kept. */
    void ended(DrillResult result, String line);
  }

  /**
   * The application's commands.
   *
   * @param steps in the order in which they start
   * @param check null where there is none
   */
  public record Application(CommandRunner runner, List<ApplicationSpec.Step> steps, Command check) {
    /** Keeps an unmodifiable copy. */
    public Application {
      steps = List.copyOf(steps);
    }
  }

  /** Makes what runs the application's commands in a place. */
  public interface Runners {
    /** {@code inside}: what encloses them. */
    CommandRunner of(ApplicationSpec spec, ProcessGroup inside);
  }

  /** One of them. */
  public record Command(String run, Duration timeout) {}

  private static final Logger LOG = LoggerFactory.getLogger(Drill.class);
  private static final int MEASURE_EVERY = 10;
  private static final long CLOSE_MS = 15_000;

  private final String name;
  private final Execution execution;
  private final Module module;
  private final long lookNs;
  private final Supplier<DrillLog> opening;
  private final ReentrantLock lock;
  private final Condition changed;
  private final ArrayDeque<DrillEffect> todo = new ArrayDeque<>();
  private volatile DrillState state = DrillState.idle(DrillState.NEVER);
  private volatile boolean closed;
  private volatile List<DrillResult> results;
  private volatile Rehearsal place;
  private DrillLog log;
  private Application application;
  private Execution.Task worker;
  private boolean watched;

  /**
   * Of module {@code name}. Nothing is read, and no thread started, before it is asked for
   * something.
   *
   * @param directory where earlier drills are kept
   * @param lookNs how often a drill under way is looked at; a module that changes ends it at once
   */
  public Drill(
      String name, Execution execution, Disk disk, Path directory, long lookNs, Module module) {
    this.lookNs = lookNs;
    this.name = name;
    this.execution = execution;
    this.module = module;
    this.opening = () -> DrillLog.open(disk, directory);
    this.lock = execution.lock();
    this.changed = lock.newCondition();
  }

  /** What is kept; read at the first call. Under the lock. */
  private DrillLog log() {
    if (log == null) {
      log = opening.get();
      results = log.results();
      String node = module.settings().node();
      for (DrillResult each : results) {
        if (each.node().equals(node)) {
          state = DrillState.idle(each.endedMs()).decided(each.outcome(), "");
        }
      }
    }
    return log;
  }

  /** Where it stands. */
  public DrillState state() {
    return state;
  }

  /** The newest drills that this node knows of, of both nodes, oldest first. */
  public List<DrillResult> results() {
    List<DrillResult> known = results;
    if (known != null) {
      return known;
    }
    lock.lock();
    try {
      return log().results();
    } finally {
      lock.unlock();
    }
  }

  /** The newest drill that told something about the application. */
  public Optional<DrillResult> telling() {
    return results().stream()
        .filter(r -> r.outcome() != DrillResult.Outcome.ABORTED)
        .reduce((older, newer) -> newer);
  }

  /** Begins a drill; returns why not, or nothing when it has begun. */
  public String order(String who) {
    return step(new DrillInput.Order(who, module.situation(0), wallMs()));
  }

  /** Looks whether one is due; call often. */
  public void look() {
    if (!state.active() && !closed) {
      step(new DrillInput.Look(module.situation(0), wallMs()));
    }
  }

  /** The module changed: a drill that has to give way has done so when this returns. Quick. */
  public void moduleChanged() {
    if (state.active() && !module.unfit().isEmpty()) {
      giveWay(module.unfit());
    }
  }

  private void giveWay(String reason) {
    step(new DrillInput.Look(new Situation(reason, true, 0, 0, 0), wallMs()));
  }

  /** The peer tells what came of a drill there; returns whether that was understood. */
  public boolean peerEnded(String line) {
    Optional<DrillResult> result = DrillLog.of(line);
    result.ifPresent(this::keep);
    return result.isPresent();
  }

  private void keep(DrillResult result) {
    lock.lock();
    try {
      add(result);
      results = log().results();
    } finally {
      lock.unlock();
    }
  }

  private void add(DrillResult result) {
    try {
      log().add(result);
    } catch (IOException e) {
      LOG.warn("Module {}: what came of the drill is not kept", name, e);
    }
  }

  private long wallMs() {
    return TimeUnit.NANOSECONDS.toMillis(execution.wallTimeNs());
  }

  private String step(DrillInput input) {
    lock.lock();
    try {
      if (closed && input instanceof DrillInput.Order) {
        return "this agent ends";
      }
      log();
      DrillState before = state;
      Step step = new DrillMachine(module.settings()).step(before, input, execution.nanoTime());
      state = step.state();
      if (before.phase() != state.phase()) {
        LOG.info("Module {}: drill {} {}", name, state.phase(), state.text());
      }
      for (DrillEffect effect : step.effects()) {
        if (effect.quick()) {
          quick(effect);
        } else {
          todo.add(effect);
        }
      }
      if (!before.active() && state.active()) {
        begin();
      }
      changed.signalAll();
      return step.refusal();
    } finally {
      lock.unlock();
    }
  }

  private void quick(DrillEffect effect) {
    if (effect instanceof DrillEffect.Kill) {
      try {
        module.kill();
      } catch (IOException e) {
        LOG.warn("Module {}: what runs in the drill cannot be killed yet", name, e);
      }
    } else if (effect instanceof DrillEffect.Release) {
      module.release();
    }
  }

  /** Those of the last drill may be about to end, or not. */
  private void begin() {
    if (worker == null) {
      worker = execution.task("drill-" + name, this::work);
      worker.start();
    }
    if (!watched) {
      watched = true;
      execution.task("drill-watch-" + name, this::watch).start();
    }
  }

  private void work() {
    try {
      for (DrillEffect effect = next(); effect != null; effect = next()) {
        perform(effect);
      }
    } catch (InterruptedException e) {
      LOG.warn("Module {}: the drill was interrupted", name);
    }
  }

  /** What is to be done next; null when the drill is over. */
  private DrillEffect next() throws InterruptedException {
    lock.lock();
    try {
      while (todo.isEmpty() && state.active()) {
        changed.await();
      }
      DrillEffect effect = todo.poll();
      worker = effect == null ? null : worker;
      return effect;
    } finally {
      lock.unlock();
    }
  }

  private void perform(DrillEffect effect) throws InterruptedException {
    boolean stale =
        state.phase() == DrillState.Phase.DISCARDING && !(effect instanceof DrillEffect.Discard);
    if (stale) {
      return;
    }
    DrillInput input;
    try {
      input = done(effect);
    } catch (IOException | RuntimeException e) {
      LOG.debug("Module {}: {} failed", name, effect, e);
      input = new DrillInput.Failed(String.valueOf(e.getMessage()));
    }
    if (input != null) {
      step(input);
    }
  }

  private DrillInput done(DrillEffect effect) throws IOException, InterruptedException {
    if (effect instanceof DrillEffect.Drain) {
      return module.drainAndHold(TimeUnit.NANOSECONDS.toMillis(module.settings().timeoutNs()))
          ? new DrillInput.Drained()
          : new DrillInput.Failed("what was received could not be applied");
    } else if (effect instanceof DrillEffect.Open) {
      place = module.open();
      application = module.application(place);
      return new DrillInput.Opened();
    } else if (effect instanceof DrillEffect.Start) {
      return new Rehearsed(application, execution, this::pause).start();
    } else if (effect instanceof DrillEffect.Check check) {
      return check(check.delayNs());
    } else if (effect instanceof DrillEffect.Stop) {
      return new Rehearsed(application, execution, this::pause).stop();
    } else if (effect instanceof DrillEffect.Discard) {
      return new DrillInput.Discarded(discard(), wallMs());
    } else if (effect instanceof DrillEffect.Keep kept) {
      DrillResult result = DrillLog.cut(kept.result());
      keep(result);
      module.ended(result, DrillLog.line(result));
    }
    return null;
  }

  private CommandRunner.Result run(Kind kind, Command command)
      throws IOException, InterruptedException {
    return application.runner().run(kind, command.run(), command.timeout());
  }

  private DrillInput check(long delayNs) throws IOException, InterruptedException {
    if (!pause(delayNs)) {
      return new DrillInput.CheckFailed("the drill gave way before the check");
    }
    if (application.check() == null) {
      return new DrillInput.CheckPassed();
    }
    CommandRunner.Result result = run(Kind.CHECK, application.check());
    return result.good() ? new DrillInput.CheckPassed() : new DrillInput.CheckFailed(result.told());
  }

  /** Ends early, with false, when the drill gives way. */
  private boolean pause(long ns) throws InterruptedException {
    long endNs = execution.nanoTime() + ns;
    lock.lock();
    try {
      long leftNs = ns;
      while (leftNs > 0 && state.phase() != DrillState.Phase.DISCARDING) {
        long unused = changed.awaitNanos(leftNs);
        leftNs = endNs - execution.nanoTime();
      }
      return leftNs <= 0;
    } finally {
      lock.unlock();
    }
  }

  /** Empty, or what could not be done. */
  private String discard() throws InterruptedException {
    Rehearsal made = place;
    place = null;
    try {
      if (application != null) {
        application.runner().close();
        application = null;
      }
      if (made != null) {
        made.discard();
      } else {
        module.clear();
      }
      return "";
    } catch (IOException | RuntimeException e) {
      LOG.warn("Module {}: the drill left something behind", name, e);
      return "something is left of it, and removed at the agent's next start: " + e.getMessage();
    }
  }

  /** Sees to it that the drill gives way in time. */
  private void watch() {
    long used = 0;
    try {
      for (long round = 0; awaitLook(); round++) {
        used = round % MEASURE_EVERY == 0 ? used(used) : used;
        step(new DrillInput.Look(module.situation(used), wallMs()));
      }
    } catch (InterruptedException e) {
      LOG.warn("Module {}: the drill is not watched any more", name);
    }
  }

  /** Waits a while; false when the drill is over. */
  private boolean awaitLook() throws InterruptedException {
    execution.sleepNs(lookNs);
    lock.lock();
    try {
      watched = state.active();
      return watched;
    } finally {
      lock.unlock();
    }
  }

  private long used(long before) {
    Rehearsal now = place;
    try {
      return now == null ? 0 : now.usedBytes();
    } catch (IOException e) {
      LOG.debug("Module {}: cannot tell what the drill has written", name, e);
      return before;
    }
  }

  /** A drill that is under way gives way; returns when it is gone, or after a while. */
  @Override
  public void close() {
    closed = true;
    Execution.Task running;
    lock.lock();
    try {
      running = worker;
    } finally {
      lock.unlock();
    }
    if (running == null) {
      return;
    }
    giveWay("this agent ends");
    try {
      if (!running.join(CLOSE_MS)) {
        LOG.warn("Module {}: the drill has not ended; its place ends with this process", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
