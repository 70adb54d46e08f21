package io.lockstep.replicator.volume;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Where modifications enter and leave: can be held, so that none is in flight, and narrowed, so
 * that a reintegration catches up with the fastest writer. Safe for any thread.
 */
public final class VolumeGate {
  private static final long MOST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
  private volatile long bytesPerSecond;
  private long nextFreeNs;

  /** One modification begins; waits while the gate is held. */
  void enter(long bytes) {
    long waitNs = bytesPerSecond == 0 ? 0 : claim(bytes);
    if (waitNs > 0) {
      LockSupport.parkNanos(waitNs);
    }
    lock.readLock().lock();
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
    long now = System.nanoTime();
    long costNs = (long) ((bytes + 512) * 1e9 / rate);
    nextFreeNs = Math.max(now, nextFreeNs) + costNs;
    return Math.min(nextFreeNs - now, MOST_WAIT_NS);
  }

  /**
   * Waits until no modification is in flight and lets none in until the result is closed, by the
   * same thread.
   */
  public AutoCloseable hold() throws InterruptedException {
    lock.writeLock().lockInterruptibly();
    return lock.writeLock()::unlock;
  }

  /** Narrows the gate to that many bytes a second; 0 opens it wide. */
  public void limitBytesPerSecond(long limit) {
    bytesPerSecond = limit;
  }
}
