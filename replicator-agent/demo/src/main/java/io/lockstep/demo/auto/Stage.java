package io.lockstep.demo.auto;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.demo.Say;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.cluster.Timings;
import io.lockstep.demo.judge.JudgeProcess;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.InterfaceCounters;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What every scenario needs: load, breaking at a random moment, judging, and the way back. */
final class Stage {
  private static final Duration PATIENCE = Duration.ofSeconds(45);
  private static final Duration LONG_PATIENCE = Duration.ofMinutes(4);
  private static final Duration LOAD_PATIENCE = Duration.ofSeconds(90);
  private static final Duration PATIENCE_PER_CALL = Duration.ofMillis(20);
  private static final Duration IDLE_SAMPLE = Duration.ofSeconds(2);
  private static final long OWN_MS_BOUND = 1000;
  private static final long SENT_PERCENT = 120;
  private static final long SENT_PER_FILE = 1024;

  private final DemoCluster cluster;
  private final Workload workload;
  private final Random random;
  private final int callsPerScenario;
  private final Say say;
  private final Duration patience;
  private double idleBytesPerSecond;

  Stage(
      DemoCluster cluster,
      Workload workload,
      Random random,
      int callsPerScenario,
      boolean held,
      Say say) {
    this.patience = held ? PATIENCE : LONG_PATIENCE;
    this.cluster = cluster;
    this.workload = workload;
    this.random = random;
    this.callsPerScenario = callsPerScenario;
    this.say = say;
  }

  /** How long anything may take that should come by itself. */
  Duration patience() {
    return patience;
  }

  DemoCluster cluster() {
    return cluster;
  }

  Timings timings() {
    return cluster.timings();
  }

  Workload workload() {
    return workload;
  }

  Say say() {
    return say;
  }

  /**
   * Measures what the networks carry when nothing happens: heartbeats, which are no part of what a
   * return costs. Everybody rests.
   */
  void measureIdle() {
    DemoNode node = cluster.b();
    long before = InterfaceCounters.bytesTo(node.network());
    long since = System.nanoTime();
    cluster.await(
        "a quiet moment", patience, () -> System.nanoTime() - since > IDLE_SAMPLE.toNanos());
    long bytes = InterfaceCounters.bytesTo(node.network()) - before;
    idleBytesPerSecond = bytes * 1e9 / (System.nanoTime() - since);
    say.progress("idle traffic to a node: %.0f bytes a second", idleBytesPerSecond);
  }

  /**
   * Calls and records under load, breaks something at a random moment, and goes on until the calls
   * of the scenario are acknowledged; then everybody rests.
   */
  void underLoad(ScenarioResult result, Runnable breaking) throws IOException {
    long callsBefore = workload.callers().acknowledged();
    long recordsBefore = workload.records();
    long moment = callsPerScenario / 10L + random.nextInt(Math.max(1, callsPerScenario / 2));
    workload.callers().mark();
    workload.resume();
    cluster.await(
        "call %d".formatted(moment),
        loadPatience(),
        () -> workload.callers().acknowledged() >= callsBefore + moment);
    say.progress("  after %d calls: %s", moment, result.name());
    breaking.run();
    // At least some calls after the break, however late it came.
    long wanted = Math.max(callsBefore + callsPerScenario, acknowledged() + callsPerScenario / 10L);
    cluster.await("call " + callsPerScenario, loadPatience(), () -> acknowledged() >= wanted);
    workload.rest();
    result.put("calls", workload.callers().acknowledged() - callsBefore);
    result.put("records", workload.records() - recordsBefore);
    result.put("longestStallMs", workload.callers().longestWaitMs());
  }

  private Duration loadPatience() {
    return LOAD_PATIENCE.plus(PATIENCE_PER_CALL.multipliedBy(callsPerScenario));
  }

  private long acknowledged() {
    return workload.callers().acknowledged();
  }

  /** The longest wait of a caller must not be above {@code boundMs}. */
  void boundStall(ScenarioResult result, long boundMs) {
    result.bounded("longestStallMs", result.number("longestStallMs"), boundMs);
  }

  /** Notes the steps of the takeover that {@code survivor} has just done. */
  void noteTakeover(ScenarioResult result, DemoNode survivor) {
    TransitionTimes times = times(survivor);
    result.put("takeover", times.stepsMs());
    if (times.stepsMs().isEmpty()) {
      result.fail(survivor.name() + " recorded no steps of its takeover");
    }
    result.bounded("takeoverOwnMs", times.ownMs(), OWN_MS_BOUND);
  }

  private static TransitionTimes times(DemoNode node) {
    return node.api()
        .status()
        .map(AgentApi.ModuleStatus::lastTransition)
        .map(TransitionTimes::of)
        .orElse(new TransitionTimes(java.util.Map.of()));
  }

  /** Judges everything acknowledged so far by the survivor's files. The application rests. */
  void judge(ScenarioResult result, DemoNode survivor) throws IOException {
    JudgeProcess.Verdict verdict =
        JudgeProcess.survivor(survivor.plain(), workload.callsFile(), workload.recordsFile());
    for (String key : List.of("lost", "outOfOrder", "recordsMissing")) {
      result.put(key, verdict.json().path(key).asLong());
    }
    findings(result, verdict.json().path("findings"));
    say.progress(
        "  judged on %s: %d calls and %d records acknowledged since the start, lost %d, out of"
            + " order %d, records missing %d",
        survivor.name(),
        verdict.json().path("calls").asLong(),
        verdict.json().path("records").asLong(),
        verdict.json().path("lost").asLong(),
        verdict.json().path("outOfOrder").asLong(),
        verdict.json().path("recordsMissing").asLong());
    if (!verdict.isGood() && result.failures().isEmpty()) {
      result.fail("the judge says no: " + verdict.json());
    }
  }

