package io.lockstep.replicator.reintegration;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets callers that wait for the same log share one force: whoever comes first forces for all that
 * took a ticket before, the others wait. Thread-safe.
 */
final class GroupForce {
  /** The ticket of a caller that appended nothing. */
  static final long NOTHING = 0;

  /** Forces what was appended before the call. */
  @FunctionalInterface
  interface Force {
    void force() throws IOException;
  }

  private final Force force;
  private final ReentrantLock lock;
  private final Condition ended;

  @GuardedBy("lock")
  private long issued;

  @GuardedBy("lock")
  private long done;

  @GuardedBy("lock")
  private boolean running;

  @GuardedBy("lock")
  private IOException failure;

  GroupForce(Execution execution, Force force) {
    this.lock = execution.lock();
    this.ended = lock.newCondition();
    this.force = force;
  }

  /** A ticket for what the caller has appended. */
  long ticket() {
    lock.lock();
    try {
      return ++issued;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns when everything up to the ticket is on stable storage.
   *
   * @throws IOException when a force failed, for every caller from then on
   */
  void await(long ticket) throws IOException {
    while (true) {
      long upTo;
      lock.lock();
      try {
        while (running && done < ticket && failure == null) {
          ended.await();
        }
        if (ticket <= done) {
          return;
        }
        if (failure != null) {
          throw new IOException("the log of changes could not be forced before", failure);
        }
        running = true;
        upTo = issued;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the log of changes was forced");
      } finally {
        lock.unlock();
      }
      run(upTo);
    }
  }

  private void run(long upTo) throws IOException {
    IOException failed = null;
    try {
      force.force();
    } catch (IOException e) {
      failed = e;
    }
    lock.lock();
    try {
      running = false;
      failure = failure == null ? failed : failure;
      done = failed == null ? Math.max(done, upTo) : done;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
    if (failed != null) {
      throw failed;
    }
  }
}
