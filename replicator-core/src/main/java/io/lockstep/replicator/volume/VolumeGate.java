package io.lockstep.replicator.volume;

import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.reintegration.WriteGate;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Where modifications enter and leave: can be held, so that none is in flight, narrowed, so that a
 * reintegration catches up with the fastest writer, and shut for good. Safe for any thread; a hold
 * is closed by the thread that took it.
 */
public final class VolumeGate implements WriteGate {
  private static final long MOST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Execution execution;
  private final ReentrantReadWriteLock lock;
  private volatile long bytesPerSecond;
  private long nextFreeNs;
  private volatile boolean shut;

  VolumeGate(Execution execution) {
    this.execution = execution;
    this.lock = execution.readWriteLock(true);
  }

  /**
   * One modification begins; waits while the gate is held.
   *
   * @throws StoreException when it is shut
   */
  void enter(long bytes) throws StoreException {
    long waitNs = bytesPerSecond == 0 ? 0 : claim(bytes);
    if (waitNs > 0) {
      pause(waitNs);
    }
    lock.readLock().lock();
    if (shut) {
      leave();
      throw new StoreException(Failure.IO, "the directory is not served here any more");
    }
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

  /**
   * Lets no modification in any more. One that is in flight ends by itself, and has its effect even
   * if whoever asked for it is gone: see {@link #awaitNone}.
   */
  public void shut() {
    shut = true;
  }

  /** Waits until no modification is in flight; returns whether that is so within the time. */
  public boolean awaitNone(long timeoutMs) throws InterruptedException {
    if (!lock.writeLock().tryLock(timeoutMs, TimeUnit.MILLISECONDS)) {
      return false;
    }
    lock.writeLock().unlock();
    return true;
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
