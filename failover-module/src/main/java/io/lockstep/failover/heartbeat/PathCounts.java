package io.lockstep.failover.heartbeat;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one network brought. The peer sends each heartbeat on every network under the same number:
 * only the first to come is news, but each shows that its network works, and a gap in the numbers
 * is loss. Written by one thread, read by any.
 */
final class PathCounts {
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private UUID session;
  private long newest;

  /** Whether this number did not come on this network before. */
  boolean fresh(Datagram d) {
    return !d.session().equals(session) || d.counter() > newest;
  }

  /** Notes a genuine heartbeat that is fresh here. */
  void note(Datagram d) {
    if (d.session().equals(session)) {
      lost.addAndGet(d.counter() - newest - 1);
    }
    session = d.session();
    newest = d.counter();
    received.incrementAndGet();
  }

  long received() {
    return received.get();
  }

  long lost() {
    return lost.get();
  }
}
