package io.lockstep.replicator.testkit.sim;

import io.lockstep.replicator.testkit.sim.SimThread.Wake;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A lock for readers and writers of the simulated world. A reader waits while a writer holds it,
 * and while one waits for it unless it reads already, as with the JDK's.
 */
final class SimReadWriteLock extends ReentrantReadWriteLock implements Scheduler.Held {
  private static final long serialVersionUID = 1L;

  private final transient Scheduler scheduler;
  private final transient List<SimThread> waiting = new ArrayList<>();
  private final transient Map<SimThread, Integer> readers = new HashMap<>();
  private final transient Reading reading;
  private final transient Writing writing;
  private transient SimThread writer;
  private int writes;
  private int writersWaiting;

  SimReadWriteLock(Scheduler scheduler, boolean fair) {
    super(fair);
    this.scheduler = scheduler;
    this.reading = new Reading(this);
    this.writing = new Writing(this);
  }

  @Override
  public SimThread holder() {
    return writer;
  }

  @Override
  public ReadLock readLock() {
    return reading;
  }

  @Override
  public WriteLock writeLock() {
    return writing;
  }

  private boolean takeRead(SimThread me) {
    boolean again = readers.containsKey(me);
    if (writer != me && (writer != null || writersWaiting > 0 && !again)) {
      return false;
    }
    readers.merge(me, 1, Integer::sum);
    return true;
  }

  private boolean takeWrite(SimThread me) {
    if (writer != me && (writer != null || !readers.isEmpty())) {
      return false;
    }
    writer = me;
    writes++;
    return true;
  }

  private Wake waitForIt(SimThread me, long untilNs, boolean interruptible, boolean write) {
    scheduler.refuseCircle(me, this);
    waiting.add(me);
    if (write) {
      writersWaiting++;
    }
    Wake wake;
    try {
      wake = scheduler.block(this, untilNs, interruptible);
    } finally {
      waiting.remove(me);
      if (write) {
        writersWaiting--;
      }
    }
    if (write && wake != Wake.SIGNAL) {
      // readers waited for this writer too, which may leave now without having written
      wakeAll();
    }
    return wake;
  }

  private void wakeAll() {
    for (SimThread waiter : waiting) {
      scheduler.wake(waiter, Wake.SIGNAL);
    }
  }

  @Override
  public boolean isWriteLocked() {
    return writer != null;
  }

  @Override
  public boolean isWriteLockedByCurrentThread() {
    return writer == scheduler.current();
  }

  @Override
  public int getReadLockCount() {
    return readers.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public int getReadHoldCount() {
    return readers.getOrDefault(scheduler.current(), 0);
  }

  @Override
  public int getWriteHoldCount() {
    return isWriteLockedByCurrentThread() ? writes : 0;
  }

  @Override
  public String toString() {
    return "a lock for readers and writers, " + readers.size() + " reading";
  }

  private interface Take {
    boolean by(SimThread me);
  }

  private void lock(Take take, boolean write) {
    scheduler.yieldPoint();
    SimThread me = scheduler.current();
    while (!take.by(me)) {
      waitForIt(me, Long.MAX_VALUE, false, write);
    }
  }

  private boolean lock(Take take, long timeoutNs, boolean write) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    SimThread me = scheduler.current();
    long untilNs = timeoutNs == Long.MAX_VALUE ? Long.MAX_VALUE : scheduler.nowNs() + timeoutNs;
    while (!take.by(me)) {
      if (scheduler.nowNs() >= untilNs) {
        return false;
      }
      if (waitForIt(me, untilNs, true, write) == Wake.INTERRUPT) {
        throw new InterruptedException();
      }
    }
    return true;
  }

  private void unlockRead() {
    SimThread me = scheduler.current();
    Integer count = readers.get(me);
    if (count == null) {
      if (me.doomed) {
        return;
      }
      throw new IllegalMonitorStateException(me + " does not read");
    }
    if (count == 1) {
      readers.remove(me);
      wakeAll();
    } else {
      readers.put(me, count - 1);
    }
  }

  private void unlockWrite() {
    SimThread me = scheduler.current();
    if (writer != me) {
      if (me.doomed) {
        return;
      }
      throw new IllegalMonitorStateException(me + " does not write");
    }
    if (--writes == 0) {
      writer = null;
      wakeAll();
    }
  }

  private static final class Reading extends ReadLock {
    private static final long serialVersionUID = 1L;
    private final SimReadWriteLock of;

    Reading(SimReadWriteLock of) {
      super(of);
      this.of = of;
    }

    @Override
    public void lock() {
      of.lock(of::takeRead, false);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
      of.lock(of::takeRead, Long.MAX_VALUE, false);
    }

    @Override
    public boolean tryLock() {
      return of.takeRead(of.scheduler.current());
    }

    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
      return of.lock(of::takeRead, unit.toNanos(timeout), false);
    }

    @Override
    public void unlock() {
      of.unlockRead();
    }
  }

  private static final class Writing extends WriteLock {
    private static final long serialVersionUID = 1L;
    private final SimReadWriteLock of;

    Writing(SimReadWriteLock of) {
      super(of);
      this.of = of;
    }

    @Override
    public void lock() {
      of.lock(of::takeWrite, true);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
      of.lock(of::takeWrite, Long.MAX_VALUE, true);
    }

    @Override
    public boolean tryLock() {
      return of.takeWrite(of.scheduler.current());
    }

    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
      return of.lock(of::takeWrite, unit.toNanos(timeout), true);
    }

    @Override
    public void unlock() {
      of.unlockWrite();
    }

    @Override
    public boolean isHeldByCurrentThread() {
      return of.isWriteLockedByCurrentThread();
    }

    @Override
    public int getHoldCount() {
      return of.getWriteHoldCount();
    }

    @Override
    public Condition newCondition() {
      throw new UnsupportedOperationException("a condition of a lock for readers and writers");
    }
  }
}
