package io.lockstep.replicator.port;

import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Time, chance, threads and locks as the replicator sees them.
 *
 * <p>All code that waits, starts a thread, reads a clock or draws a random value asks here, so that
 * the simulator can run the very code that production runs: real threads, one at a time, in virtual
 * time, in an order that one seed decides. In production each method is the JDK's own and costs
 * nothing more.
 *
 * <p>Two rules keep that possible. What waits, waits on a {@link ReentrantLock#newCondition
 * condition} of a lock made here, never in {@code Object.wait}. A monitor ({@code synchronized}) is
 * held only over code that neither waits nor reaches a disk or the network; anything longer is
 * guarded by a lock made here.
 */
public interface Execution {
  /** A thread that was asked for. */
  interface Task {
    /** Starts it; once. */
    void start();

    /** Waits until it has ended; returns whether it has within {@code timeoutMs}. */
    boolean join(long timeoutMs) throws InterruptedException;

    /** Whether it was started and has not ended. */
    boolean isAlive();

    /** As {@link Thread#interrupt}. */
    void interrupt();

    /** Whether the calling thread is this one. */
    boolean isCurrent();
  }

  /** A clock for measuring, in ns from any origin; never goes back. */
  long nanoTime();

  /** The wall clock, in ns since 1970 (UTC); may jump either way. */
  long wallTimeNs();

  /** A random identity. */
  UUID randomUuid();

  /** A daemon thread, not yet started. */
  Task task(String name, Runnable body);

  /** A lock, not fair. */
  ReentrantLock lock();

  /** A lock for readers and writers. */
  ReentrantReadWriteLock readWriteLock(boolean fair);

  /** Lets {@code ns} pass. */
  void sleepNs(long ns) throws InterruptedException;
}
