package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.demo.OneAtATime;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two steps, of which one needs the other: started, moved, killed and unstartable. Real agents. */
@OneAtATime
class StepsPairTest extends ApplicationPair {
  private static final String YAML =
      """
      modules:
        desk:
          application:
            steps:
              - name: app
                after: [db]
                start: {run: "%1$s/start app", timeout: 20s}
                stop: {run: "%1$s/stop app", timeout: 2s}
              - name: db
                start: {run: "%1$s/start db", timeout: 20s}
                ready: {run: "test -e %1$s/open-$LOCKSTEP_NODE", every: 50ms}
                stop: {run: "%1$s/stop db", timeout: 10s}
            restarts: {max: 0, within: 1m, then: switchover}
      """;

  private Path scripts;

  /** The step db is ready a moment after its command has returned; the step app needs it ready. */
  private void write() throws IOException {
    scripts = base.resolve("scripts");
    script(
        "start",
        """
        case $1 in
          db) rm -f open-$LOCKSTEP_NODE; { sleep 0.5; touch open-$LOCKSTEP_NODE; sleep 600; } & ;;
          app) [ -e broken ] && exit 7; [ -e open-$LOCKSTEP_NODE ] || exit 9; sleep 600 & ;;
        esac
        echo $! >> pids-$LOCKSTEP_NODE
        echo +$1 >> story-$LOCKSTEP_NODE
        """);
    script(
        "stop",
        """
        echo -$1 >> story-$LOCKSTEP_NODE
        [ $1 = db ] || exit 0   # its process is left, and to be killed before db is stopped
        for pid in $(cat pids-$LOCKSTEP_NODE); do kill $pid; done
        """);
  }

  private void script(String name, String lines) throws IOException {
    script(scripts.resolve(name), "#!/bin/bash\ncd " + scripts + "\n" + lines);
  }

  @Test
  void stepsAreStartedInOrderMovedInReverseKilledTogetherAndNamed() throws Exception {
    write();
    try (Bench bench = bench(YAML.formatted(scripts))) {
      start(bench);
      DemoNode a = serving(bench);
      DemoNode b = other(bench, a);
      assertThat(story(a)).containsExactly("+db", "+app");
      assertThat(story(b)).isEmpty();

      bench.killAgent(a);
      await().atMost(PATIENCE).until(() -> serves(bench, b));
      await().atMost(PATIENCE).until(() -> story(b).size() == 2);
      assertThat(story(b)).containsExactly("+db", "+app");
      assertThat(alive(a)).as("what the guardian left").isEmpty();

      bench.startUnder(a, bench.configuration());
      bench.cluster().awaitProtected(PATIENCE);
      Shell.Result moved = bench.lockstep(b, bench.configuration(), "switchover");
      assertThat(moved.succeeded()).as(moved.output()).isTrue();
      await().atMost(PATIENCE).until(() -> story(a).size() == 4);
      assertThat(story(b)).containsExactly("+db", "+app", "-app", "-db");
      assertThat(story(a)).containsExactly("+db", "+app", "+db", "+app");
      assertThat(alive(b)).as("what the stop left").isEmpty();

      bench.cluster().awaitProtected(PATIENCE);
      Files.createFile(scripts.resolve("broken"));
      bench.lockstep(a, bench.configuration(), "switchover");
      await().atMost(PATIENCE).until(() -> bench.log(b).contains("step app: the start command"));
      assertThat(bench.log(b))
          .contains("desk did not start: step app: the start command returned 7");
      await().atMost(PATIENCE).until(() -> alive(b).isEmpty());
    }
  }

  private List<String> story(DemoNode node) throws IOException {
    Path file = scripts.resolve("story-" + node.name());
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** The processes of steps that run on the node. */
  private List<Long> alive(DemoNode node) throws IOException {
    List<Long> alive = new ArrayList<>();
    for (String pid : Files.readAllLines(scripts.resolve("pids-" + node.name()))) {
      if (Bench.isAlive(Long.parseLong(pid))) {
        alive.add(Long.parseLong(pid));
      }
    }
    return alive;
  }
}
