package io.lockstep.replicator.testkit.sim;

import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.testkit.sim.SimThread.State;
import io.lockstep.replicator.testkit.sim.SimThread.Wake;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** What one simulated process has for time, chance, threads and locks. */
public final class SimExecution implements Execution {
  private final Scheduler scheduler;
  private final SimProcess process;

  /** For a process of that scheduler's world. */
  public SimExecution(Scheduler scheduler, SimProcess process) {
    this.scheduler = scheduler;
    this.process = process;
  }

  /** Whose it is. */
  public SimProcess process() {
    return process;
  }

  @Override
  public long nanoTime() {
    return process.clock().monotonicNs();
  }

  @Override
  public long wallTimeNs() {
    return process.clock().wallNs();
  }

  @Override
  public UUID randomUuid() {
    long high = scheduler.random().nextLong();
    long low = scheduler.random().nextLong();
    return new UUID(high & ~0xF000L | 0x4000L, low & ~(0xC0L << 56) | 0x80L << 56);
  }

  @Override
  public Task task(String name, Runnable body) {
    return new SimTask(scheduler.spawn(process, name, body));
  }

  @Override
  public ReentrantLock lock() {
    return new SimLock(scheduler);
  }

  @Override
  public ReentrantReadWriteLock readWriteLock(boolean fair) {
    return new SimReadWriteLock(scheduler, fair);
  }

  @Override
  public void sleepNs(long ns) throws InterruptedException {
    if (scheduler.block("a sleep", scheduler.nowNs() + ns, true) == Wake.INTERRUPT) {
      throw new InterruptedException();
    }
  }

  private final class SimTask implements Task {
    private final SimThread thread;

    SimTask(SimThread thread) {
      this.thread = thread;
    }

    @Override
    public void start() {
      scheduler.start(thread);
    }

    @Override
    public boolean join(long timeoutMs) throws InterruptedException {
      long untilNs =
          timeoutMs == 0
              ? Long.MAX_VALUE
              : scheduler.nowNs() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
      while (isAlive() && scheduler.nowNs() < untilNs) {
        SimThread me = scheduler.current();
        thread.joiners.add(me);
        Wake wake = scheduler.block("the end of " + thread, untilNs, true);
        thread.joiners.remove(me);
        if (wake == Wake.INTERRUPT) {
          throw new InterruptedException();
        }
      }
      return !isAlive();
    }

    @Override
    public boolean isAlive() {
      return thread.state != State.NEW && thread.state != State.ENDED;
    }

    @Override
    public void interrupt() {
      scheduler.interrupt(thread);
    }

    @Override
    public boolean isCurrent() {
      return scheduler.onThread() && scheduler.current() == thread;
    }
  }
}
