package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingLogTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-04T05:06:07.089Z"), ZoneOffset.UTC);

  @TempDir Path home;

  @Test
  void eachLineHasItsTimeAndItsCommand() throws Exception {
    Path file = home.resolve("logs/desk.log");
    try (RotatingLog log = new RotatingLog(file, LogLimits.DEFAULT, CLOCK)) {
      log.append("start", "grüße");
    }
    assertThat(Files.readString(file)).isEqualTo("2026-03-04T05:06:07.089Z start: grüße\n");
  }

  @Test
  void theNewestLinesAreKeptWithinTheLimits() throws Exception {
    Path file = home.resolve("desk.log");
    LogLimits limits = new LogLimits(3, 400);
    for (int life = 0; life < 2; life++) {
      try (RotatingLog log = new RotatingLog(file, limits, CLOCK)) {
        for (int i = 0; i < 50; i++) {
          log.append("check", "line " + (life * 50 + i));
        }
      }
    }
    try (Stream<Path> found = Files.list(home)) {
      assertThat(found.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("desk.log", "desk.log.1", "desk.log.2");
    }
    List<String> lines = new ArrayList<>();
    for (String name : List.of("desk.log.2", "desk.log.1", "desk.log")) {
      assertThat(Files.size(home.resolve(name))).isLessThanOrEqualTo(400);
      lines.addAll(Files.readAllLines(home.resolve(name)));
    }
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).endsWith("check: line " + (100 - lines.size() + i));
    }
    assertThat(lines).hasSizeGreaterThan(15);
  }

  @Test
  void aLogThatCanNotBeWrittenDisturbsNobody() throws Exception {
    Files.writeString(home.resolve("blocked"), "a file where the directory should be");
    try (RotatingLog log =
        new RotatingLog(home.resolve("blocked/desk.log"), LogLimits.DEFAULT, CLOCK)) {
      log.append("start", "lost");
    }
    assertThat(home.resolve("blocked")).isRegularFile();
  }

  @Test
  void aSmallerBoundTakesAwayOlderFiles() throws Exception {
    Path file = home.resolve("desk.log");
    try (RotatingLog log = new RotatingLog(file, new LogLimits(4, 100), CLOCK)) {
      for (int i = 0; i < 50; i++) {
        log.append("check", "line " + i);
      }
      log.limit(new LogLimits(2, 100));
      for (int i = 50; i < 60; i++) {
        log.append("check", "line " + i);
      }
    }
    try (Stream<Path> found = Files.list(home)) {
      assertThat(found.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("desk.log", "desk.log.1");
    }
  }
}
