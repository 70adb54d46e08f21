package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.testkit.MemoryJournal;
import io.lockstep.replicator.testkit.MemoryLink;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A primary that does not hold its writers back, whatever the secondary's lag. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SecondaryFloodTest {
  private static final Generation GENERATION = new Generation(1, 1);
  private static final long MAX_LAG = 1 << 20;
  private static final int WRITE_BYTES = 1 << 20;
  private static final FileId ID = new FileId(2, 2);
  private static final TreePath PATH = TreePath.of(0, "f");

  private final MemoryLink[] link = MemoryLink.pair();
  private SecondaryStream secondary;

  @AfterEach
  void close() {
    secondary.close();
    link[0].close();
    link[1].close();
  }

  private static ByteBuffer frame(long sequence, Operation operation) {
    ByteBuffer frame = ByteBuffer.allocate(WRITE_BYTES + 1_000);
    StreamMessages.putGeneration(frame, GENERATION);
    frame.putLong(sequence).put((byte) 0);
    OperationCodec.encode(operation, frame);
    return frame.flip();
  }

  private static Operation operation(long sequence) {
    return sequence == 1
        ? new Operation.Create(ID, FileId.root(0), PATH, NewFile.file(0644, 0, 0), 1)
        : new Operation.Write(ID, PATH, 0, ByteBuffer.allocateDirect(WRITE_BYTES), sequence);
  }

  @Test
  void isDisconnectedBeforeMemoryRunsOutAndLosesNothing() throws IOException {
    secondary =
        new SecondaryStream(
            new SystemExecution(),
            link[1],
            0,
            new MemoryJournal(),
            new SimStore(),
            0,
            new SecondaryStream.Timing(50, 3_600_000),
            MAX_LAG,
            new Quiet());
    secondary.recover();
    secondary.follow(GENERATION, 0, 1);
    long sequence = 0;
    while (link[1].drops().isEmpty()) {
      sequence++;
      assertThat(sequence).as("operations that wait").isLessThan(300);
      secondary.frame(1, StreamMessages.OPERATION, frame(sequence, operation(sequence)));
    }
    assertThat(link[1].drops().get(0)).contains("far more than this node can apply");
    long received = secondary.progress().received();
    assertThat(received)
        .as("the operation that was too much was not taken")
        .isEqualTo(sequence - 1);

    secondary.setApplying(true);
    await().until(() -> secondary.progress().applied() == received);
    secondary.frame(1, StreamMessages.OPERATION, frame(sequence, operation(sequence)));
    assertThat(secondary.progress().received()).as("goes on").isEqualTo(sequence);
  }

  /** Nobody who would do anything about it. */
  private static final class Quiet implements SecondaryStream.Listener {
    @Override
    public void copyFailed(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void checkpointed(long sequence, long journalDurable) {}

    @Override
    public void peerCheckpoint(long sequence) {}

    @Override
    public void applied(long sequence, Operation operation) {}
  }
}
