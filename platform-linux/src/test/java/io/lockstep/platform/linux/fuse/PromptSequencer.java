package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.replication.Sequencer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A peer that has everything at once, unless told to hang. Counts what it is asked for. */
final class PromptSequencer implements Sequencer {
  private final AtomicLong last = new AtomicLong();
  private final AtomicReference<CountDownLatch> hang = new AtomicReference<>(new CountDownLatch(0));
  final AtomicInteger waiting = new AtomicInteger();
  final AtomicInteger forces = new AtomicInteger();

  /** Names of the threads that asked for something. */
  final Set<String> threads = ConcurrentHashMap.newKeySet();

  /** From now on no operation is received, until {@link #goOn}. */
  void hang() {
    hang.set(new CountDownLatch(1));
  }

  void goOn() {
    hang.get().countDown();
  }

  @Override
  public long submit(Operation operation, boolean force) {
    threads.add(Thread.currentThread().getName());
    return last.incrementAndGet();
  }

  @Override
  public void awaitReceived(long sequence, Operation operation) throws StoreException {
    waiting.incrementAndGet();
    try {
      hang.get().await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  @Override
  public void completed(long sequence, Operation operation) {
    // nothing is kept
  }

  @Override
  public void failed(Operation operation) {
    // the compensation is an operation as any other
  }

  @Override
  public long requestForce() {
    forces.incrementAndGet();
    return last.get();
  }

  @Override
  public void awaitDurable(long sequence) throws StoreException {
    awaitReceived(sequence, null);
  }
}
