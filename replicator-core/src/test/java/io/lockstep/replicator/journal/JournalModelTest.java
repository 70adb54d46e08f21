package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Random steps against what a plain list would hold. */
class JournalModelTest {
  private static final int PAYLOAD = 3000;

  private final Path directory = temporary();
  private ChronicleJournal journal;
  private long first;
  private long last;
  private long forced;

  @Property(tries = 40, seed = "20261121")
  void holdsWhatAListWouldHold(
      @ForAll @Size(min = 1, max = 15) List<@IntRange(min = 0, max = 199) Integer> steps)
      throws IOException {
    first = 1;
    last = 0;
    forced = 0;
    journal = open();
    try {
      for (int step : steps) {
        perform(step % 5, step / 5);
        assertThat(journal.lastSequence()).isEqualTo(last);
        assertThat(journal.durableSequence()).isBetween(forced, last);
        assertThat(Records.check(journal, PAYLOAD)).isEqualTo(Records.range(first, last));
      }
    } finally {
      journal.close();
      Recovery.delete(new SystemDisk(), directory);
    }
  }

  private void perform(int kind, int amount) throws IOException {
    switch (kind) {
      case 0, 1 -> {
        Records.append(journal, last + 1, last + amount, PAYLOAD);
        last += amount;
      }
      case 2 -> {
        forced = journal.force();
        assertThat(forced).isEqualTo(last);
      }
      case 3 -> {
        long upTo = first + amount;
        journal.trim(upTo);
        assertThat(journal.firstSequence()).isBetween(first, Math.min(upTo, last) + 1);
        first = journal.firstSequence();
      }
      default -> {
        if (amount == 39) {
          journal.reset(last + 100);
          last += 99;
          first = last + 1;
          forced = last;
        }
        journal.close();
        journal = open();
        forced = last;
      }
    }
  }

  private ChronicleJournal open() throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(),
        ChronicleAppender::new,
        new JournalOptions(directory, 64 << 10, 64 << 20, 0),
        forced,
        true);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("journal");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
