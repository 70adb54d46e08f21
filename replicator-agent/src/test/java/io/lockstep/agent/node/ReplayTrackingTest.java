package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.reintegration.Touched;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a replay may take back of what a return had brought: killed in its middle, a copy replays at
 * its next start a journal that is older than what it was sent.
 */
class ReplayTrackingTest {
  private static final byte[] NAME = "old".getBytes(StandardCharsets.UTF_8);

  @TempDir Path home;
  private ModuleData data;

  @BeforeEach
  void aJournalWithTwoRemovalsOfWhichOneIsInTheTreeForGood() throws Exception {
    data = ModuleData.open(NoPlatform.module(home));
    data.journal.reset(1);
    append(1, TreePath.of(0, "settled"));
    append(2, TreePath.of(0, "old"));
  }

  @AfterEach
  void close() throws IOException {
    data.close();
  }

  private void append(long sequence, TreePath path) throws IOException {
    Operation removal =
        new Operation.Remove(new FileId(7, sequence), FileId.root(0), path, false, 1);
    ByteBuffer bytes = ByteBuffer.allocate(OperationCodec.maxBytes(removal));
    OperationCodec.encode(removal, bytes);
    data.journal.append(sequence, bytes.flip());
  }

  private void starts(DataState state) throws IOException {
    data.state.update(record -> record.withDataState(state).withOwnCheckpoint(1));
    data.trackReplay();
  }

  @Test
  void isTheCopysOwnChange() throws IOException {
    starts(DataState.INCONSISTENT);
    Touched name = Touched.Name.of(FileId.root(0), TreePath.root(0), NAME);
    assertThat(data.tracker.touched()).anyMatch(each -> each.toString().equals(name.toString()));
    assertThat(data.tracker.touched().toString()).doesNotContain("settled");
  }

  @Test
  void isNothingWhereNoReturnWasUnderWay() throws IOException {
    starts(DataState.CONSISTENT);
    assertThat(data.tracker.isEmpty()).isTrue();
  }
}
