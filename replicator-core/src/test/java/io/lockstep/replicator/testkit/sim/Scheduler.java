package io.lockstep.replicator.testkit.sim;

import io.lockstep.replicator.testkit.sim.SimThread.State;
import io.lockstep.replicator.testkit.sim.SimThread.Wake;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Decides which simulated thread runs next, and when virtual time passes.
 *
 * <p>Threads are real, but only the one with the baton runs. It gives the baton away where it would
 * block, and now and then at other {@linkplain #yieldPoint yield points}; the next one is drawn
 * from one seeded random. Time stands still while any thread can run and then leaps to the next
 * event. So one seed gives one order of everything, and an hour costs what its events cost.
 *
 * <p>What the rest of the world does (a frame arrives, a host dies) is an {@linkplain #at event}, a
 * piece of code that never waits and runs between two threads.
 */
public final class Scheduler {
  /** How often, and for how long, a thread is held up at a yield point. Probabilities in 1/1000. */
  public record Chances(int yieldPerMille, int pausePerMille, long longestPauseNs) {
    /** Never anywhere but where a thread would block. */
    public static final Chances NONE = new Chances(0, 0, 0);
  }

  /** What every stack has in common and nobody wants to read. */
  private static final Set<String> MACHINERY =
      Set.of(
          Scheduler.class.getName(),
          "java.util.concurrent.locks.LockSupport",
          "jdk.internal.misc.Unsafe",
          "jdk.internal.vm.Continuation");

  private static final int MOST_DEATHS = 10_000;
  private static final long MOST_DECISIONS_WITHOUT_TIME = 200_000;

  private final SplittableRandom random;
  private final Carriers carriers;
  private final Trace trace;
  private final Chances chances;
  private final long stuckAfterMs;
  private final ArrayList<SimThread> runnable = new ArrayList<>();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final ArrayList<SimThread> living = new ArrayList<>();
  private final ArrayList<SimThread> dying = new ArrayList<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private final SimProcess world;
  private long nowNs;
  private long eventsMade;
  private long eventsRun;
  private long steps;
  private long decisionsAtThisTime;
  private int threadsMade;
  private boolean inEvent;
  private boolean ending;
  private volatile SimThread running;
  private volatile long progress;
  private volatile SimulationFailure failure;

  /** Due at a time; events of one time in the order in which they were made. */
  private record Event(long atNs, long number, SimThread thread, long waitNumber, Runnable action)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNs, other.atNs);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }

    /** Whether it would have no effect: what it was to end has ended. */
    boolean stale() {
      return thread != null && (thread.state != State.BLOCKED || thread.waitNumber != waitNumber);
    }
  }

  /**
   * A world at time 0.
   *
   * @param stuckAfterMs real ms without any decision after which the running thread is taken to
   *     block outside the seam
   */
  public Scheduler(long seed, Carriers carriers, Trace trace, Chances chances, long stuckAfterMs) {
    this.random = new SplittableRandom(seed);
    this.carriers = carriers;
    this.trace = trace;
    this.chances = chances;
    this.stuckAfterMs = stuckAfterMs;
    this.world = new SimProcess("world", new SimClock(this, 0, 0));
  }

  /** The process of {@link #run}'s body and of all that belongs to no node. */
  public SimProcess world() {
    return world;
  }

  /** Virtual time since the beginning. */
  public long nowNs() {
    return nowNs;
  }

  /** Events that took place, for the report. */
  public long eventsRun() {
    return eventsRun;
  }

  /** What is recorded. */
  public Trace trace() {
    return trace;
  }

  /** Tells the trace. */
  public void tell(String text) {
    trace.line(nowNs, text);
  }

  /** The source of all chance that is not the workload's or the faults'. */
  public SplittableRandom random() {
    return random;
  }

  /**
   * Runs {@code body} as a simulated thread of {@link #world}, and whatever threads come of it,
   * until it returns; all others are killed then. Called once, on a real thread.
   *
   * @throws SimulationFailure if the program cannot go on, or a thread ended with an error
   */
  public void run(Runnable body) {
    SimThread main = spawn(world, "main", body);
    start(main);
    next().carrier.pass();
    awaitDone();
    if (failure != null) {
      throw failure;
    }
    carriers.memory().giveBackAll();
  }

  private void awaitDone() {
    long seen = -1;
    try {
      while (!done.await(stuckAfterMs, TimeUnit.MILLISECONDS)) {
        if (progress == seen) {
          throw new SimulationFailure(
              "thread "
                  + running
                  + " blocks outside the seam, or never stops computing"
                  + stacks());
        }
        seen = progress;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SimulationFailure("interrupted", e);
    }
  }

  /** The simulated thread that runs now. */
  SimThread current() {
    Carriers.Carrier carrier = inEvent ? null : Carriers.current();
    if (carrier == null) {
      throw new IllegalStateException("not on a simulated thread");
    }
    return carrier.simulated;
  }

  /** Whether the caller is a simulated thread, and not an event. */
  boolean onThread() {
    return !inEvent && Carriers.current() != null;
  }

  // ---- threads

  SimThread spawn(SimProcess process, String name, Runnable body) {
    return new SimThread(threadsMade++, name, process, body);
  }

  void start(SimThread thread) {
    if (thread.state != State.NEW) {
      throw new IllegalThreadStateException(thread + " was started before");
    }
    if (thread.process.dead || ending) {
      thread.state = State.ENDED;
      return;
    }
    thread.carrier = carriers.take();
    thread.carrier.assign(thread, () -> live(thread));
    living.add(thread);
    thread.process.threads.add(thread);
    ready(thread);
    yieldPoint();
  }

  /**
   * A thread's whole life, on its carrier, which has the baton now and gives it away at the end.
   */
  private void live(SimThread thread) {
    boolean main = thread.process == world && thread.number == 0;
    try {
      resumed(thread);
      thread.body.run();
    } catch (ProcessDied e) {
      // killed, as it was told to
    } catch (Throwable e) {
      if (!thread.doomed) {
        fail(new SimulationFailure("thread " + thread + " ended with " + e + stacks(), e));
      }
    }
    thread.state = State.ENDED;
    living.remove(thread);
    dying.remove(thread);
    thread.process.threads.remove(thread);
    for (SimThread joiner : thread.joiners) {
      wake(joiner, Wake.SIGNAL);
    }
    boolean unused = Thread.interrupted();
    if (main) {
      end();
    }
    SimThread next = next();
    carriers.giveBack(thread.carrier);
    if (next == null) {
      done.countDown();
    } else {
      next.carrier.pass();
    }
  }

  /** Makes it one of those that can run. */
  private void ready(SimThread thread) {
    thread.state = State.RUNNABLE;
    if (thread.doomed) {
      if (!dying.contains(thread)) {
        dying.add(thread);
      }
    } else if (thread.process.frozen) {
      thread.process.held.add(thread);
    } else {
      runnable.add(thread);
    }
  }

  /** Ends its wait, if it waits. */
  void wake(SimThread thread, Wake how) {
    if (thread.state == State.BLOCKED) {
      thread.wake = how;
      thread.waitNumber++;
      ready(thread);
    }
  }

  /**
   * The running thread waits until it is woken, or {@code untilNs} (Long.MAX_VALUE: for ever).
   *
   * @param on what for; shown in messages
   */
  Wake block(Object on, long untilNs, boolean interruptible) {
    SimThread me = current();
    if (me.doomed) {
      die(me);
    }
    if (interruptible && Thread.interrupted()) {
      return Wake.INTERRUPT;
    }
    me.state = State.BLOCKED;
    me.blockedOn = on;
    me.interruptible = interruptible;
    if (untilNs != Long.MAX_VALUE) {
      events.add(new Event(untilNs, eventsMade++, me, me.waitNumber, null));
    }
    handOver(me);
    me.blockedOn = null;
    resumed(me);
    if (me.wake == Wake.INTERRUPT) {
      boolean unused = Thread.interrupted();
    }
    return me.wake;
  }

  /**
   * Lets others run first, if chance wants it; may let time pass too. Where I/O would take place.
   */
  public void yieldPoint() {
    if (!onThread()) {
      return;
    }
    SimThread me = current();
    if (me.doomed) {
      die(me);
    }
    int draw = random.nextInt(1000);
    if (draw < chances.pausePerMille) {
      pause(1 + random.nextLong(1 + random.nextLong(chances.longestPauseNs)));
    } else if (draw < chances.pausePerMille + chances.yieldPerMille && !runnable.isEmpty()) {
      ready(me);
      handOver(me);
      resumed(me);
    }
  }

  /** Lets {@code ns} of virtual time pass for the running thread; not interruptible. */
  public void pause(long ns) {
    block("a pause", nowNs + ns, false);
  }

  private void handOver(SimThread me) {
    SimThread next = next();
    if (next == null) {
      throw new IllegalStateException("the baton has nowhere to go");
    }
    if (next == me) {
      return;
    }
    if (Thread.interrupted()) {
      me.interrupted = true;
    }
    next.carrier.pass();
    me.carrier.await();
  }

  private void resumed(SimThread me) {
    if (me.interrupted) {
      me.interrupted = false;
      Thread.currentThread().interrupt();
    }
    if (me.doomed) {
      die(me);
    }
  }

  void die(SimThread me) {
    if (++me.deaths > MOST_DEATHS) {
      fail(new SimulationFailure("thread " + me + " was killed and goes on" + stacks()));
      done.countDown();
      while (true) {
        me.carrier.await();
      }
    }
    throw new ProcessDied(me.process.name());
  }

  void interrupt(SimThread thread) {
    if (thread.state == State.RUNNING) {
      Thread.currentThread().interrupt();
    } else if (thread.state == State.BLOCKED && thread.interruptible) {
      wake(thread, Wake.INTERRUPT);
    } else if (thread.state != State.ENDED) {
      thread.interrupted = true;
    }
  }

  // ---- processes

  /** Kills a process: each of its threads ends at its next yield point, before anything else. */
  public void kill(SimProcess process) {
    process.dead = true;
    process.frozen = false;
    process.held.clear();
    for (SimThread thread : process.threads) {
      doom(thread);
    }
  }

  private void doom(SimThread thread) {
    if (thread.doomed) {
      return;
    }
    thread.doomed = true;
    runnable.remove(thread);
    if (thread.state == State.BLOCKED) {
      thread.waitNumber++;
      thread.wake = Wake.SIGNAL;
    }
    if (thread.state != State.RUNNING) {
      ready(thread);
    }
  }

  /** Stops all of a process's threads where they are. */
  public void freeze(SimProcess process) {
    if (process.dead || process.frozen) {
      return;
    }
    process.frozen = true;
    for (SimThread thread : process.threads) {
      if (runnable.remove(thread)) {
        process.held.add(thread);
      }
    }
  }

  /** Lets them go on. */
  public void thaw(SimProcess process) {
    if (process.frozen) {
      process.frozen = false;
      runnable.addAll(process.held);
      process.held.clear();
    }
  }

  private void end() {
    ending = true;
    for (SimThread thread : living) {
      thread.process.dead = true;
      thread.process.held.clear();
      doom(thread);
    }
  }

  // ---- events and time

  /** Runs {@code action} at {@code atNs}; it must not wait. */
  public void at(long atNs, Runnable action) {
    events.add(new Event(Math.max(atNs, nowNs), eventsMade++, null, 0, action));
  }

  /** Runs {@code action} in {@code ns}; it must not wait. */
  public void after(long ns, Runnable action) {
    at(nowNs + ns, action);
  }

  /** The thread that runs next, or null at the very end. */
  private SimThread next() {
    while (true) {
      if (!dying.isEmpty()) {
        return chosen(dying.remove(dying.size() - 1));
      }
      if (ending) {
        return null;
      }
      runDue();
      if (failure != null) {
        end();
      } else if (!runnable.isEmpty() && dying.isEmpty()) {
        int last = runnable.size() - 1;
        int index = last == 0 ? 0 : random.nextInt(last + 1);
        SimThread thread = runnable.get(index);
        runnable.set(index, runnable.get(last));
        runnable.remove(last);
        return chosen(thread);
      } else if (dying.isEmpty() && !leap()) {
        fail(new SimulationFailure("nothing can go on: every thread waits for another" + stacks()));
      }
    }
  }

  private SimThread chosen(SimThread thread) {
    progress = ++steps;
    if (++decisionsAtThisTime > MOST_DECISIONS_WITHOUT_TIME) {
      decisionsAtThisTime = 0;
      fail(new SimulationFailure("time stands still: threads run in circles" + stacks()));
    }
    trace.decision(nowNs, thread.number);
    running = thread;
    thread.state = State.RUNNING;
    return thread;
  }

  private void runDue() {
    Event event = events.peek();
    while (event != null && event.atNs <= nowNs && failure == null) {
      events.poll();
      perform(event);
      event = events.peek();
    }
  }

  /** To the time of the next event; false if there is none. */
  private boolean leap() {
    Event event = events.peek();
    while (event != null && event.stale()) {
      events.poll();
      event = events.peek();
    }
    if (event == null) {
      return false;
    }
    decisionsAtThisTime = 0;
    nowNs = Math.max(nowNs, event.atNs);
    return true;
  }

  private void perform(Event event) {
    if (event.thread != null) {
      if (!event.stale()) {
        eventsRun++;
        wake(event.thread, Wake.TIMEOUT);
      }
      return;
    }
    eventsRun++;
    progress = ++steps;
    inEvent = true;
    try {
      event.action.run();
    } catch (RuntimeException | Error e) {
      fail(new SimulationFailure("an event failed: " + e, e));
    } finally {
      inEvent = false;
    }
  }

  /** Ends the run with a failure; the first one counts. */
  public void fail(SimulationFailure reason) {
    if (failure == null) {
      failure = reason;
    }
  }

  /** Whether the run has failed. */
  public boolean failed() {
    return failure != null;
  }

  // ---- messages

  /** A lock was found held: fails the run if those who hold wait in a circle. */
  void refuseCircle(SimThread me, Object wanted) {
    List<SimThread> seen = new ArrayList<>();
    Object on = wanted;
    SimThread holder = holder(on);
    while (holder != null && !seen.contains(holder)) {
      seen.add(holder);
      if (holder == me) {
        me.blockedOn = wanted;
        fail(new SimulationFailure("deadlock of " + seen + stacks()));
        return;
      }
      on = holder.state == State.BLOCKED ? holder.blockedOn : null;
      holder = holder(on);
    }
  }

  private static SimThread holder(Object on) {
    return on instanceof Held held ? held.holder() : null;
  }

  /** Something that one thread may hold and others wait for. */
  interface Held {
    SimThread holder();
  }

  /** Where every thread is. */
  public String stacks() {
    StringBuilder text = new StringBuilder();
    for (SimThread thread : List.copyOf(living)) {
      text.append("\n").append(thread).append(' ').append(thread.state);
      if (thread.blockedOn != null) {
        text.append(" on ").append(thread.blockedOn);
        SimThread holder = holder(thread.blockedOn);
        if (holder != null) {
          text.append(", held by ").append(holder);
        }
      }
      if (thread.process.frozen) {
        text.append(" (frozen)");
      }
      for (StackTraceElement frame : thread.carrier.stack()) {
        if (!MACHINERY.contains(frame.getClassName())
            && !frame.getClassName().startsWith(Carriers.class.getName())
            && !frame.getClassName().equals(Continuations.class.getName())
            && !frame.getClassName().contains("$$Lambda")) {
          text.append("\n    at ").append(frame);
        }
      }
    }
    return text.toString();
  }
}
