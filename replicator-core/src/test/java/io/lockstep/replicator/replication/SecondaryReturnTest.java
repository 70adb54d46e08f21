package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.testkit.MemoryJournal;
import io.lockstep.replicator.testkit.MemoryLink;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is under way at the secondary while a return brings it another tree and journal. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SecondaryReturnTest {
  private static final Generation FIRST = new Generation(1, 1);
  private static final Generation SECOND = new Generation(2, 2);
  private static final FileId ID = new FileId(2, 2);
  private static final TreePath FILE = TreePath.of(0, "f");
  private static final long NEVER_MS = 3_600_000;

  private final MemoryLink[] link = MemoryLink.pair();
  private final List<Long> checkpoints = new CopyOnWriteArrayList<>();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final AtomicInteger calls = new AtomicInteger();
  private SecondaryStream secondary;

  @AfterEach
  void close() {
    mayEnd.countDown();
    secondary.close();
    link[0].close();
    link[1].close();
  }

  private void open(Journal journal, FileStore store, long checkpointEveryMs) throws IOException {
    secondary =
        new SecondaryStream(
            new SystemExecution(),
            link[1],
            0,
            journal,
            store,
            0,
            new SecondaryStream.Timing(NEVER_MS, checkpointEveryMs),
            1 << 20,
            new Checkpoints());
    secondary.recover();
    secondary.follow(FIRST, 0, 1);
    secondary.setApplying(true);
  }

  /** The same, but that {@code method} does its work and then waits until it may end. */
  private <T> T slow(Class<T> port, T real, String method) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, called, arguments) -> {
              try {
                Object result = called.invoke(real, arguments);
                if (called.getName().equals(method)) {
                  calls.incrementAndGet();
                  begun.countDown();
                  mayEnd.await();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private void take(Generation generation, long sequence) {
    Operation operation =
        sequence == 1
            ? new Operation.Create(ID, FileId.root(0), FILE, NewFile.file(0644, 0, 0), 1)
            : new Operation.Write(ID, FILE, 0, ByteBuffer.allocateDirect(10), sequence);
    ByteBuffer frame = ByteBuffer.allocate(1_000);
    StreamMessages.putGeneration(frame, generation);
    frame.putLong(sequence).put((byte) 0);
    OperationCodec.encode(operation, frame);
    secondary.frame(1, StreamMessages.OPERATION, frame.flip());
  }

  private void takeAll(Generation generation, long from, long to) {
    for (long sequence = from; sequence <= to; sequence++) {
      take(generation, sequence);
    }
  }

  @Test
  void aForceThatEndsBehindTheReturnSaysNothingOfTheNewJournal() throws Exception {
    open(slow(Journal.class, new MemoryJournal(), "force"), new SimStore(), NEVER_MS);
    takeAll(FIRST, 1, 5);
    CompletableFuture<Long> force = CompletableFuture.supplyAsync(this::force);
    begun.await();
    secondary.giveWay();
    secondary.follow(SECOND, 2, 1);
    take(SECOND, 3);
    mayEnd.countDown();
    assertThat(force.get(20, TimeUnit.SECONDS)).isEqualTo(5);
    await().until(() -> secondary.progress().durable() == 3);
    assertThat(calls.get()).as("forces").isEqualTo(2);
  }

  private long force() {
    try {
      return secondary.force();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aReturnBeginsWhenNoCheckpointIsUnderWayAndNoneIsTakenUntilItEnds() throws Exception {
    open(new MemoryJournal(), slow(FileStore.class, new SimStore(), "syncAll"), 5);
    takeAll(FIRST, 1, 3);
    begun.await();
    take(FIRST, 4);
    await().until(() -> secondary.progress().applied() == 4);
    CompletableFuture<Void> giving = CompletableFuture.runAsync(secondary::giveWay);
    await().during(Duration.ofMillis(200)).until(() -> !giving.isDone() && checkpoints.isEmpty());
    mayEnd.countDown();
    giving.get(20, TimeUnit.SECONDS);
    List<Long> before = List.copyOf(checkpoints);
    await().during(Duration.ofMillis(200)).until(() -> checkpoints.equals(before));
    secondary.follow(SECOND, 7, 1);
    secondary.setApplying(true);
    take(SECOND, 8);
    await().until(() -> checkpoints.contains(8L));
  }

  private final class Checkpoints implements SecondaryStream.Listener {
    @Override
    public void copyFailed(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void checkpointed(long sequence, long journalDurable) {
      checkpoints.add(sequence);
    }

    @Override
    public void peerCheckpoint(long sequence) {}

    @Override
    public void applied(long sequence, Operation operation) {}
  }
}
