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
import java.time.Duration;
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
    protected void sent(long epoch, Lane lane, byte type, ByteBuffer payload) {
      if (type == StreamMessages.FORCE) {
        forcesAsked.incrementAndGet();
      }
    }

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
            stream.acknowledged(EPOCH, new Ack(GENERATION, upTo, upTo, upTo, 0));
          }
          Thread.onSpinWait();
        }
        return true;
      } finally {
        busy.set(false);
      }
    }
  }

  private static final int ROOM_BYTES = 2_000;

  private final Semaphore comes = new Semaphore(0);
  private final AtomicLong forcesAsked = new AtomicLong();
  private PrimaryStream stream;

  private void serve(PrimaryStream.Limits limits) {
    stream = new PrimaryStream(new SystemExecution(), new OneReads(), 1, limits, new NoTracker());
    stream.openAlone(GENERATION, 0);
    stream.beginDual(EPOCH);
    stream.commitDual();
  }

  @Test
  void whoLacksRoomReadsByItself() throws Exception {
    serve(new PrimaryStream.Limits(ROOM_BYTES, ROOM_BYTES));
    AtomicLong numbered = new AtomicLong();
    Thread writer = new Thread(() -> submitUpTo(1_000, numbered));
    writer.start();
    await().until(() -> writer.getState() == Thread.State.RUNNABLE && numbered.get() > 2);
    long before = stopped(numbered);
    assertThat(before).as("it fills the room and no more").isLessThan(ROOM_BYTES / 10);
    comes.release();
    await().until(() -> numbered.get() > before);
    comes.release(1_000);
    writer.join();
    assertThat(numbered.get()).isEqualTo(1_000);
  }

  /** Where it stays for a while. */
  private static long stopped(AtomicLong counter) {
    AtomicLong last = new AtomicLong(-1);
    await()
        .pollInterval(Duration.ofMillis(100))
        .until(() -> last.getAndSet(counter.get()) == counter.get());
    return last.get();
  }

  private void submitUpTo(long last, AtomicLong numbered) {
    try {
      for (long i = 1; i <= last; i++) {
        numbered.set(stream.submit(operation(i), false));
      }
    } catch (StoreException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void thePeerIsAskedToForceBeforeAnybodyHasToWaitForIt() throws Exception {
    serve(new PrimaryStream.Limits(ROOM_BYTES, ROOM_BYTES));
    long last = 0;
    while (forcesAsked.get() == 0) {
      last = stream.submit(operation(last + 1), false);
    }
    last = stream.submit(operation(last + 1), false);
    assertThat(forcesAsked.get()).as("once for what is on its way").isEqualTo(1);
    stream.acknowledged(EPOCH, new Ack(GENERATION, last, 0, last, 0));
    last = stream.submit(operation(last + 1), false);
    assertThat(forcesAsked.get()).as("nothing more is durable").isEqualTo(1);
    stream.acknowledged(EPOCH, new Ack(GENERATION, last, last, last, 0));
    while (forcesAsked.get() == 1) {
      last = stream.submit(operation(last + 1), false);
    }
  }

  @Test
  void whoHasItsOwnLeavesTheReadingToAnotherThatWaits() throws Exception {
    serve(new PrimaryStream.Limits(1 << 20, 1 << 20));
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
    public void settled(Operation operation) {}

    @Override
    public void failed(Operation operation) {}
  }
}
