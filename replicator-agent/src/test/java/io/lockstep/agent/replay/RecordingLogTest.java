package io.lockstep.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.replay.Replay;
import io.lockstep.failover.replay.Session;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingLogTest {
  private static final LogLimits LARGE = new LogLimits(8, 4 << 20);

  @TempDir Path directory;
  private final RecordedTakeover played = new RecordedTakeover();

  private RecordingLog log(LogLimits limits) {
    return new RecordingLog(directory, "desk", RecordedTakeover.TICK_NS, () -> limits);
  }

  private Recording newest() throws IOException {
    return Recording.read(directory.resolve("recording"));
  }

  @Test
  void whatWasTakenOutlivesTheAgentAndAHalfWrittenLine() throws Exception {
    try (RecordingLog log = log(LARGE)) {
      played.into(log).followThenLose();
    }
    RoleState first = played.state;
    Files.writeString(directory.resolve("recording"), "1234abcd {\"at", StandardOpenOption.APPEND);
    RecordedTakeover again = new RecordedTakeover();
    try (RecordingLog log = log(LARGE)) {
      again.into(log).followThenLose();
    }
    Recording read = newest();
    assertThat(read.problems()).hasSize(1).first().asString().contains("line ", "is skipped");
    assertThat(read.sessions()).hasSize(2);
    assertThat(Replay.asRecorded(read.sessions().get(0)).last()).isEqualTo(first);
    assertThat(Replay.asRecorded(read.sessions().get(1)).last()).isEqualTo(again.state);
    assertThat(first.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void eachFileIsWithinItsBoundAndCanBeReplayedAlone() throws Exception {
    LogLimits small = new LogLimits(4, 64 << 10);
    try (RecordingLog log = log(small)) {
      played.into(log);
      played.followThenLose();
      played.loseTheLink(2_000);
    }
    List<Path> files = RecordingLog.files(directory);
    assertThat(files).hasSize(4).last().isEqualTo(directory.resolve("recording"));
    Session last = null;
    for (Path file : files) {
      assertThat(Files.size(file)).isLessThanOrEqualTo(64 << 10);
      Recording read = Recording.read(file);
      assertThat(read.problems()).isEmpty();
      for (Session session : read.sessions()) {
        assertThat(Replay.asRecorded(session).other()).isEmpty();
        if (last != null && !session.begin().starts()) {
          assertThat(session.state()).isEqualTo(Replay.asRecorded(last).last());
        }
        last = session;
      }
    }
    assertThat(Replay.asRecorded(last).last()).isEqualTo(played.state);
  }

  @Test
  void damageInTheMiddleIsNamedAndTheRestIsRead() throws Exception {
    try (RecordingLog log = log(LARGE)) {
      played.into(log).followThenLose();
    }
    Path file = directory.resolve("recording");
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("Contact\"", "Contacu\""));
    long number = text.substring(0, text.indexOf("Contact\"")).lines().count();
    Recording read = newest();
    assertThat(read.problems())
        .containsExactly(
            "line " + number + " is skipped: its checksum does not fit: damaged, or not finished");
    assertThat(read.sessions()).hasSize(1);
    assertThat(ReplayReport.of(read.sessions().get(0)))
        .anyMatch(line -> line.contains("to be relied on"));
  }

  @Test
  void aMomentAtWhichNothingWasDecidedIsExplained() throws Exception {
    long wallMs = System.currentTimeMillis();
    try (RecordingLog log = log(LARGE)) {
      played.into(log).followThenLose();
    }
    long beganMs = newest().sessions().get(0).begin().wallMs();
    assertThat(beganMs).isGreaterThanOrEqualTo(wallMs);
    Instant began = Instant.ofEpochMilli(beganMs);
    assertThat(Moment.of(directory, began.plusMillis(10_400)))
        .hasValueSatisfying(
            told ->
                assertThat(told)
                    .matches(
                        "It did not take over: the newest heartbeat of the peer, PRIMARY, came"
                            + " 0.[0-9] s before, and a takeover needs 30.0 s of silence."));
    assertThat(Moment.of(directory, began.plusMillis(35_000)).orElseThrow())
        .contains("came 14.", "needs 30.0 s");
    assertThat(Moment.of(directory, began.minusSeconds(1))).isEmpty();
    assertThat(Moment.of(directory, began.plusSeconds(1_000))).isEmpty();
  }
}
