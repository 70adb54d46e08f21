package io.lockstep.replicator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
  @TempDir Path directory;

  @Test
  void readsTheNewestContent() throws IOException {
    Path path = directory.resolve("deep/er/state");
    try (StateFile file = StateFile.create(new SystemDisk(), path, bytes("first"))) {
      for (int i = 0; i < 5; i++) {
        file.write(bytes("content " + i));
        try (StateFile other = StateFile.open(new SystemDisk(), path)) {
          assertThat(other.read()).isEqualTo(bytes("content " + i));
        }
      }
    }
    assertThatThrownBy(() -> StateFile.create(new SystemDisk(), path, bytes("x")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void fallsBackToTheOlderSlotWhereverTheNewerIsTorn() throws IOException {
    Path path = directory.resolve("state");
    try (StateFile file = StateFile.create(new SystemDisk(), path, bytes("one"))) {
      file.write(bytes("two"));
    }
    byte[] whole = Files.readAllBytes(path);
    for (int at = 0; at < 28 + 3; at++) {
      byte[] torn = whole.clone();
      Arrays.fill(torn, at, 28 + 3, (byte) 0);
      if (Arrays.equals(torn, whole)) {
        continue;
      }
      Files.write(path, torn);
      try (StateFile file = StateFile.open(new SystemDisk(), path)) {
        assertThat(file.read()).isEqualTo(bytes("one"));
        file.write(bytes("three"));
      }
      try (StateFile file = StateFile.open(new SystemDisk(), path)) {
        assertThat(file.read()).isEqualTo(bytes("three"));
      }
      torn = whole.clone();
      torn[at] ^= 1;
      Files.write(path, torn);
      try (StateFile file = StateFile.open(new SystemDisk(), path)) {
        assertThat(file.read()).isEqualTo(bytes("one"));
      }
    }
  }

  @Test
  void refusesWhenBothSlotsAreDamaged() throws IOException {
    Path path = directory.resolve("state");
    StateFile.create(new SystemDisk(), path, bytes("one")).close();
    byte[] damaged = Files.readAllBytes(path);
    damaged[(64 << 10) + 29] ^= 1;
    Files.write(path, damaged);
    assertThatThrownBy(() -> StateFile.open(new SystemDisk(), path))
        .isInstanceOf(StateCorruptException.class);
    assertThat(Files.readAllBytes(path)).isEqualTo(damaged);
    Files.write(path, new byte[0]);
    assertThatThrownBy(() -> StateFile.open(new SystemDisk(), path))
        .isInstanceOf(StateCorruptException.class);
  }

  @Test
  void keepsEveryFieldOfTheNodesRecord() throws IOException {
    Path path = directory.resolve("node");
    UUID incarnation = new UUID(1, 2);
    Generation first = new Generation(3, 4);
    Generation second = new Generation(5, 6);
    NodeRecord record =
        NodeRecord.create("cluster", "desk", incarnation, "boot")
            .began(new Ancestor(first, Generation.NONE, 0))
            .began(new Ancestor(second, first, 77))
            .withIntent(Optional.of(new Ancestor(new Generation(7, 8), second, 99)))
            .withView(9)
            .withPromisedView(10)
            .withStanding(Standing.ALONE)
            .withClean(true, 11)
            .withBootId("other boot")
            .withDataState(DataState.UP_TO_DATE)
            .withOwnCheckpoint(12)
            .withPeerCheckpoint(13)
            .withJournalDurable(14)
            .withAloneSinceMs(15)
            .withBarred(Set.of(new UUID(19, 20)))
            .withNotes(Map.of("aside", "files"));
    try (NodeStateStore store =
        NodeStateStore.create(
            new SystemExecution(),
            new SystemDisk(),
            path,
            NodeRecord.create("cluster", "desk", incarnation, "boot"))) {
      store.update(old -> record);
      assertThat(store.current()).isEqualTo(record);
    }
    try (NodeStateStore store =
        NodeStateStore.open(new SystemExecution(), new SystemDisk(), path)) {
      assertThat(store.current()).isEqualTo(record);
      assertThat(store.current().generation()).isEqualTo(second);
      assertThat(store.current().history()).hasSize(2);
    }
  }

  @Test
  void readsARecordThatANewerVersionMadeLonger() throws IOException {
    NodeRecord record = NodeRecord.create("c", "m", new UUID(1, 2), "boot").withView(3);
    byte[] encoded = NodeRecordCodec.encode(record);
    byte[] longer = Arrays.copyOf(encoded, encoded.length + 100);
    longer[3] = 7;
    assertThat(NodeRecordCodec.decode(longer)).isEqualTo(record);
    assertThatThrownBy(() -> NodeRecordCodec.decode(Arrays.copyOf(encoded, encoded.length - 1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void keepsTheNewestOfALongHistoryWithinTheSlot() throws IOException {
    NodeRecord record = NodeRecord.create("c", "m", new UUID(1, 2), "boot");
    for (int i = 1; i <= 100; i++) {
      record = record.began(new Ancestor(new Generation(i, i), new Generation(i - 1, i - 1), i));
    }
    assertThat(record.history()).hasSize(NodeRecord.MAX_HISTORY);
    assertThat(record.history().get(0).forkSequence()).isEqualTo(100);
    assertThat(NodeRecordCodec.encode(record).length).isLessThan(StateFile.MAX_BYTES);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
