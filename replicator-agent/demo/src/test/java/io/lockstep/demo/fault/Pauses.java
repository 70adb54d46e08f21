package io.lockstep.demo.fault;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The longest time for which a count did not grow, looked at from outside. */
final class Pauses implements AutoCloseable {
  private static final long LOOK_MS = 10;

  private final LongSupplier count;
  private final Thread thread = new Thread(this::watch, "pauses");
  private volatile boolean ended;
  private long longestNs;

  /** From now on. */
  Pauses(LongSupplier count) {
    this.count = count;
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    long last = count.getAsLong();
    long grewNs = System.nanoTime();
    long longest = 0;
    while (!ended) {
      try {
        TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      } catch (InterruptedException e) {
        break;
      }
      long now = count.getAsLong();
      longest = Math.max(longest, System.nanoTime() - grewNs);
      if (now != last) {
        last = now;
        grewNs = System.nanoTime();
      }
    }
    longestNs = longest;
  }

  /** Ends the watch; the longest pause in ms. */
  long end() {
    close();
    return TimeUnit.NANOSECONDS.toMillis(longestNs);
  }

  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
