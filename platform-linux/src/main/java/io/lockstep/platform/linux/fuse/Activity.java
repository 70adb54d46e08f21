package io.lockstep.platform.linux.fuse;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether anything changed since a durable write.
 *
 * <p>For a write to a file opened with O_SYNC the kernel sends the write, whose flags ask for
 * durability, and then FSYNC: the data would be forced twice. The second is answered at once if the
 * write was durable and nothing else changed meanwhile. Every change counts at its beginning and at
 * its end, so one in flight is never mistaken for one that the write's sync covered.
 */
final class Activity {
  private final AtomicLong marks = new AtomicLong();

  /** A change begins. */
  long begin() {
    return marks.incrementAndGet();
  }

  /** It ended; whether it was alone since {@code begun}. */
  boolean end(long begun) {
    return marks.incrementAndGet() == begun + 1;
  }

  long now() {
    return marks.get();
  }
}
