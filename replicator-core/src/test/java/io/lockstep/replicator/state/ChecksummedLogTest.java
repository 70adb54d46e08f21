package io.lockstep.replicator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksummedLogTest {
  @TempDir Path directory;

  @Test
  void keepsRecordsAcrossReopening() throws IOException {
    Path file = directory.resolve("log");
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      append(log, "one", "", "three");
      log.force();
      append(log, "four");
    }
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      assertThat(contents(log)).containsExactly("one", "", "three", "four");
      assertThat(log.recordCount()).isEqualTo(4);
      append(log, "five");
      assertThat(contents(log)).containsExactly("one", "", "three", "four", "five");
    }
  }

  @Test
  void takesTheLargestRecordAndRefusesALargerOne() throws IOException {
    Path file = directory.resolve("log");
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      log.append(ByteBuffer.allocate(ChecksummedLog.MAX_RECORD_BYTES));
      append(log, "after");
      assertThatThrownBy(() -> log.append(ByteBuffer.allocate(ChecksummedLog.MAX_RECORD_BYTES + 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      List<Integer> sizes = new ArrayList<>();
      log.read(payload -> sizes.add(payload.remaining()));
      assertThat(sizes).containsExactly(ChecksummedLog.MAX_RECORD_BYTES, 5);
    }
  }

  @Test
  void cutsATailTornAtAnyByteAndGoesOn() throws IOException {
    byte[] whole = threeUnforced();
    int lastStart = whole.length - LogRecords.recordBytes(5);
    for (int length = lastStart; length < whole.length; length++) {
      assertTornTail(Arrays.copyOf(whole, length));
      byte[] zeroed = whole.clone();
      Arrays.fill(zeroed, length, zeroed.length, (byte) 0);
      if (!Arrays.equals(zeroed, whole)) {
        assertTornTail(zeroed);
      }
    }
  }

  @Test
  void findsEveryFlippedByteOfTheLastRecord() throws IOException {
    byte[] whole = threeUnforced();
    int lastStart = whole.length - LogRecords.recordBytes(5);
    for (int at = lastStart; at < lastStart + LogRecords.RECORD_HEADER_BYTES + 5; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x10;
      if (at >= lastStart + 20 && at < lastStart + 24) {
        continue; // reserved bytes carry nothing
      }
      assertTornTail(flipped);
    }
  }

  @Test
  void refusesDamageBelowADurableOffsetAndAltersNothing() throws IOException {
    Path file = directory.resolve("log");
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      append(log, "one", "two");
      log.force();
      append(log, "three");
    }
    byte[] bytes = Files.readAllBytes(file);
    int second = LogRecords.HEADER_BYTES + LogRecords.recordBytes(3);
    for (int at = second; at < second + LogRecords.RECORD_HEADER_BYTES - 4; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertThatThrownBy(() -> ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file))
          .isInstanceOf(StateCorruptException.class)
          .hasMessageContaining("byte " + second);
      assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
    }
  }

  @Test
  void cutsAtAHoleThatWasNeverDurableEvenIfLaterRecordsAreWhole() throws IOException {
    byte[] bytes = threeUnforced();
    int second = LogRecords.HEADER_BYTES + LogRecords.recordBytes(3);
    Arrays.fill(bytes, second, second + 8, (byte) 0);
    Path file = directory.resolve("hole");
    Files.write(file, bytes);
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      assertThat(contents(log)).containsExactly("one");
      append(log, "new");
    }
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      assertThat(contents(log)).containsExactly("one", "new");
    }
  }

  @Test
  void refusesADamagedHeader() throws IOException {
    Path file = directory.resolve("log");
    ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file).close();
    byte[] bytes = Files.readAllBytes(file);
    bytes[3] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file))
        .isInstanceOf(StateCorruptException.class);
  }

  @Test
  void rewritesInOneStepAndForgetsAnUnfinishedRewrite() throws IOException {
    Path file = directory.resolve("log");
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      append(log, "one", "two", "three");
      log.rewrite(List.of(bytes("alpha"), bytes("beta")));
      append(log, "gamma");
      assertThat(contents(log)).containsExactly("alpha", "beta", "gamma");
    }
    Files.write(directory.resolve("log.new"), new byte[] {1, 2, 3});
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      assertThat(contents(log)).containsExactly("alpha", "beta", "gamma");
    }
    assertThat(directory.resolve("log.new")).doesNotExist();
  }

  @Test
  void refusesUseAfterClosing() throws IOException {
    ChecksummedLog log =
        ChecksummedLog.open(new SystemExecution(), new SystemDisk(), directory.resolve("log"));
    log.close();
    assertThatThrownBy(() -> append(log, "late")).isInstanceOf(IOException.class);
    assertThatThrownBy(log::force).isInstanceOf(IOException.class);
  }

  private byte[] threeUnforced() throws IOException {
    Path file = directory.resolve("source");
    Files.deleteIfExists(file);
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      append(log, "one", "two", "three");
    }
    return Files.readAllBytes(file);
  }

  private void assertTornTail(byte[] bytes) throws IOException {
    Path file = directory.resolve("torn");
    Files.write(file, bytes);
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), new SystemDisk(), file)) {
      assertThat(contents(log)).containsExactly("one", "two");
      append(log, "next");
      assertThat(contents(log)).containsExactly("one", "two", "next");
    }
  }

  private static void append(ChecksummedLog log, String... texts) throws IOException {
    for (String text : texts) {
      log.append(bytes(text));
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> contents(ChecksummedLog log) throws IOException {
    List<String> found = new ArrayList<>();
    log.read(payload -> found.add(StandardCharsets.UTF_8.decode(payload).toString()));
    return found;
  }
}
