package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.testkit.TakingLink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for the peer reads its acknowledgement, one at a time, and nobody is forgotten. */
@Timeout(30)
class WaitersReadTest {
  private static final long EPOCH = 4;
  private static final Generation GENERATION = new Generation(7, 7);

  /** Lets one thread read at a time; each permit is an acknowledgement of one operation more. */
  private final class OneReads extends TakingLink {
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicLong acknowledged = new AtomicLong();

    @Override
    protected void sent(long epoch, Lane lane, byte type, ByteBuffer payload) {}

    @Override
    protected void dropped(long epoch, String reason) {}

    @Override
    public boolean read(long epoch, byte type, BooleanSupplier over, long timeoutNs) {
      if (epoch != EPOCH || type != StreamMessages.ACK || !busy.compareAndSet(false, true)) {
        return false;
      }
      try {
        while (!over.getAsBoolean()) {
          if (comes.tryAcquire()) {
            long upTo = acknowledged.incrementAndGet();
            stream.acknowledged(EPOCH, new Ack(GENERATION, upTo, 0, 0, 0));
          }
          Thread.onSpinWait();
        }
        return true;
      } finally {
        busy.set(false);
      }
    }
  }

  private final Semaphore comes = new Semaphore(0);
  private PrimaryStream stream;

  @Test
  void whoHasItsOwnLeavesTheReadingToAnotherThatWaits() throws Exception {
    stream =
        new PrimaryStream(
            new SystemExecution(),
            new OneReads(),
            1,
            new PrimaryStream.Limits(1 << 20, 1 << 20),
            new NoTracker());
    stream.openAlone(GENERATION, 0);
    stream.beginDual(EPOCH);
    stream.commitDual();
    List<Thread> writers = new ArrayList<>();
    AtomicLong done = new AtomicLong();
    for (int i = 1; i <= 3; i++) {
      long sequence = stream.submit(operation(i), false);
      assertThat(sequence).isEqualTo(i);
      Thread writer = new Thread(() -> waitFor(sequence, done));
      writer.start();
      writers.add(writer);
    }
    for (int i = 1; i <= 3; i++) {
      comes.release();
      long now = i;
      await().until(() -> done.get() == now);
    }
    for (Thread writer : writers) {
      writer.join();
    }
  }

  private void waitFor(long sequence, AtomicLong done) {
    try {
      stream.awaitReceived(sequence, operation(sequence));
      done.incrementAndGet();
    } catch (StoreException e) {
      throw new AssertionError(e);
    }
  }

  private static Operation operation(long number) {
    return new Operation.Truncate(new FileId(1, 1), TreePath.of(0, "f"), 1, number);
  }

  private static final class NoTracker implements AloneTracker {
    @Override
    public void track(Operation operation, boolean sent) {}

    @Override
    public void failed(Operation operation) {}
  }
}
