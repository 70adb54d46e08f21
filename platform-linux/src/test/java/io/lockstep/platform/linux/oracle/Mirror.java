package io.lockstep.platform.linux.oracle;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.replication.ApplyFailure;
import io.lockstep.replicator.replication.OperationApplier;
import io.lockstep.replicator.replication.Sequencer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A secondary on the same machine: takes operations as bytes, in the order of their numbers, and
 * applies them to its own tree on a thread of its own, later than they are answered, as a secondary
 * does. What it cannot apply fails the test, unless the primary takes it back.
 */
final class Mirror implements Sequencer, AutoCloseable {
  private record Received(long sequence, ByteBuffer bytes) {}

  private static final Received END = new Received(-1, ByteBuffer.allocate(0));
  private static final int MOST_WAITING = 4096;

  private final OperationApplier applier;
  private final BlockingQueue<Received> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
  private final Map<Long, String> unforgiven = new HashMap<>();
  private final List<String> failures = new ArrayList<>();
  private final Thread thread = new Thread(this::applyAll, "mirror");
  private long numbered;
  private long applied;

  Mirror(FileStore store) {
    applier = new OperationApplier(store);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public long submit(Operation operation, boolean force) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(OperationCodec.maxBytes(operation));
    OperationCodec.encode(operation, bytes);
    synchronized (this) {
      long sequence = ++numbered;
      put(new Received(sequence, bytes.flip()));
      return sequence;
    }
  }

  private void put(Received received) {
    try {
      waiting.put(received);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void applyAll() {
    try {
      for (Received next = waiting.take(); next.sequence() >= 0; next = waiting.take()) {
        apply(next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void apply(Received received) {
    String failure = null;
    Operation operation = null;
    try {
      operation = OperationCodec.decode(received.bytes());
      applier.apply(operation);
    } catch (MalformedException | ApplyFailure | RuntimeException e) {
      failure = received.sequence() + " " + e;
    }
    synchronized (this) {
      if (operation instanceof Operation.Compensate compensation) {
        unforgiven.remove(compensation.failedSequence());
        if (failure != null) {
          failures.add(failure);
        }
      } else if (failure != null) {
        unforgiven.put(received.sequence(), failure);
      }
      applied = received.sequence();
      notifyAll();
    }
  }

  /** Waits until everything numbered is applied; returns what could not be. */
  synchronized List<String> drain() throws InterruptedException {
    while (applied < numbered) {
      wait();
    }
    List<String> all = new ArrayList<>(failures);
    all.addAll(unforgiven.values());
    return all;
  }

  synchronized long numbered() {
    return numbered;
  }

  @Override
  public void awaitReceived(long sequence, Operation operation) {
    // numbered is received
  }

  @Override
  public void completed(long sequence, Operation operation) {
    // nothing is kept
  }

  @Override
  public void failed(Operation operation) {
    // the compensation follows as an operation
  }

  @Override
  public synchronized long requestForce() {
    return numbered;
  }

  @Override
  public void awaitDurable(long sequence) {
    // this peer does not lose power
  }

  @Override
  public void close() {
    put(END);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    applier.close();
  }
}
