package io.lockstep.replicator.volume;

import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.reintegration.WriteGate;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Where modifications enter and leave: can be held, so that none is in flight, and narrowed, so
 * that a reintegration catches up with the fastest writer. Safe for any thread; a hold is closed by
 * the thread that took it.
 */
public final class VolumeGate implements WriteGate {
  private static final long MOST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Execution execution;
  private final ReentrantReadWriteLock lock;
  private volatile long bytesPerSecond;
  private long nextFreeNs;

  VolumeGate(Execution execution) {
    this.execution = execution;
    this.lock = execution.readWriteLock(true);
  }

  /** One modification begins; waits while the gate is held. */
  void enter(long bytes) {
    long waitNs = bytesPerSecond == 0 ? 0 : claim(bytes);
    if (waitNs > 0) {
      pause(waitNs);
    }
    lock.readLock().lock();
  }

  private void pause(long waitNs) {
    try {
      execution.sleepNs(waitNs);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It had its effect, or failed. */
  void leave() {
    lock.readLock().unlock();
  }

  private synchronized long claim(long bytes) {
    long rate = bytesPerSecond;
    if (rate == 0) {
      return 0;
    }
    long now = execution.nanoTime();
    long costNs = (long) ((bytes + 512) * 1e9 / rate);
    nextFreeNs = Math.min(Math.max(now, nextFreeNs) + costNs, now + MOST_WAIT_NS);
    return nextFreeNs - now;
  }

  @Override
  public Hold hold() throws InterruptedException {
    lock.writeLock().lockInterruptibly();
    return lock.writeLock()::unlock;
  }

  @Override
  public void limitBytesPerSecond(long limit) {
    bytesPerSecond = limit;
  }
}
