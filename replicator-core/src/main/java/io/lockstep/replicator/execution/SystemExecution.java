package io.lockstep.replicator.execution;

import io.lockstep.replicator.port.Execution;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The JVM's own clocks, threads and locks. */
public class SystemExecution implements Execution {
  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long wallTimeNs() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  @Override
  public UUID randomUuid() {
    return UUID.randomUUID();
  }

  @Override
  public Task task(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    return new ThreadTask(thread);
  }

  @Override
  public ReentrantLock lock() {
    return new ReentrantLock();
  }

  @Override
  public ReentrantReadWriteLock readWriteLock(boolean fair) {
    return new ReentrantReadWriteLock(fair);
  }

  @Override
  public void sleepNs(long ns) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(ns);
  }

  private record ThreadTask(Thread thread) implements Task {
    @Override
    public void start() {
      thread.start();
    }

    @Override
    public boolean join(long timeoutMs) throws InterruptedException {
      thread.join(timeoutMs);
      return !thread.isAlive();
    }

    @Override
    public boolean isAlive() {
      return thread.isAlive();
    }

    @Override
    public void interrupt() {
      thread.interrupt();
    }

    @Override
    public boolean isCurrent() {
      return Thread.currentThread() == thread;
    }
  }
}
