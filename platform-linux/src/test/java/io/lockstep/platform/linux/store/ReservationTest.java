package io.lockstep.platform.linux.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.journal.ChronicleAppender;
import io.lockstep.replicator.journal.ChronicleJournal;
import io.lockstep.replicator.journal.JournalOptions;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.SpaceReserver;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On file systems made for each test; needs root. */
class ReservationTest {
  private static final int RECORD_BYTES = 4096;

  private final Reservation reservation = new Reservation();
  private final List<Path> mounts = new ArrayList<>();
  @TempDir Path temporary;

  @AfterEach
  void unmount() throws Exception {
    for (Path each : mounts) {
      assertThat(run("umount", each.toString())).isZero();
    }
  }

  @Test
  void takesRoomThatReadsAsZerosAndLeavesWhatIsThere() throws Exception {
    Path file = mount("tmpfs", "size=1m").resolve("file");
    Files.write(file, new byte[] {1, 2, 3});
    assertThat(reservation.reserve(file, 2, 500_000)).isTrue();
    byte[] wanted = new byte[500_002];
    System.arraycopy(new byte[] {1, 2, 3}, 0, wanted, 0, 3);
    assertThat(Files.readAllBytes(file)).isEqualTo(wanted);
    assertThat(file.toFile().getUsableSpace()).isLessThan(600_000);
  }

  @Test
  void aFullDiskIsAnErrorAndNotAFaultLater() throws Exception {
    Path file = mount("tmpfs", "size=1m").resolve("file");
    Files.createFile(file);
    assertThatThrownBy(() -> reservation.reserve(file, 0, 2 << 20))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NO_SPACE))
        .hasMessageContaining(file.toString());
  }

  @Test
  void saysWhereItCannot() throws Exception {
    Path file = mount("ramfs", "mode=700").resolve("file");
    Files.createFile(file);
    assertThat(reservation.reserve(file, 0, 1 << 20)).isFalse();
    assertThat(file).isEmptyFile();
  }

  @Test
  void aJournalOnADiskThatOthersFilledRefusesInOrderAndKeepsWhatItHad() throws Exception {
    // not in memory: there even reading ahead takes room
    Path image = temporary.resolve("image");
    Files.createFile(image);
    assertThat(run("truncate", "-s", "96M", image.toString())).isZero();
    assertThat(run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString())).isZero();
    Path disk = mount("ext4", "loop", image.toString());
    Path filler = disk.resolve("filler");
    long last;
    try (ChronicleJournal journal = open(disk)) {
      append(journal, 1, 10);
      // all but what was reserved before
      assertThat(run("sh", "-c", "cat /dev/zero > " + filler + " 2>&-")).isNotZero();
      assertThatThrownBy(() -> append(journal, 11, 20_000)).isInstanceOf(IOException.class);
      last = journal.lastSequence();
      assertThat(last).isGreaterThan(100);
    }
    Files.delete(filler);
    try (ChronicleJournal journal = open(disk)) {
      assertThat(journal.lastSequence()).isBetween(last, last + 1);
      append(journal, journal.lastSequence() + 1, journal.lastSequence() + 5_000);
      assertThat(journal.force()).isEqualTo(journal.lastSequence());
    }
  }

  @Test
  void zerosAreWrittenAheadOfRecordsThatAreForcedOneByOne() throws Exception {
    long together = takenByTwentyRecords("together", false);
    long oneByOne = takenByTwentyRecords("one-by-one", true);
    assertThat(oneByOne - together).isBetween(100L << 10, 300L << 10);
  }

  /** Bytes of the journal's file that were written, where what is reserved is a hole. */
  private long takenByTwentyRecords(String name, boolean forcing) throws Exception {
    Path home = Files.createDirectory(temporary.resolve(name));
    SpaceReserver holes =
        (file, from, bytes) -> {
          try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
            hole.setLength(from + bytes);
          }
          return true;
        };
    long taken;
    try (ChronicleJournal journal = open(home, holes)) {
      for (long sequence = 1; sequence <= 20; sequence++) {
        append(journal, sequence, sequence);
        if (forcing) {
          assertThat(journal.force()).isEqualTo(sequence);
        }
      }
      taken = taken(home);
    }
    try (ChronicleJournal journal = open(home, holes)) {
      assertThat(journal.lastSequence()).isEqualTo(20);
    }
    return taken;
  }

  private static long taken(Path home) throws Exception {
    Process find =
        new ProcessBuilder("find", home.toString(), "-name", "*.cq4", "-printf", "%b").start();
    String blocks = new String(find.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return Long.parseLong(blocks) * 512;
  }

  private static ChronicleJournal open(Path disk) throws IOException {
    return open(disk, new Reservation());
  }

  private static ChronicleJournal open(Path disk, SpaceReserver reserver) throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(reserver),
        ChronicleAppender::new,
        new JournalOptions(disk.resolve("journal"), 64 << 20, 1 << 30, 0),
        0,
        false);
  }

  private static void append(ChronicleJournal journal, long from, long to) throws IOException {
    for (long sequence = from; sequence <= to; sequence++) {
      journal.append(sequence, ByteBuffer.allocate(RECORD_BYTES));
    }
  }

  private Path mount(String type, String options) throws Exception {
    return mount(type, options, type);
  }

  private Path mount(String type, String options, String source) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
    Path at = Files.createDirectory(temporary.resolve(type));
    assertThat(run("mount", "-t", type, "-o", options, source, at.toString())).isZero();
    mounts.add(at);
    return at;
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
