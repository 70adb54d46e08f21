package io.lockstep.agent.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.drill.DrillResult.Outcome;
import io.lockstep.replicator.execution.SystemDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillLogTest {
  @TempDir Path directory;

  private static DrillResult result(int number) {
    return new DrillResult(
        "b", "me", number, number + 1, Outcome.FAILED, 2, -1, -1, "\"quoted\"\nsecond line");
  }

  @Test
  void theNewestAreKeptOverRestarts() throws IOException {
    DrillLog log = DrillLog.open(new SystemDisk(), directory);
    for (int i = 0; i < 60; i++) {
      log.add(result(i));
    }
    DrillLog again = DrillLog.open(new SystemDisk(), directory);
    assertThat(again.results()).hasSize(50).startsWith(result(10)).endsWith(result(59));
  }

  @Test
  void aLineThatIsNoneIsPassedOver() throws IOException {
    DrillLog.open(new SystemDisk(), directory).add(result(1));
    Files.writeString(
        directory.resolve("drills"), "{\"node\": \"b\n{}\nnull\n", StandardOpenOption.APPEND);
    assertThat(DrillLog.open(new SystemDisk(), directory).results()).containsExactly(result(1));
  }
}
