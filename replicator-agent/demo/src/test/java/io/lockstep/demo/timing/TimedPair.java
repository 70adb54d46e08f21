package io.lockstep.demo.timing;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.NodeNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A pair at the shortest times, with an application whose start returns at once, and a caller on
 * the service network. Used by one thread.
 */
final class TimedPair implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long LOOK_MS = 5;

  private static final String CONFIGURATION =
      """
      timing: {heartbeat: 100ms, takeoverAfter: 500ms, ackTimeout: 500ms}
      modules:
        desk:
          application:
            start: {run: "true"}
            stop: {run: "true"}
      """;

  private final Bench bench;
  private final Map<DemoNode, Process> answerers = new HashMap<>();
  private final String address;
  private int rounds;

  private TimedPair(Bench bench) {
    this.bench = bench;
    this.address = NodeNetwork.virtualIp(bench.cluster().a().network().run());
  }

  /** Makes a pair and waits until it is protected. */
  static TimedPair open(Path home) throws IOException {
    String environment = "export LOCKSTEP_HEAP=128m\n";
    TimedPair pair =
        new TimedPair(
            Bench.open(home, new Bench.Plan(0, 0, List.of(), environment, CONFIGURATION)));
    try {
      pair.bench.start();
      for (DemoNode node : pair.bench.cluster().nodes()) {
        pair.answer(node);
      }
      return pair;
    } catch (IOException | RuntimeException e) {
      pair.close();
      throw e;
    }
  }

  private void answer(DemoNode node) throws IOException {
    Process running = answerers.get(node);
    if (running != null && running.isAlive()) {
      return;
    }
    List<String> words =
        new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + node.network().namespace()));
    words.addAll(JavaProgram.command("16m", Answerer.class.getName(), node.name()));
    answerers.put(
        node, new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start());
    bench
        .cluster()
        .await("an answer of " + node.name(), PATIENCE, () -> answers(node.network().serviceIp()));
  }

  private static boolean answers(String address) {
    try {
      return !Answerer.call(address).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Plays one round; the pair is protected before and after.
   *
   * @throws IOException if it cannot be played
   */
  FailoverRound play(Cause cause) throws IOException {
    Path written = Path.of("round-" + ++rounds);
    DemoNode lost = protectedWith(written);
    DemoNode next = bench.cluster().peerOf(lost);
    List<String> failures = new ArrayList<>();
    if (!lost.name().equals(Answerer.call(address))) {
      failures.add("the address answered from another node before");
    }
    long sinceNs = System.nanoTime();
    long sinceMs = System.currentTimeMillis();
    Strike strike = new Strike(cause, lost);
    strike.start();
    JsonNode takeover = awaitTakeover(next).lastTransition();
    callOnce(next, failures);
    long totalMs = (System.nanoTime() - sinceNs) / 1_000_000;
    if (!Files.exists(next.directory().resolve(written))) {
      failures.add("lost: what was acknowledged before");
    }
    strike.end();
    mend(cause, lost, next);
    return round(cause, lost, takeover, sinceMs, totalMs, failures);
  }

  /** The neighbours' caches were good for the lost node until now. */
  private void callOnce(DemoNode next, List<String> failures) {
    try {
      String name = Answerer.call(address);
      if (!next.name().equals(name)) {
        failures.add("the first attempt was answered by " + name);
      }
    } catch (IOException e) {
      failures.add("the first attempt was not answered: " + e.getMessage());
    }
  }

  /**
   * Until a file is acknowledged and the pair is protected after that still. On a busy machine half
   * a second is short: an acknowledgement that takes longer costs the protection, as it should.
   */
  private DemoNode protectedWith(Path file) throws IOException {
    for (int attempt = 0; attempt < 20; attempt++) {
      bench.cluster().awaitProtected(PATIENCE);
      DemoNode serving =
          bench.cluster().serving().orElseThrow(() -> new IOException("nobody serves"));
      long sinceNs = System.nanoTime();
      Files.writeString(serving.directory().resolve(file), Integer.toString(attempt));
      long tookMs = (System.nanoTime() - sinceNs) / 1_000_000;
      if (bench.cluster().isProtected()) {
        return serving;
      }
      System.out.printf("(a write took %d ms: EXPOSED before the blow)%n", tookMs);
    }
    throw new IOException("never protected after a write; " + bench.cluster().describe());
  }

  /** Looks more often than the cluster does: this is what is measured. */
  private AgentApi.ModuleStatus awaitTakeover(DemoNode next) throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadlineNs) {
      AgentApi.ModuleStatus status = bench.status(next).orElse(null);
      if (status != null
          && status.serves()
          && status.lastTransition().path("finishedMs").asLong() > 0) {
        return status;
      }
      Bench.pass(LOOK_MS);
    }
    throw new IOException("no takeover; " + bench.cluster().describe() + "\n" + bench.log(next));
  }

  private void mend(Cause cause, DemoNode lost, DemoNode next) throws IOException {
    cause.mend(lost);
    lost.perform(lost.commands().start());
    answer(lost);
    bench
        .cluster()
        .await("PROTECTED", PATIENCE, () -> isSplit(lost) || bench.cluster().isProtected());
    if (isSplit(lost)) {
      next.api().keep(next.name());
      bench.cluster().awaitProtected(PATIENCE);
    }
  }

  private boolean isSplit(DemoNode node) {
    return bench.status(node).filter(status -> status.word().equals("SPLIT")).isPresent();
  }

  private static FailoverRound round(
      Cause cause,
      DemoNode lost,
      JsonNode takeover,
      long sinceMs,
      long totalMs,
      List<String> failures) {
    List<FailoverRound.Step> steps = new ArrayList<>();
    for (JsonNode step : takeover.path("steps")) {
      if (!step.path("name").asText().equals("detection")) {
        steps.add(new FailoverRound.Step(step.path("name").asText(), step.path("tookMs").asLong()));
      }
    }
    long startedMs = takeover.path("startedMs").asLong();
    return new FailoverRound(
        cause,
        lost.name(),
        startedMs - sinceMs,
        steps,
        takeover.path("finishedMs").asLong() - startedMs,
        totalMs,
        failures);
  }

  @Override
  public void close() throws IOException {
    answerers.values().forEach(Process::destroyForcibly);
    bench.close();
  }

  /** Strikes while the caller looks on. */
  private static final class Strike {
    private final Thread thread;
    private volatile String failure = "";

    Strike(Cause cause, DemoNode node) {
      thread =
          new Thread(
              () -> {
                try {
                  cause.strike(node);
                } catch (IOException | RuntimeException e) {
                  failure = String.valueOf(e.getMessage());
                }
              },
              "strike");
    }

    void start() {
      thread.start();
    }

    void end() throws IOException {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (!failure.isEmpty()) {
        throw new IOException(failure);
      }
    }
  }
}
