package io.lockstep.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.demo.bench.Sabotage;
import io.lockstep.demo.bench.TestLauncher;
import io.lockstep.demo.topology.JavaProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo's judge finds a build that acknowledges before the peer has the operation: without that,
 * "lost 0" would say nothing. That it lets the product's own build pass is shown by {@code ./demo
 * --auto}, which {@code ./verify} plays too.
 */
@OneAtATime
class SabotageTest {
  private static final String STREAM =
      "replicator-core/src/main/java/io/lockstep/replicator/replication/PrimaryStream.java";
  private static final String WAIT =
      "public void awaitReceived(long sequence, Operation operation) throws StoreException {";
  private static final long SEED = 7;

  @TempDir Path base;

  @BeforeEach
  void needsRootAndFuse() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
  }

  @Test
  void aBuildThatAcknowledgesBeforeTheJournalLosesRecordsAndTheDemoSaysSo() throws Exception {
    Path classes = base.resolve("sabotage/classes");
    Sabotage.compile(STREAM, WAIT, "if (sequence >= 0) { return; }", classes);
    Played played = play(List.of(classes));
    assertThat(played.exitCode).as("the demo's exit code").isEqualTo(1);
    assertThat(played.scenario.path("recordsMissing").asLong()).as("missing").isPositive();
  }

  private record Played(int exitCode, JsonNode scenario) {}

  private Played play(List<Path> replacements) throws IOException, InterruptedException {
    Path launcher = TestLauncher.write(base.resolve("bin"), replacements, "");
    Path report = base.resolve("report.json");
    List<String> words =
        JavaProgram.command(
            "256m",
            Demo.class.getName(),
            "--auto",
            "--scenario",
            "primary-killed",
            "--calls",
            "300",
            "--seed",
            Long.toString(SEED),
            "--json",
            report.toString());
    words.add(1, "-Dlockstep.launcher=" + launcher);
    // What it keeps of a run that failed is no longer wanted than the test runs.
    words.add(1, "-Djava.io.tmpdir=" + base);
    Path told = base.resolve("told");
    Process demo =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(told.toFile()).start();
    try {
      assertThat(demo.waitFor(150, TimeUnit.SECONDS)).as("the demo ends").isTrue();
    } finally {
      demo.destroy();
      demo.waitFor(20, TimeUnit.SECONDS);
      demo.destroyForcibly();
    }
    assertThat(report).as(Files.readString(told)).exists();
    return new Played(
        demo.exitValue(),
        new ObjectMapper().readTree(Files.readString(report)).path("scenarios").path(0));
  }
}
