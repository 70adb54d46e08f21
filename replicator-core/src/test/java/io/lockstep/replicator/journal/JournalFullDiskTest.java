package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system of its own that is really full; needs root and a loop device. */
class JournalFullDiskTest {
  @TempDir Path temporary;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
    Path image = temporary.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(96L << 20);
    }
    assumeTrue(run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString()) == 0, "no mkfs.ext4");
    disk = Files.createDirectory(temporary.resolve("disk"));
    boolean mounted = run("mount", "-o", "loop", image.toString(), disk.toString()) == 0;
    if (!mounted) {
      disk = null;
    }
    assumeTrue(mounted, "no loop device");
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  @Test
  void refusesBeforeTheDiskIsFullAndGoesOnWhenThereIsRoom() throws IOException {
    Path filler = disk.resolve("filler");
    try (ChronicleJournal journal = open()) {
      Records.append(journal, 1, 10, 4096);
      fill(filler, 6 << 20);
      assertThatThrownBy(() -> Records.append(journal, 11, 20_000, 4096))
          .isInstanceOf(JournalFullException.class)
          .hasMessageContaining("free");
      long last = journal.lastSequence();
      assertThat(last).isGreaterThan(500);
      assertThat(journal.force()).isEqualTo(last);
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, last));
      Files.delete(filler);
      Records.append(journal, last + 1, last + 100, 4096);
      assertThat(journal.force()).isEqualTo(last + 100);
    }
  }

  @Test
  void survivesADiskThatOthersFilledUnderIt() throws IOException {
    Path filler = disk.resolve("filler");
    long last;
    long durable;
    try (ChronicleJournal journal = open()) {
      Records.append(journal, 1, 10, 4096);
      durable = journal.force();
      fill(filler, 0);
      assertThatThrownBy(() -> Records.append(journal, 11, 20_000, 4096))
          .isInstanceOf(IOException.class);
      last = journal.lastSequence();
    }
    Files.delete(filler);
    try (ChronicleJournal journal = open()) {
      assertThat(journal.lastSequence()).isBetween(durable, last + 1);
      assertThat(Records.check(journal, 4096)).isEqualTo(Records.range(1, journal.lastSequence()));
    }
  }

  /** What was compiled meets a full disk at another place than what is interpreted. */
  @Test
  void isTheSameErrorOnceTheCodeIsCompiled() throws IOException {
    Path filler = disk.resolve("filler");
    try (ChronicleJournal journal = open()) {
      for (long at = 1; at < 100_000; at += 1000) {
        Records.append(journal, at, at + 999, 1000);
        journal.trim(at);
      }
      fill(filler, 0);
      long last = journal.lastSequence();
      assertThatThrownBy(() -> Records.append(journal, last + 1, last + 50_000, 1000))
          .isInstanceOf(IOException.class);
      assertThat(Records.check(journal, 1000))
          .isEqualTo(Records.range(journal.firstSequence(), journal.lastSequence()));
    }
  }

  private ChronicleJournal open() throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(),
        ChronicleAppender::new,
        new JournalOptions(disk.resolve("journal"), 16 << 20, 1 << 30, 0),
        0,
        false);
  }

  /** Writes until only so much is free. */
  private void fill(Path filler, long leave) throws IOException {
    byte[] chunk = new byte[64 << 10];
    try (OutputStream out = Files.newOutputStream(filler)) {
      while (Files.getFileStore(disk).getUsableSpace() > leave) {
        out.write(chunk);
      }
    } catch (IOException e) {
      if (leave > 0) {
        throw e;
      }
    }
  }

  private int run(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(temporary.resolve("output").toFile())
        .start()
        .waitFor();
  }
}
