package io.lockstep.platform.linux.fuse;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a connection, and how many of its workers still serve: when none does, nobody uses
 * what they share any more. Safe for any thread.
 */
final class Workers {
  private final String name;
  private final AtomicInteger serving;
  private final CountDownLatch over = new CountDownLatch(1);

  /**
   * Threads are called by {@code name}; {@code first} workers are to be started at once: all are
   * counted before one can end.
   */
  Workers(String name, int first) {
    this.name = name;
    this.serving = new AtomicInteger(first);
  }

  /** Starts a daemon thread, be it a worker's or not. It does not count. */
  Thread start(Runnable what, String called) {
    Thread thread = new Thread(what, name + "-" + called);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** One more is to be started, while another serves. */
  void began() {
    serving.incrementAndGet();
  }

  /** One serves no more, or could not be started. */
  void ended() {
    if (serving.decrementAndGet() == 0) {
      over.countDown();
    }
  }

  /** Whether any serves. */
  boolean alive() {
    return serving.get() > 0;
  }

  /** Returns when none serves any more. */
  void awaitEnd() throws InterruptedException {
    over.await();
  }
}
