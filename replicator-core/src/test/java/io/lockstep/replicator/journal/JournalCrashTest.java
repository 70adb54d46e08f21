package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real process, killed in the middle of appending. */
class JournalCrashTest {
  @TempDir Path directory;
  @TempDir Path temporary;

  @Test
  @Timeout(300)
  void holdsEverythingThatAKilledProcessHadAppended() throws Exception {
    holdsEverything(3, 700, 2011);
  }

  /** Most of its time such a process is in the middle of a record when it is killed. */
  @Test
  @Timeout(300)
  void holdsEverythingThatAProcessKilledInTheMiddleOfARecordHadAppended() throws Exception {
    holdsEverything(4, 1 << 20, 11);
  }

  private void holdsEverything(int rounds, int payload, long each) throws Exception {
    long target = 0;
    for (int round = 1; round <= rounds; round++) {
      target += each;
      long printed = appendUntilKilled(target, payload);
      try (ChronicleJournal journal =
          ChronicleJournal.open(
              new SystemExecution(),
              new SystemDisk(),
              ChronicleAppender::new,
              AppendingChild.options(directory),
              0,
              false)) {
        assertThat(journal.lastSequence()).isGreaterThanOrEqualTo(printed);
        assertThat(Records.check(journal, payload))
            .isEqualTo(Records.range(1, journal.lastSequence()));
        target = journal.lastSequence();
      }
    }
  }

  /** Returns the last sequence that the child printed before it was killed. */
  private long appendUntilKilled(long target, int payload) throws Exception {
    Path output = temporary.resolve("output");
    Process child = AppendingChild.start(directory, output, payload);
    try {
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> printed(output) > 0);
      refusesASecondProcess();
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> printed(output) >= target);
    } finally {
      child.destroyForcibly().waitFor();
    }
    return printed(output);
  }

  private static long printed(Path output) throws IOException {
    String text = Files.readString(output, StandardCharsets.US_ASCII);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1).stripTrailing();
    String line = whole.substring(whole.lastIndexOf('\n') + 1);
    return line.startsWith("appended ") ? Long.parseLong(line.substring(9)) : 0;
  }

  private void refusesASecondProcess() {
    assertThatThrownBy(
            () ->
                ChronicleJournal.open(
                    new SystemExecution(),
                    new SystemDisk(),
                    ChronicleAppender::new,
                    AppendingChild.options(directory),
                    0,
                    false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another process");
  }
}
