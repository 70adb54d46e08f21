package io.lockstep.replicator.volume;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps the paths of a tree as they are: shared by everyone who needs one, alone for who moves a
 * directory.
 */
final class TreeLock {
  /** Gives the lock back. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  Held shared() {
    return hold(lock.readLock());
  }

  Held exclusive() {
    return hold(lock.writeLock());
  }

  private static Held hold(Lock side) {
    side.lock();
    return side::unlock;
  }
}
