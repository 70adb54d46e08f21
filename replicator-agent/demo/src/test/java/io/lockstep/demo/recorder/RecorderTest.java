package io.lockstep.demo.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.demo.desk.Databases;
import io.lockstep.demo.judge.JudgeProcess;
import io.lockstep.demo.topology.JavaProgram;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four real recorder processes on a plain directory, killed, and judged. */
class RecorderTest {
  @TempDir Path base;

  @Test
  void fourProcessesRecordRestAndDieAndNothingAcknowledgedIsMissing() throws Exception {
    Path directory = Files.createDirectories(base.resolve("module"));
    List<Process> processes = new ArrayList<>();
    try (Collector collector = new Collector(InetAddress.getLoopbackAddress())) {
      for (int index = 0; index < 4; index++) {
        processes.add(start(directory, index, collector.port()));
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> collector.heard() == 4);
      assertThat(collector.records()).as("recorders begin at rest").isZero();
      collector.resume();
      await().atMost(Duration.ofSeconds(20)).until(() -> collector.records() > 1000);
      assertThat(collector.pause(5000)).isTrue();
      long resting = collector.records();
      await().pollDelay(Duration.ofMillis(200)).until(() -> collector.records() == resting);
      collector.resume();
      await().atMost(Duration.ofSeconds(20)).until(() -> collector.records() > resting + 100);
      for (Process process : processes) {
        process.destroyForcibly().waitFor();
      }
      Path acknowledged = base.resolve("acknowledged");
      collector.write(acknowledged);
      Databases.sqlite(directory).close();
      JudgeProcess.Verdict verdict =
          JudgeProcess.survivor(directory, Files.createFile(base.resolve("calls")), acknowledged);
      assertThat(verdict.json().get("findings")).isEmpty();
      assertThat(verdict.isGood()).isTrue();
      assertThat(verdict.json().get("records").asLong()).isGreaterThan(1000);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  private static Process start(Path directory, int index, int port) throws Exception {
    return new ProcessBuilder(
            JavaProgram.command(
                "32m",
                Recorder.class.getName(),
                directory.toString(),
                "run",
                Integer.toString(index),
                "127.0.0.1",
                Integer.toString(port)))
        .inheritIO()
        .start();
  }
}
