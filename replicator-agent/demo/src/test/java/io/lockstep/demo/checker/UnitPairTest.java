package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A service of systemd's as application, with a stand-in for systemctl on each of two real agents.
 */
class UnitPairTest extends ApplicationPair {
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

  private void write() throws IOException {
    for (String node : List.of("desk-a", "desk-b")) {
      script(base.resolve(node).resolve("systemctl"), SYSTEMCTL);
    }
    Files.writeString(base.resolve("desk-b/enabled"), "enabled");
  }

  @Test
  void aUnitMovesWithTheModuleAndEndsWithItsAgent() throws Exception {
    write();
    // enabled at boot: it runs before anybody asked for it
    systemctl("desk-b", "start");
    try (Bench bench = bench(YAML.formatted(base))) {
      start(bench);
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
}
