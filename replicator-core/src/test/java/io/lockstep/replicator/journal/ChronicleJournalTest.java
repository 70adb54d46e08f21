package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChronicleJournalTest {
  @TempDir Path directory;

  private ChronicleJournal open(long mark) throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(),
        ChronicleAppender::new,
        new JournalOptions(directory, 128 << 10, 16 << 20, 1 << 20),
        mark,
        true);
  }

  @Test
  void keepsRecordsInOrderOverSegmentsAndReopening() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      assertThat(journal.firstSequence()).isEqualTo(1);
      assertThat(journal.lastSequence()).isZero();
      Records.append(journal, 1, 100, 4096);
      assertThat(journal.durableSequence()).isZero();
      assertThat(journal.force()).isEqualTo(100);
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, 100));
    }
    try (ChronicleJournal journal = open(100)) {
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, 100));
      Records.append(journal, 101, 110, 4096);
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, 110));
    }
  }

  /** Operations come on either event loop of the link. */
  @Test
  void takesRecordsFromOneThreadAfterAnother() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (ChronicleJournal journal = open(0)) {
      for (long sequence = 1; sequence < 300; sequence += 2) {
        long next = sequence + 1;
        Records.append(journal, sequence, sequence, 4096);
        other
            .submit(
                () -> {
                  Records.append(journal, next, next, 4096);
                  return journal.force();
                })
            .get();
      }
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, 300));
    } finally {
      other.shutdown();
    }
  }

  @Test
  void segmentBegunAfterASmallRecordTakesALargeOne() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, 1, 10);
      journal.reset(50);
      Records.append(journal, 50, 51, 100_000);
      assertThat(Records.check(journal, 100_000)).isEqualTo(Records.range(50, 51));
    }
  }

  @Test
  void readsFromAnySequenceAndStopsWhenTold() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, 300, 3000);
      for (long from = 1; from <= 301; from += 7) {
        List<Long> found = new ArrayList<>();
        journal.read(from, (sequence, payload) -> found.add(sequence) && found.size() < 3);
        assertThat(found).isEqualTo(Records.range(from, Math.min(300, from + 2)));
      }
    }
  }

  @Test
  void takesRecordsOfEverySize() throws IOException {
    int[] sizes = {0, 1, 2, 3, 4, 5, 4095, 4096, 1 << 20, (1 << 20) + 8192, 2 << 20};
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(),
            new SystemDisk(),
            ChronicleAppender::new,
            new JournalOptions(directory, 64 << 20, 128 << 20, 0),
            0,
            false)) {
      long sequence = 0;
      for (int round = 0; round < 4; round++) {
        for (int size : sizes) {
          sequence++;
          journal.append(sequence, Records.payload(sequence, size));
        }
      }
      List<Integer> found = new ArrayList<>();
      journal.read(
          1,
          (each, payload) -> {
            assertThat(payload).isEqualTo(Records.payload(each, payload.remaining()));
            return found.add(payload.remaining());
          });
      assertThat(found).hasSize(44).startsWith(0, 1, 2, 3, 4, 5, 4095, 4096, 1 << 20);
      long next = sequence + 1;
      assertThatThrownBy(() -> journal.append(next, Records.payload(next, (2 << 20) + 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void refusesAGapInTheSequence() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, 2, 10);
      assertThatThrownBy(() -> Records.append(journal, 4, 4, 10))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Records.append(journal, 2, 2, 10))
          .isInstanceOf(IllegalArgumentException.class);
      Records.append(journal, 3, 3, 10);
    }
  }

  @Test
  void trimsWholeSegmentsAndFreesTheirFiles() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, 200, 4096);
      long before = journal.sizeBytes();
      journal.trim(120);
      assertThat(journal.firstSequence()).isBetween(90L, 121L);
      assertThat(journal.sizeBytes()).isLessThan(before);
      assertThat(Records.check(journal, 4096))
          .isEqualTo(Records.range(journal.firstSequence(), 200));
      assertThatThrownBy(() -> journal.read(1, (sequence, payload) -> true))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("trimmed");
      assertThat(deletedButOpen()).isEmpty();
    }
    try (ChronicleJournal journal = open(200)) {
      journal.trim(200);
      assertThat(journal.firstSequence()).isEqualTo(201);
      assertThat(journal.lastSequence()).isEqualTo(200);
    }
    try (ChronicleJournal journal = open(200)) {
      assertThat(journal.lastSequence()).isEqualTo(200);
      Records.append(journal, 201, 201, 10);
    }
  }

  @Test
  void resetsToAnySequenceDurably() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, 100, 4096);
      journal.reset(5000);
      assertThat(journal.firstSequence()).isEqualTo(5000);
      Records.append(journal, 5000, 5001, 10);
      journal.reset(7);
    }
    try (ChronicleJournal journal = open(6)) {
      assertThat(journal.lastSequence()).isEqualTo(6);
      Records.append(journal, 7, 8, 10);
      assertThat(Records.check(journal, 10)).isEqualTo(Records.range(7, 8));
    }
  }

  @Test
  void refusesAtTheSizeLimitAndGoesOnAfterTrimming() throws IOException {
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(),
            new SystemDisk(),
            ChronicleAppender::new,
            new JournalOptions(directory, 128 << 10, 256 << 10, 0),
            0,
            false)) {
      assertThatThrownBy(() -> Records.append(journal, 1, 1000, 4096))
          .isInstanceOf(JournalFullException.class)
          .hasMessageContaining(directory.toString());
      long last = journal.lastSequence();
      assertThat(last).isGreaterThan(40);
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, last));
      journal.trim(last);
      Records.append(journal, last + 1, last + 5, 4096);
    }
  }

  @Test
  void keepsAReserveOfFreeSpace() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(),
            new SystemDisk(),
            ChronicleAppender::new,
            new JournalOptions(directory, 1 << 20, 4 << 20, 2 * free),
            0,
            false)) {
      assertThatThrownBy(() -> Records.append(journal, 1, 1, 10))
          .isInstanceOf(JournalFullException.class)
          .hasMessageContaining("free");
      assertThat(journal.lastSequence()).isZero();
    }
  }

  @Test
  void belongsToOneOwner() throws IOException {
    ChronicleJournal journal = open(0);
    assertThatThrownBy(() -> open(0)).isInstanceOf(IOException.class).hasMessageContaining("open");
    journal.close();
    open(0).close();
  }

  @Test
  void refusesUseAfterClosing() throws IOException {
    ChronicleJournal journal = open(0);
    Records.append(journal, 1, 1, 10);
    journal.close();
    assertThatThrownBy(journal::force).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Records.append(journal, 2, 2, 10)).isInstanceOf(IOException.class);
  }

  @Test
  void forcesAndReadsWhileAnotherThreadAppends() throws Exception {
    try (ChronicleJournal journal = open(0)) {
      AtomicBoolean done = new AtomicBoolean();
      List<Throwable> errors = java.util.Collections.synchronizedList(new ArrayList<>());
      Thread reader =
          new Thread(
              () -> {
                try {
                  while (!done.get()) {
                    long durable = journal.force();
                    assertThat(Records.check(journal, 500).size())
                        .isGreaterThanOrEqualTo((int) durable);
                  }
                } catch (IOException | RuntimeException | AssertionError e) {
                  errors.add(e);
                }
              });
      reader.start();
      Records.append(journal, 1, 3000, 500);
      done.set(true);
      reader.join();
      assertThat(errors).isEmpty();
      assertThat(Records.check(journal, 500)).isEqualTo(Records.range(1, 3000));
    }
  }

  private List<String> deletedButOpen() throws IOException {
    List<String> found = new ArrayList<>();
    Path maps = Path.of("/proc/self/maps");
    if (Files.exists(maps)) {
      Files.readAllLines(maps).stream()
          .filter(line -> line.contains(directory.toString()) && line.contains("(deleted)"))
          .forEach(found::add);
    }
    return found;
  }
}
