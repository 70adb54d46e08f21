package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.JavaProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A port that is closed on one node: restart, budget spent, the peer serves. Real agents. */
class CheckerPairTest extends ApplicationPair {
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

  /** The application always has a process; its port is open only where the node may. */
  private Path scripts() throws IOException {
    Path scripts = base.resolve("scripts");
    String listener =
        String.join(
            " ",
            JavaProgram.command("32m", Listener.class.getName(), "7999").stream()
                .map(w -> "'" + w + "'")
                .toList());
    script(
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
    return scripts;
  }

  @Test
  void aClosedPortSpendsTheBudgetAndThePeerServes() throws Exception {
    Path scripts = scripts();
    try (Bench bench = bench(YAML.formatted(scripts))) {
      start(bench);
      DemoNode a = serving(bench);
      DemoNode b = other(bench, a);
      Files.createFile(scripts.resolve("closed-" + a.name()));
      Bench.shell("kill -KILL $(cat \"$0\")", scripts.resolve("pid-" + a.name()));
      bench.cluster().await("service on " + b.name(), PATIENCE, () -> serves(bench, b));
      bench.cluster().awaitProtected(PATIENCE);
      String told = bench.log(a);
      assertThat(told)
          .contains("restarting it in place: 3 of 3 checks failed: tcp 10.213.")
          .contains("1 of 1 restarts used within 60 s");
      assertThat(status(bench, b))
          .containsPattern("checker tcp \\S+: GOOD for \\d+ s")
          .containsPattern("checker address: GOOD");
      assertThat(status(bench, a))
          .containsPattern("checker tcp \\S+: UNKNOWN")
          .containsPattern("checker interface eth0: GOOD");
    }
  }
}
