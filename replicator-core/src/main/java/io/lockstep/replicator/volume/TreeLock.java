package io.lockstep.replicator.volume;

import io.lockstep.replicator.port.Execution;
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

  private final ReentrantReadWriteLock lock;

  TreeLock(Execution execution) {
    this.lock = execution.readWriteLock(false);
  }

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
