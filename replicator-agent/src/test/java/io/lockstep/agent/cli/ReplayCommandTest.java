package io.lockstep.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.configuration.Samples;
import io.lockstep.agent.replay.RecordedTakeover;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** desk-b lost desk-a and took over after 30 s; what would have been under other times. */
class ReplayCommandTest {
  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path recording;

  @BeforeEach
  void record() {
    RecordedTakeover.write(directory);
    recording = directory.resolve("recording");
  }

  private int replay(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    String[] all = new String[arguments.length + 1];
    all[0] = "replay";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new Lockstep(() -> null, () -> null)
        .commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all);
  }

  private String config(String timing) throws IOException {
    Path file = directory.resolve("with.yaml");
    Files.writeString(file, Samples.DISPATCH.replace("takeoverAfter: 30s", timing));
    return file.toString();
  }

  @Test
  void whatWasRecordedIsDecidedAgain() {
    assertThat(replay(recording.toString())).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("desk on desk-b", "takeoverAfter 30s")
        .contains("the machine decides what was recorded", "became TAKING_OVER from SECONDARY");
  }

  @Test
  void takeoverWouldHaveComeAfterTwelveSecondsInsteadOfThirty() throws Exception {
    assertThat(replay(recording.toString(), "--with", config("takeoverAfter: 12s"))).isZero();
    assertThat(out.toString())
        .contains("takeoverAfter 12s instead of 30s")
        .containsPattern(
            "would have taken over after 12\\.[0-9] s without a heartbeat instead of after 30\\.[0-9]"
                + " s without a heartbeat: 1[78]\\.[0-9] s earlier")
        .contains("At the end: ALONE, as recorded.", "Recorded: what came", "Made up: ");
  }

  @Test
  void aLongerTimeWouldHaveLeftItASecondary() throws Exception {
    assertThat(replay(recording.toString(), "--with", config("takeoverAfter: 90s"))).isZero();
    assertThat(out.toString())
        .contains("would not have become TAKING_OVER from SECONDARY: would have stayed SECONDARY")
        .contains("At the end: SECONDARY instead of ALONE");
  }

  @Test
  void theSameTimesAreTheSameDecisions() throws Exception {
    assertThat(replay(recording.toString(), "--with", config("takeoverAfter: 30s"))).isZero();
    assertThat(out.toString()).contains("same decisions").doesNotContain("would");
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    assertThat(replay(directory.resolve("none").toString())).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("there is no file").doesNotContain("\tat ");
    assertThat(replay()).isEqualTo(ExitCodes.USAGE);

    String with = config("takeoverAfter: 12");
    assertThat(replay(recording.toString(), "--with", with)).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("1 problem(s)", "timing.takeoverAfter");

    Files.writeString(Path.of(with), Samples.DISPATCH.replace("  desk:", "  other:"));
    assertThat(replay(recording.toString(), "--with", with)).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("is of module 'desk'", "[other]");

    Files.writeString(recording, "no recording\n");
    assertThat(replay(recording.toString())).isEqualTo(ExitCodes.FAILED);
    assertThat(out.toString()).contains("line 1 is skipped");
    assertThat(err.toString()).contains("nothing that can be replayed");
  }
}
