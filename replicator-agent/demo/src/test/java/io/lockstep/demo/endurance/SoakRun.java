package io.lockstep.demo.endurance;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Loads a real pair for a long time, in rounds. After each, when nothing is under way, both agents
 * are looked at; in the end both trees are compared, and neither agent may hold more and more.
 *
 * <pre>
 * SoakRun MINUTES
 * </pre>
 *
 * <p>Exit codes: 0 everything was good, 1 something was not.
 */
public final class SoakRun {
  private static final int ROUND_S = 30;
  private static final Duration SETTLING = Duration.ofMinutes(2);
  private static final Duration PROTECTION = Duration.ofSeconds(90);
  private static final int LEAST_SAMPLES = 6;
  private static final String PATIENT =
      "timing: {heartbeat: 1s, takeoverAfter: 60s, ackTimeout: 50s, syncTimeout: 50s, hungAfter: 5m}";

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final List<String> wrong = new ArrayList<>();
  private final Map<String, List<AgentSample>> samples = new HashMap<>();
  private final Bench bench;
  private final Stressors stressors;

  private SoakRun(Bench bench, Path logs) {
    this.bench = bench;
    this.stressors = new Stressors(bench.cluster().a().directory(), logs);
  }

  /** Runs and exits. */
  public static void main(String[] arguments) throws IOException {
    int rounds = (int) Math.ceil(Double.parseDouble(arguments[0]) * 60 / ROUND_S);
    // the first that have seen everything once are the warm-up
    int warmUp = Math.min(Stressors.roundsForAll(ROUND_S), rounds / 4);
    List<String> wrong = play(rounds, warmUp, ROUND_S);
    wrong.forEach(line -> System.out.println("FAILED: " + line));
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  /**
   * Plays so many rounds of so many seconds.
   *
   * @param warmUp rounds whose samples do not count
   * @return what was wrong; empty if nothing
   */
  static List<String> play(int rounds, int warmUp, int seconds) throws IOException {
    Path home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-soak-");
    try (Bench bench =
        Bench.open(
            Files.createDirectory(home.resolve("pair")),
            new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=256m", PATIENT))) {
      bench.cluster().start();
      bench.cluster().awaitFirstProtection(PROTECTION);
      SoakRun run = new SoakRun(bench, Files.createDirectory(home.resolve("logs")));
      run.run(rounds, warmUp, seconds);
      return run.wrong;
    } finally {
      Cleanup.deleteTree(home);
    }
  }

  private void run(int rounds, int warmUp, int seconds) throws IOException {
    Optional<String> before = generationWhileProtected();
    for (int round = 1; round <= rounds; round++) {
      for (String line : stressors.run(seconds)) {
        wrong.add("round %d: %s".formatted(round, line));
        out.println("round %d: %s".formatted(round, line));
      }
      awaitQuiet();
      sample(round, round > warmUp);
      if (before.isEmpty() || !before.equals(generationWhileProtected())) {
        wrong.add("not PROTECTED all the time: " + bench.cluster().describe());
        break;
      }
    }
    wrong.addAll(bench.differences(SETTLING));
    judge();
  }

  private Optional<String> generationWhileProtected() {
    return bench
        .status(bench.cluster().a())
        .filter(AgentApi.ModuleStatus::isProtected)
        .map(AgentApi.ModuleStatus::generation);
  }

  private void awaitQuiet() {
    DemoNode b = bench.cluster().b();
    bench
        .cluster()
        .await(
            "everything applied",
            SETTLING,
            () -> bench.status(b).filter(status -> status.lagBytes() == 0).isPresent());
  }

  private void sample(int round, boolean counts) throws IOException {
    for (DemoNode node : bench.cluster().nodes()) {
      AgentSample sample = AgentSample.collected(node);
      out.println("round %3d, %s: %s".formatted(round, node.name(), sample));
      if (counts) {
        samples.computeIfAbsent(node.name(), name -> new ArrayList<>()).add(sample);
      }
    }
  }

  private void judge() {
    samples.forEach(
        (node, taken) -> {
          if (taken.size() >= LEAST_SAMPLES) {
            Growth.in(taken).forEach(line -> wrong.add(node + ": " + line));
          } else {
            out.println("%s: too few rounds to judge growth by".formatted(node));
          }
        });
  }
}
