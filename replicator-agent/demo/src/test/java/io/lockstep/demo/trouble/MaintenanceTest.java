package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An operator works on a real pair: nothing is decided over their head, and everybody sees it. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class MaintenanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Longer than it takes to find the application down three times, or the peer silent. */
  private static final Duration LONG = Duration.ofSeconds(12);

  /** A process that says where it is; it is up as long as its number is one of a process. */
  private static final String APPLICATION =
      """
      modules:
        desk:
          application:
            start: {run: %HOME%/start, timeout: 20s}
            stop: {run: %HOME%/stop, timeout: 20s, thenKill: true}
            check: {run: %HOME%/check, every: 1s, failures: 2}
            restarts: {max: 3, within: 10m, then: switchover}
      timing: {heartbeat: 500ms, takeoverAfter: 4s, ackTimeout: 2s}
      """;

  private Path home;
  private Bench bench;

  @BeforeEach
  void pair() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-maintenance");
    script(
        "start", "sleep 100000 </dev/null >/dev/null 2>&1 & echo $! > %HOME%/pid-$LOCKSTEP_NODE");
    script("stop", "kill $(cat %HOME%/pid-$LOCKSTEP_NODE)");
    script("check", "kill -0 $(cat %HOME%/pid-$LOCKSTEP_NODE)");
    bench =
        Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", APPLICATION));
    bench.start();
    bench.cluster().awaitProtected(PATIENCE);
  }

  @AfterEach
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Cleanup.deleteTree(home);
    }
  }

  private void script(String name, String line) throws IOException {
    Path file = home.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + line.replace("%HOME%", home.toString()) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Shell.Result lockstep(DemoNode node, String... words) {
    return bench.lockstep(node, bench.configuration(), words);
  }

  private void awaitStatus(DemoNode node, String words) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(lockstep(node, "status").output()).contains(words));
  }

  private long application(DemoNode node) throws IOException {
    return Long.parseLong(Files.readString(home.resolve("pid-" + node.name())).strip());
  }

  private String role(DemoNode node) {
    return bench.status(node).map(AgentApi.ModuleStatus::role).orElse("");
  }

  @Test
  void nothingIsDecidedByItselfOnEitherNodeUntilItIsOver() throws Exception {
    DemoNode serving = bench.cluster().serving().orElseThrow();
    DemoNode other = bench.cluster().peerOf(serving);
    Shell.Result paused = lockstep(other, "pause");
    assertThat(paused.exitCode()).as(paused.output()).isZero();
    assertThat(paused.output()).contains("maintenance", serving.name() + " is told");
    for (DemoNode node : bench.cluster().nodes()) {
      awaitStatus(node, "MAINTENANCE by");
      assertThat(lockstep(node, "status", "--check").exitCode()).as("not all is well").isOne();
    }

    long killed = application(serving);
    Shell.run("kill", "-9", Long.toString(killed));
    Bench.pass(LONG.toMillis());
    assertThat(application(serving)).as("it is not restarted").isEqualTo(killed);
    assertThat(role(serving)).as("nor moved").isEqualTo("PRIMARY");

    bench.killAgent(other);
    bench.startUnder(other, bench.configuration());
    awaitStatus(other, "MAINTENANCE by");
    await().atMost(PATIENCE).until(() -> role(other).equals("SECONDARY"));

    bench.killAgent(serving);
    Bench.pass(LONG.toMillis());
    assertThat(role(other)).as("nobody takes over").isEqualTo("SECONDARY");
    bench.startUnder(serving, bench.configuration());
    awaitStatus(serving, "MAINTENANCE by");

    assertThat(lockstep(serving, "resume").exitCode()).isZero();
    bench.cluster().awaitProtected(PATIENCE);
    DemoNode now = bench.cluster().serving().orElseThrow();
    await().atMost(PATIENCE).until(() -> Bench.isAlive(application(now)));
    for (DemoNode node : bench.cluster().nodes()) {
      assertThat(lockstep(node, "status").output()).doesNotContain("MAINTENANCE");
    }
  }
}
