package io.lockstep.failover.heartbeat;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one network brought. The peer sends each heartbeat on every network under the same number:
 * only the first to come is news, but each shows that its network works, and a gap in the numbers
 * is loss. How unevenly they come is jitter, smoothed as in RFC 3550: the spacing of two arrivals
 * against that of their numbers, a sixteenth of the difference at a time. Written by one thread,
 * read by any.
 */
final class PathCounts {
  private static final int SMOOTHING = 16;

  private final AtomicLong received = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private UUID session;
  private long newest;
  private long arrivedNs;
  private volatile long jitterNs;

  /** Whether this number did not come on this network before. */
  boolean fresh(Datagram d) {
    return !d.session().equals(session) || d.counter() > newest;
  }

  /** Notes a genuine heartbeat that is fresh here, of a peer that sends one each interval. */
  void note(Datagram d, long nowNs, long intervalNs) {
    if (d.session().equals(session)) {
      long numbers = d.counter() - newest;
      lost.addAndGet(numbers - 1);
      long unevenNs = Math.abs(nowNs - arrivedNs - numbers * intervalNs);
      jitterNs += (unevenNs - jitterNs) / SMOOTHING;
    }
    arrivedNs = nowNs;
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

  long jitterNs() {
    return jitterNs;
  }
}
