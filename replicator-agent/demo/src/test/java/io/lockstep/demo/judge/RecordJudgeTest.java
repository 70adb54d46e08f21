package io.lockstep.demo.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.demo.recorder.RecordFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordJudgeTest {
  @TempDir Path base;
  private Path run;
  private Path acknowledged;

  @BeforeEach
  void records() throws IOException {
    run = Files.createDirectories(base.resolve(RecordFormat.DIRECTORY).resolve("r"));
    acknowledged = base.resolve("acknowledged");
    for (int number = 1; number <= 9; number++) {
      write(number, number % 4 == 0);
    }
  }

  private void write(long number, boolean asFile) throws IOException {
    byte[] line = RecordFormat.line(2, number);
    if (asFile) {
      Files.write(run.resolve(RecordFormat.file(2, number)), line);
    } else {
      Files.write(
          run.resolve(RecordFormat.log(2)),
          line,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  private RecordJudge.Finding judge(long expected) throws IOException {
    Files.writeString(acknowledged, "r 2 " + expected + "\n");
    return RecordJudge.judge(base, acknowledged);
  }

  @Test
  void aPrefixThatHoldsWhatWasAcknowledgedIsGood() throws IOException {
    assertThat(judge(7)).isEqualTo(new RecordJudge.Finding(7, 9, 0, java.util.List.of()));
  }

  @Test
  void anUnfinishedFileCountsAsAbsent() throws IOException {
    Files.writeString(run.resolve(RecordFormat.file(2, 10) + RecordFormat.UNFINISHED), "2");
    assertThat(judge(9).isGood()).isTrue();
  }

  @Test
  void anAcknowledgedRecordThatIsAbsentIsMissing() throws IOException {
    assertThat(judge(11).missing()).isEqualTo(2);
    assertThat(judge(11).isGood()).isFalse();
  }

  @Test
  void aWholeRunThatIsAbsentIsMissing() throws IOException {
    Files.writeString(acknowledged, "other 0 3\n");
    assertThat(RecordJudge.judge(base, acknowledged).missing()).isEqualTo(3);
  }

  @Test
  void aRecordWithoutItsPredecessorIsFound() throws IOException {
    Files.delete(run.resolve(RecordFormat.file(2, 8)));
    assertThat(judge(7).findings())
        .hasSize(1)
        .first()
        .asString()
        .contains("record 9", "predecessor 8");
  }

  @Test
  void aHarmedRecordIsFound() throws IOException {
    Files.writeString(run.resolve(RecordFormat.file(2, 8)), "2 8 00000000\n");
    assertThat(judge(7).isGood()).isFalse();
  }
}
