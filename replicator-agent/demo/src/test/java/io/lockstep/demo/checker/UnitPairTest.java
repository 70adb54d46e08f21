package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service of systemd's as application, with a stand-in for systemctl on each of two real agents.
 */
@Timeout(240)
class UnitPairTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Starts the process again when it is killed, unless it is to stop. */
  private static final String SYSTEMCTL =
      """
      #!/bin/bash
      cd $(dirname "$0")
      pid=$(cat pid 2>/dev/null)
      lives() { [[ -n $pid && -n $(tr -d '\\0' < /proc/$pid/cmdline) ]]; } 2>/dev/null
      run() { setsid sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > pid; }
      case $1 in
        start) lives || run; touch wanted ;;
        stop) rm -f wanted; kill $pid 2>/dev/null; [[ $2 == --no-block ]] || while lives; do sleep 0.02; done ;;
        kill) kill -KILL $pid 2>/dev/null; if [[ -e wanted ]]; then run; fi ;;
        is-active) lives ;;
        show)
          lives && state=active || state=inactive
          for line in LoadState=loaded ActiveState=$state SubState=x Result=success \\
              UnitFileState=$(cat enabled 2>/dev/null || echo disabled) KillMode=mixed; do
            [[ ,${2#--property=}, == *,${line%%=*},* ]] && echo $line
          done
          true ;;
      esac
      """;

  private static final String YAML =
      """
      modules:
        desk:
          application:
            unit: desk.service
            systemctl: {desk-a: %1$s/desk-a/systemctl, desk-b: %1$s/desk-b/systemctl}
            stop: {timeout: 5s}
          checkers: [{unit: desk.service, every: 300ms, failures: 1}]
      """;

  @TempDir Path base;

  private void write() throws IOException {
    for (String node : List.of("desk-a", "desk-b")) {
      Path file = Files.createDirectories(base.resolve(node)).resolve("systemctl");
      Files.writeString(file, SYSTEMCTL);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Files.writeString(base.resolve("desk-b/enabled"), "enabled");
  }

  @Test
  void aUnitMovesWithTheModuleAndEndsWithItsAgent() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    write();
    String environment =
        "export LOCKSTEP_HEAP=128m LOCKSTEP_JAVA_OPTIONS=\"-XX:TieredStopAtLevel=1"
            + " -XX:-AlwaysPreTouch\"\n";
    // enabled at boot: it runs before anybody asked for it
    systemctl("desk-b", "start");
    Bench.Plan plan = new Bench.Plan(0, 0, List.of(), environment, YAML.formatted(base));
    try (Bench bench = Bench.open(base.resolve("bench"), plan)) {
      bench.start();
      bench.cluster().awaitProtected(PATIENCE);
      DemoNode a = bench.cluster().a();
      DemoNode b = bench.cluster().b();
      await().atMost(PATIENCE).until(() -> serves(bench, a) && state(a).equals("active"));
      assertThat(state(b)).as("it was stopped when the agent started").isEqualTo("inactive");
      assertThat(status(bench, b)).contains("desk.service is enabled at boot");
      await().atMost(PATIENCE).until(() -> status(bench, a).contains("unit desk.service: GOOD"));
      assertThat(status(bench, a)).doesNotContain("enabled at boot");

      Shell.attempt("kill", "-KILL", Files.readString(base.resolve("desk-a/pid")).strip());
      await()
          .atMost(PATIENCE)
          .until(() -> bench.log(a).contains("unit desk.service: it is inactive"));
      await().atMost(PATIENCE).until(() -> state(a).equals("active"));

      bench.lockstep(a, bench.configuration(), "switchover");
      await().atMost(PATIENCE).until(() -> serves(bench, b) && state(b).equals("active"));
      assertThat(state(a)).isEqualTo("inactive");
      bench.cluster().awaitProtected(PATIENCE);

      bench.killAgent(b);
      await().atMost(PATIENCE).until(() -> serves(bench, a) && state(a).equals("active"));
      assertThat(state(b)).as("the guardian stopped it").isEqualTo("inactive");
    } finally {
      systemctl("desk-a", "stop", "--no-block");
      systemctl("desk-b", "stop", "--no-block");
    }
  }

  private String systemctl(String node, String... words) {
    List<String> line = new ArrayList<>(List.of(base + "/" + node + "/systemctl"));
    line.addAll(List.of(words));
    return Shell.attempt(line.toArray(String[]::new)).output().strip();
  }

  private String state(DemoNode node) {
    return systemctl(node.name(), "show", "--property=ActiveState").replace("ActiveState=", "");
  }

  private static String status(Bench bench, DemoNode node) {
    return bench.lockstep(node, bench.configuration(), "status").output();
  }

  private static boolean serves(Bench bench, DemoNode node) {
    return bench.status(node).filter(AgentApi.ModuleStatus::serves).isPresent();
  }
}
