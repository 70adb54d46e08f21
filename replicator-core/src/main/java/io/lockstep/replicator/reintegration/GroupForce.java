package io.lockstep.replicator.reintegration;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InterruptedIOException;

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

  @GuardedBy("this")
  private long issued;

  @GuardedBy("this")
  private long done;

  @GuardedBy("this")
  private boolean running;

  @GuardedBy("this")
  private IOException failure;

  GroupForce(Force force) {
    this.force = force;
  }

  /** A ticket for what the caller has appended. */
  synchronized long ticket() {
    return ++issued;
  }

  /**
   * Returns when everything up to the ticket is on stable storage.
   *
   * @throws IOException when a force failed, for every caller from then on
   */
  void await(long ticket) throws IOException {
    while (true) {
      long upTo;
      synchronized (this) {
        try {
          while (running && done < ticket && failure == null) {
            wait();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while the log of changes was forced");
        }
        if (ticket <= done) {
          return;
        }
        if (failure != null) {
          throw new IOException("the log of changes could not be forced before", failure);
        }
        running = true;
        upTo = issued;
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
    synchronized (this) {
      running = false;
      failure = failure == null ? failed : failure;
      done = failed == null ? Math.max(done, upTo) : done;
      notifyAll();
    }
    if (failed != null) {
      throw failed;
    }
  }
}
