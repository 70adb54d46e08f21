package io.lockstep.demo.caller;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A few callers that call at the same time, and what they have seen. Safe for many threads.
 *
 * <p>The longest wait of a {@linkplain #mark() window} is the longest that any one call took from
 * its first attempt to its acknowledgement: calls follow each other without pause, so that is the
 * service's outage as a user feels it.
 */
public final class Callers implements AutoCloseable {
  private final CallLog log;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong failedAttempts = new AtomicLong();
  private final AtomicLong longestWaitNanos = new AtomicLong();
  private int calling;
  private boolean paused = true;
  private boolean closed;

  /**
   * Starts the callers, paused.
   *
   * @param desks where each caller calls: one caller an entry, numbered from 1
   * @param answerTimeoutMs how long a caller waits for one answer before it tries anew
   * @param log where acknowledged calls are remembered
   */
  public Callers(List<InetSocketAddress> desks, int answerTimeoutMs, CallLog log) {
    this.log = log;
    for (int i = 0; i < desks.size(); i++) {
      Caller caller = new Caller(i + 1, desks.get(i), answerTimeoutMs, this);
      Thread thread = new Thread(caller, "caller-" + (i + 1));
      thread.setDaemon(true);
      threads.add(thread);
      calling++;
    }
    threads.forEach(Thread::start);
  }

  /** Lets the callers call. */
  public synchronized void resume() {
    paused = false;
    notifyAll();
  }

  /**
   * Lets each caller finish its call and then rest.
   *
   * @return whether all rest within the time
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public synchronized boolean pause(long timeoutMs) throws InterruptedException {
    paused = true;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (calling > 0) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }

  /** Begins a new window for {@link #longestWaitMs}. */
  public void mark() {
    longestWaitNanos.set(0);
  }

  /** The longest that a call took since {@link #mark}, in milliseconds. */
  public long longestWaitMs() {
    return TimeUnit.NANOSECONDS.toMillis(longestWaitNanos.get());
  }

  /** Calls acknowledged since the start. */
  public long acknowledged() {
    return acknowledged.get();
  }

  /** Attempts that failed and were repeated, since the start. */
  public long failedAttempts() {
    return failedAttempts.get();
  }

  /** Blocks a resting caller; false when it should end. */
  synchronized boolean mayCall() {
    if (paused && !closed) {
      calling--;
      notifyAll();
      while (paused && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      calling++;
    }
    return !closed;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  void failedAttempt() {
    failedAttempts.incrementAndGet();
  }

  void acknowledged(int caller, long number, long sinceNanos) {
    log.acknowledged(caller, number, System.currentTimeMillis());
    longestWaitNanos.accumulateAndGet(System.nanoTime() - sinceNanos, Math::max);
    acknowledged.incrementAndGet();
  }

  /** Ends the callers; a call that was not acknowledged yet is given up. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    for (Thread thread : threads) {
      try {
        thread.join(2000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
