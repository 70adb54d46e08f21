package io.lockstep.replicator.testkit.sim;

import io.lockstep.replicator.testkit.sim.SimThread.Wake;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock of the simulated world: a thread that would block gives the baton away. Who gets it next
 * is drawn; whoever comes by first may take it before, as with the JDK's.
 */
final class SimLock extends ReentrantLock implements Scheduler.Held {
  private static final long serialVersionUID = 1L;

  private final transient Scheduler scheduler;
  private final transient List<SimThread> waiting = new ArrayList<>();
  private transient SimThread owner;
  private int holds;

  SimLock(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public SimThread holder() {
    return owner;
  }

  @Override
  public void lock() {
    scheduler.yieldPoint();
    SimThread me = scheduler.current();
    while (!take(me)) {
      waitForIt(me, Long.MAX_VALUE, false);
    }
  }

  @Override
  public void lockInterruptibly() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    SimThread me = scheduler.current();
    while (!take(me)) {
      if (waitForIt(me, Long.MAX_VALUE, true) == Wake.INTERRUPT) {
        throw new InterruptedException();
      }
    }
  }

  @Override
  public boolean tryLock() {
    return take(scheduler.current());
  }

  @Override
  public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    SimThread me = scheduler.current();
    long untilNs = scheduler.nowNs() + unit.toNanos(timeout);
    while (!take(me)) {
      if (scheduler.nowNs() >= untilNs) {
        return false;
      }
      if (waitForIt(me, untilNs, true) == Wake.INTERRUPT) {
        throw new InterruptedException();
      }
    }
    return true;
  }

  private Wake waitForIt(SimThread me, long untilNs, boolean interruptible) {
    scheduler.refuseCircle(me, this);
    waiting.add(me);
    Wake wake;
    try {
      wake = scheduler.block(this, untilNs, interruptible);
    } finally {
      waiting.remove(me);
    }
    if (wake == Wake.INTERRUPT && owner == null) {
      // it may have been woken to take it, and does not: another one does
      wakeOne();
    }
    return wake;
  }

  private boolean take(SimThread me) {
    if (owner != null && owner != me) {
      return false;
    }
    owner = me;
    holds++;
    return true;
  }

  private void wakeOne() {
    int count = waiting.size();
    if (count > 0) {
      int index = count == 1 ? 0 : scheduler.random().nextInt(count);
      scheduler.wake(waiting.get(index), Wake.SIGNAL);
    }
  }

  @Override
  public void unlock() {
    SimThread me = scheduler.current();
    if (owner != me) {
      if (me.doomed) {
        return;
      }
      throw new IllegalMonitorStateException(me + " does not hold this lock, " + owner + " does");
    }
    if (--holds == 0) {
      owner = null;
      wakeOne();
    }
  }

  private int releaseAll(SimThread me) {
    if (owner != me) {
      throw new IllegalMonitorStateException(me + " waits on a condition without its lock");
    }
    int count = holds;
    holds = 0;
    owner = null;
    wakeOne();
    return count;
  }

  private void retake(SimThread me, int count) {
    while (!take(me)) {
      waitForIt(me, Long.MAX_VALUE, false);
    }
    holds = count;
  }

  @Override
  public Condition newCondition() {
    return new SimCondition();
  }

  @Override
  public boolean isHeldByCurrentThread() {
    return owner == scheduler.current();
  }

  @Override
  public int getHoldCount() {
    return isHeldByCurrentThread() ? holds : 0;
  }

  @Override
  public boolean isLocked() {
    return owner != null;
  }

  @Override
  public String toString() {
    return "a lock";
  }

  private final class SimCondition implements Condition {
    private final List<SimThread> waiters = new ArrayList<>();

    private Wake waitUntil(long untilNs, boolean interruptible) {
      SimThread me = scheduler.current();
      int count = releaseAll(me);
      waiters.add(me);
      Wake wake;
      try {
        wake = scheduler.block(this, untilNs, interruptible);
      } finally {
        waiters.remove(me);
      }
      retake(me, count);
      return wake;
    }

    @Override
    public void await() throws InterruptedException {
      if (waitUntil(Long.MAX_VALUE, true) == Wake.INTERRUPT) {
        throw new InterruptedException();
      }
    }

    @Override
    public void awaitUninterruptibly() {
      waitUntil(Long.MAX_VALUE, false);
    }

    @Override
    public long awaitNanos(long timeoutNs) throws InterruptedException {
      long untilNs = scheduler.nowNs() + Math.max(0, timeoutNs);
      if (untilNs < 0) {
        untilNs = Long.MAX_VALUE;
      }
      if (waitUntil(untilNs, true) == Wake.INTERRUPT) {
        throw new InterruptedException();
      }
      return untilNs - scheduler.nowNs();
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // the caller loops
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
      return awaitNanos(unit.toNanos(time)) > 0;
    }

    @Override
    public boolean awaitUntil(java.util.Date deadline) {
      throw new UnsupportedOperationException("a wait by the wall clock depends on its jumps");
    }

    @Override
    public void signal() {
      if (!waiters.isEmpty()) {
        SimThread chosen = waiters.remove(scheduler.random().nextInt(waiters.size()));
        scheduler.wake(chosen, Wake.SIGNAL);
      }
    }

    @Override
    public void signalAll() {
      for (SimThread waiter : List.copyOf(waiters)) {
        scheduler.wake(waiter, Wake.SIGNAL);
      }
      waiters.clear();
    }

    @Override
    public String toString() {
      return "a condition";
    }
  }
}
