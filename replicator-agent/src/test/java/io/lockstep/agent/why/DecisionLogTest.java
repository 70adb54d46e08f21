package io.lockstep.agent.why;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionLogTest {
  @TempDir Path directory;

  private static Decision decision(int second, String because) {
    Instant time = Instant.parse("2026-11-26T14:00:00Z").plusSeconds(second);
    return new Decision(time, Role.BLOCKED, Role.BLOCKED, "Unknown[reason=x]", because);
  }

  @Test
  void whatWasAddedOutlivesTheAgentAndAHalfWrittenLine() throws Exception {
    try (DecisionLog log = new DecisionLog(directory)) {
      log.add(decision(1, "one"));
      log.add(decision(2, "two"));
    }
    Files.writeString(directory.resolve("decisions"), "2026-11-2", StandardOpenOption.APPEND);
    assertThat(DecisionLog.read(directory)).containsExactly(decision(1, "one"), decision(2, "two"));
  }

  @Test
  void whatIsDecidedAgainAndAgainIsToldOnce() throws Exception {
    try (DecisionLog log = new DecisionLog(directory)) {
      for (int i = 0; i < 100; i++) {
        log.add(decision(i, "asked again"));
      }
      log.add(decision(200, "granted"));
    }
    assertThat(DecisionLog.read(directory))
        .containsExactly(decision(0, "asked again"), decision(200, "granted"));
  }

  @Test
  void theNewestAreKeptWithinTheBound() throws Exception {
    for (int i = 0; i < 100; i++) {
      try (DecisionLog log = new DecisionLog(directory, 1_000)) {
        log.add(decision(i, "number " + i));
      }
    }
    assertThat(Files.size(directory.resolve("decisions"))).isLessThanOrEqualTo(1_000);
    assertThat(Files.size(directory.resolve("decisions.1"))).isLessThanOrEqualTo(1_000);
    assertThat(DecisionLog.read(directory))
        .hasSizeBetween(10, 40)
        .last()
        .isEqualTo(decision(99, "number 99"));
  }
}
