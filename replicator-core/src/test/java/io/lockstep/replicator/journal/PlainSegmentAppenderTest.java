package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.testkit.PlainSegmentAppender;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the simulator's appender writes is to production's recovery what Chronicle's is: each case
 * runs over both, and expects the same.
 */
class PlainSegmentAppenderTest {
  private static final int RECORDS = 30;
  private static final int BYTES = 1000;

  @TempDir Path directory;

  enum Writer {
    CHRONICLE,
    PLAIN;

    SegmentAppender.Factory appenders() {
      return this == CHRONICLE ? ChronicleAppender::new : PlainSegmentAppender::new;
    }
  }

  private ChronicleJournal open(Writer writer, long mark) throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(),
        writer.appenders(),
        new JournalOptions(directory, 64 << 10, 16 << 20, 0),
        mark,
        true);
  }

  /** As after kill -9: the files as they are while the journal is open. */
  private void writeAndCrash(Writer writer) throws IOException {
    Path life = Files.createDirectory(directory.resolve("life"));
    JournalOptions options = new JournalOptions(life, 64 << 10, 16 << 20, 0);
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(), new SystemDisk(), writer.appenders(), options, 0, false)) {
      Records.append(journal, 1, RECORDS / 2, BYTES);
      journal.force();
      Records.append(journal, RECORDS / 2 + 1, RECORDS, BYTES);
      copy(life.resolve(segment()), directory.resolve(segment()));
    }
  }

  private static String segment() {
    return "segment-00000000000000000001";
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path each : files.toList()) {
        Files.copy(each, to.resolve(each.getFileName()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void recordsOfALifeThatEndedAreReadByTheNext(Writer writer) throws IOException {
    writeAndCrash(writer);
    try (ChronicleJournal journal = open(writer, RECORDS / 2)) {
      assertThat(Records.check(journal, BYTES)).isEqualTo(Records.range(1, RECORDS));
      Records.append(journal, RECORDS + 1, 300, BYTES);
      assertThat(Records.check(journal, BYTES)).isEqualTo(Records.range(1, 300));
      journal.force();
      journal.trim(200);
      assertThat(journal.firstSequence()).isBetween(60L, 201L);
    }
    try (ChronicleJournal journal = open(writer, 300)) {
      assertThat(journal.lastSequence()).isEqualTo(300);
      assertThat(Records.check(journal, BYTES))
          .isEqualTo(Records.range(journal.firstSequence(), 300));
    }
  }

  @ParameterizedTest
  @EnumSource
  void tornTailIsCutOffAndGoneOnFrom(Writer writer) throws IOException {
    writeAndCrash(writer);
    spoil(25, BYTES / 2);
    try (ChronicleJournal journal = open(writer, RECORDS / 2)) {
      assertThat(Records.check(journal, BYTES)).isEqualTo(Records.range(1, 24));
      Records.append(journal, 25, 40, BYTES);
      assertThat(Records.check(journal, BYTES)).isEqualTo(Records.range(1, 40));
    }
  }

  @ParameterizedTest
  @EnumSource
  void fileCutShortIsATornTail(Writer writer) throws IOException {
    writeAndCrash(writer);
    try (RandomAccessFile file = file()) {
      file.setLength(offsetOf(file, 28) + 17);
    }
    try (ChronicleJournal journal = open(writer, RECORDS / 2)) {
      assertThat(Records.check(journal, BYTES)).isEqualTo(Records.range(1, 27));
    }
  }

  @ParameterizedTest
  @EnumSource
  void rottenRecordThatWasDurableIsRefused(Writer writer) throws IOException {
    writeAndCrash(writer);
    spoil(5, BYTES / 2);
    List<String> before = Records.snapshot(directory.resolve(segment()));
    // the caller's own mark is 0: what the records behind it claim is enough
    assertThatThrownBy(() -> open(writer, 0))
        .isInstanceOf(JournalCorruptException.class)
        .hasMessageContaining("record 5 ");
    assertThat(Records.snapshot(directory.resolve(segment()))).isEqualTo(before);
  }

  private RandomAccessFile file() throws IOException {
    return new RandomAccessFile(Records.queueFile(directory, 1).toFile(), "rw");
  }

  private void spoil(long sequence, int at) throws IOException {
    try (RandomAccessFile file = file()) {
      long offset = offsetOf(file, sequence) + at;
      file.seek(offset);
      int before = file.read();
      file.seek(offset);
      file.write(before ^ 0x10);
    }
  }

  /** Where the payload of a record begins. */
  private static long offsetOf(RandomAccessFile file, long sequence) throws IOException {
    byte[] all = new byte[(int) Math.min(file.length(), 4 << 20)];
    file.seek(0);
    file.readFully(all);
    byte[] payload = new byte[BYTES];
    Records.payload(sequence, BYTES).get(payload);
    List<Integer> found = new ArrayList<>();
    for (int at = 0; at + BYTES <= all.length; at += 4) {
      if (all[at] == payload[0]
          && ByteBuffer.wrap(all, at, BYTES).equals(ByteBuffer.wrap(payload))) {
        found.add(at);
      }
    }
    assertThat(found).hasSize(1);
    return found.get(0);
  }
}
