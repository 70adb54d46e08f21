package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.JavaProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A port that is closed on one node: restart, budget spent, the peer serves. Real agents. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class CheckerPairTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final String YAML =
      """
      modules:
        desk:
          application:
            start: {run: "%1$s/start", timeout: 20s}
            stop: {run: "true", timeout: 200ms}
            restarts: {max: 1, within: 1m, then: switchover}
          checkers:
            - {tcp: "10.213.%%RUN%%.50:7999", every: 300ms, timeout: 2s, failures: 3}
            - {address: true, every: 300ms}
            - {interface: eth0, every: 300ms, then: wait}
      """;

  @TempDir Path base;

  /** The application always has a process; its port is open only where the node may. */
  private Path scripts() throws IOException {
    Path scripts = Files.createDirectories(base.resolve("scripts"));
    String listener =
        String.join(
            " ",
            JavaProgram.command("32m", Listener.class.getName(), "7999").stream()
                .map(w -> "'" + w + "'")
                .toList());
    Path start =
        Files.writeString(
            scripts.resolve("start"),
            """
            #!/bin/bash
            sleep 600 &
            [ -e %1$s/closed-$LOCKSTEP_NODE ] && exit 0
            %2$s &
            echo $! > %1$s/pid-$LOCKSTEP_NODE
            until (exec 3<>/dev/tcp/127.0.0.1/7999) 2>/dev/null; do sleep 0.1; done
            """
                .formatted(scripts, listener));
    Files.setPosixFilePermissions(start, PosixFilePermissions.fromString("rwxr-xr-x"));
    return scripts;
  }

  @Test
  void aClosedPortSpendsTheBudgetAndThePeerServes() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    Path scripts = scripts();
    String environment =
        "export LOCKSTEP_HEAP=128m LOCKSTEP_JAVA_OPTIONS=\"-XX:TieredStopAtLevel=1"
            + " -XX:-AlwaysPreTouch\"\n";
    Bench.Plan plan = new Bench.Plan(0, 0, List.of(), environment, YAML.formatted(scripts));
    try (Bench bench = Bench.open(base.resolve("bench"), plan)) {
      bench.start();
      bench.cluster().awaitProtected(PATIENCE);
      boolean home = serves(bench, bench.cluster().a());
      DemoNode a = home ? bench.cluster().a() : bench.cluster().b();
      DemoNode b = home ? bench.cluster().b() : bench.cluster().a();
      Files.createFile(scripts.resolve("closed-" + a.name()));
      Bench.shell("kill -KILL $(cat \"$0\")", scripts.resolve("pid-" + a.name()));
      bench.cluster().await("service on " + b.name(), PATIENCE, () -> serves(bench, b));
      bench.cluster().awaitProtected(PATIENCE);
      String told = bench.log(a);
      assertThat(told)
          .contains("restarting it in place: 3 of 3 checks failed: tcp 10.213.")
          .contains("1 of 1 restarts used within 60 s");
      assertThat(bench.lockstep(b, bench.configuration(), "status").output())
          .containsPattern("checker tcp \\S+: GOOD for \\d+ s")
          .containsPattern("checker address: GOOD");
      assertThat(bench.lockstep(a, bench.configuration(), "status").output())
          .containsPattern("checker tcp \\S+: UNKNOWN")
          .containsPattern("checker interface eth0: GOOD");
    }
  }

  private static boolean serves(Bench bench, DemoNode node) {
    return bench.status(node).filter(AgentApi.ModuleStatus::serves).isPresent();
  }
}