  private static void findings(ScenarioResult result, JsonNode findings) {
    findings.forEach(finding -> result.fail(finding.asText()));
  }

  /**
   * Brings a node back while the application rests, measures what it costs, and compares both
   * trees.
   */
  void bringBack(ScenarioResult result, DemoNode returning, Runnable how) throws IOException {
    DemoNode survivor = cluster.peerOf(returning);
    quiet();
    JsonNode change = JudgeProcess.changed(returning.plain(), survivor.plain()).json();
    long bytesBefore = InterfaceCounters.bytesTo(returning.network());
    long since = System.nanoTime();
    how.run();
    cluster.awaitProtected(patience);
    double seconds = (System.nanoTime() - since) / 1e9;
    long heartbeats = Math.round(idleBytesPerSecond * seconds);
    long sent = InterfaceCounters.bytesTo(returning.network()) - bytesBefore - heartbeats;
    long bytes = change.path("bytes").asLong();
    long files = change.path("files").asLong();
    result.put("changedFiles", files);
    result.put("heartbeatBytes", heartbeats);
    result.put("changedBytes", bytes);
    result.bounded("sentBytes", sent, bytes * SENT_PERCENT / 100 + SENT_PER_FILE * files);
    result.put("returnMs", Math.round(seconds * 1000));
    say.progress(
        "  %s is back after %.1f s: %d bytes in %d files changed, %d bytes sent (and %d of heartbeats)",
        returning.name(), seconds, bytes, files, sent, heartbeats);
    compare(result);
  }

  /** What the application has still to write by itself is written, wherever it runs. */
  private void quiet() {
    cluster
        .application()
        .ifPresent(
            application ->
                cluster.nodes().stream()
                    .filter(this::serves)
                    .forEach(node -> application.quiet(node.network())));
  }

  private boolean serves(DemoNode node) {
    return node.api().status().filter(AgentApi.ModuleStatus::serves).isPresent();
  }

  /** Compares both trees below all mounts. The application rests. */
  void compare(ScenarioResult result) throws IOException {
    quiet();
    JsonNode differences =
        JudgeProcess.identical(cluster.a().plain(), cluster.b().plain()).json().path("differences");
    result.put("differences", differences.size());
    for (int i = 0; i < Math.min(5, differences.size()); i++) {
      result.fail("the trees differ: " + differences.get(i).asText());
    }
    if (differences.isEmpty()) {
      say.progress("  both trees are identical");
    }
  }

  /** Starts a node's agent again. */
  void start(DemoNode node) {
    node.perform(node.commands().start());
  }

  /** Makes a node as empty as a new one: its replicated directory and its state are gone. */
  void wipe(DemoNode node) {
    try {
      Path state = node.home().resolve("state");
      Cleanup.deleteTree(state);
      Files.createDirectories(state);
      Cleanup.deleteTree(node.plain());
      Files.createDirectories(node.directory());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot wipe " + node.name(), e);
    }
  }

  /** Runs commands of several nodes at the same moment. */
  static void atOnce(List<String> commands) {
    List<String> parts = new ArrayList<>(commands);
    Shell.run("bash", "-c", String.join(" & ", parts) + " & wait");
  }

  /** Moves the module under load with {@code move}, and holds the outage to its bound. */
  void moveUnderLoad(ScenarioResult result, String key, DemoNode to, Move move) throws IOException {
    underLoad(
        result,
        () -> {
          try {
            move.run(cluster.peerOf(to).api());
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
          cluster.await(
              "service on " + to.name(),
              patience,
              () -> cluster.serving().filter(to::equals).isPresent());
        });
    // The node that hands over records its own steps, the stop of the application among them.
    TransitionTimes handingOver = times(cluster.peerOf(to));
    TransitionTimes takingOver = times(to);
    result.put(key + "HandOver", handingOver.stepsMs());
    result.put(key + "Steps", takingOver.stepsMs());
    result.put(key + "OutageMs", result.number("longestStallMs"));
    result.bounded(
        key + "OwnOutageMs",
        result.number("longestStallMs") - handingOver.applicationMs() - takingOver.applicationMs(),
        OWN_MS_BOUND);
    cluster.awaitProtected(patience);
  }

  /** A command to an agent that moves the module. */
  @FunctionalInterface
  interface Move {
    void run(AgentApi serving) throws IOException;
  }

  /** Moves the module back to the preferred node, without load, if it is not there. */
  void settle() throws IOException {
    cluster.awaitProtected(patience);
    if (cluster.serving().filter(cluster.a()::equals).isEmpty()) {
      cluster.b().api().switchback();
      cluster.await(
          "service on " + cluster.a().name(),
          patience,
          () -> cluster.serving().filter(cluster.a()::equals).isPresent());
      cluster.awaitProtected(patience);
    }
  }
}
