package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastLinesTest {
  @TempDir Path directory;

  @Test
  void theEndOfAFileOfAnyLength() throws Exception {
    Path log = directory.resolve("desk.log");
    assertThat(LastLines.of(log, 5)).isEmpty();
    Files.writeString(log, "one\ntwo\nthree\n");
    assertThat(LastLines.of(log, 2)).containsExactly("two", "three");
    assertThat(LastLines.of(log, 99)).hasSize(3);
    String line = "x".repeat(999) + "\n";
    Files.writeString(log, "first\n" + line.repeat(6_000) + "last\n");
    assertThat(LastLines.of(log, 1)).containsExactly("last");
    List<String> most = LastLines.of(log, 1_000_000);
    assertThat(most).hasSizeBetween(4_000, 4_300).doesNotContain("first");
    assertThat(most.get(0)).as("no part of a line").hasSize(999);
  }
}
