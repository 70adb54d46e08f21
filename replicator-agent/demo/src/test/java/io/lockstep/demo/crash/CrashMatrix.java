package io.lockstep.demo.crash;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * Every case on real agents, with cuts, full disks and damaged journals between them. Several
 * workers play side by side, each on a pair of its own as long as that recovers, and on a new one
 * after a case that did not.
 *
 * <pre>
 * CrashMatrix OUTPUT [--workers N] [CASE|TROUBLE ...]
 *     OUTPUT: directory for the table and the logs of what failed
 * </pre>
 *
 * <p>Exit codes: 0 nothing lost and every bound kept, 1 something was not good.
 */
public final class CrashMatrix {
  private static final int TROUBLE_EVERY = 12;

  private final Path output;
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final Queue<Turn> turns = new ConcurrentLinkedQueue<>();
  private final List<CrashWorker> workers = new ArrayList<>();
  private final List<Outcome> outcomes = new ArrayList<>();

  private CrashMatrix(Path output, List<Path> replacements, int count) {
    this.output = output;
    for (int i = 0; i < count; i++) {
      workers.add(new CrashWorker(output, replacements));
    }
  }

  /** Something that is played on a rig that is protected and under load. */
  interface Played {
    Outcome on(Rig rig) throws IOException;
  }

  /** A case, or what befalls a pair between cases. */
  record Turn(String what, Played played) {}

  /** Runs the cases that are named, or all, and exits. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    boolean counted = arguments.length > 2 && arguments[1].equals("--workers");
    CrashMatrix matrix =
        new CrashMatrix(
            Files.createDirectories(Path.of(arguments[0])),
            List.of(),
            counted ? Integer.parseInt(arguments[2]) : 1);
    Runtime.getRuntime().addShutdownHook(new Thread(matrix::end, "clean-up"));
    List<String> named = Stream.of(arguments).skip(counted ? 3 : 1).toList();
    if (named.isEmpty()) {
      matrix.queue(Case.all(), true);
    } else {
      named.forEach(matrix::queue);
    }
    System.exit(matrix.run() ? 0 : 1);
  }

  /**
   * Plays cases, without trouble between them; for tests.
   *
   * @param replacements directories of classes that come before the product's
   */
  static List<Outcome> play(Path output, List<Path> replacements, List<Case> cases)
      throws IOException, InterruptedException {
    CrashMatrix matrix = new CrashMatrix(Files.createDirectories(output), replacements, 1);
    try {
      matrix.queue(cases, false);
      matrix.run();
      return matrix.outcomes;
    } finally {
      matrix.end();
    }
  }

  private void queue(List<Case> cases, boolean withTrouble) {
    List<Trouble> troubles = List.of(Trouble.values());
    int queued = 0;
    for (Case each : cases) {
      queue(each);
      queued++;
      if (withTrouble && queued % TROUBLE_EVERY == 0) {
        queue(troubles.get(queued / TROUBLE_EVERY % troubles.size()));
      }
    }
  }

  private void queue(String name) {
    if (name.contains("/")) {
      queue(Case.of(name));
    } else {
      queue(Trouble.valueOf(name));
    }
  }

  private void queue(Case each) {
    turns.add(new Turn(each.toString(), rig -> Play.of(rig, each)));
  }

  private void queue(Trouble trouble) {
    turns.add(new Turn(trouble.name(), trouble::on));
  }

  private boolean run() throws IOException, InterruptedException {
    final long since = System.nanoTime();
    out.println(Outcome.head());
    List<Thread> threads = new ArrayList<>();
    for (CrashWorker worker : workers) {
      Thread thread = new Thread(() -> worker.work(turns, this::note), "worker-" + threads.size());
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return summary(System.nanoTime() - since);
  }

  private synchronized void note(Outcome outcome) {
    outcomes.add(outcome);
    out.println(outcome.row());
  }

  private synchronized boolean summary(long tookNs) throws IOException {
    long bad = outcomes.stream().filter(outcome -> !outcome.isGood()).count();
    long reached = outcomes.stream().filter(Outcome::reached).count();
    String last =
        "%d cases, %d reached, %d good, %d not; %d s"
            .formatted(
                outcomes.size(), reached, outcomes.size() - bad, bad, tookNs / 1_000_000_000);
    out.println(last);
    List<String> lines = new ArrayList<>(List.of(Outcome.head()));
    outcomes.forEach(outcome -> lines.add(outcome.row()));
    lines.add(last);
    Files.write(output.resolve("table.txt"), lines);
    return bad == 0 && turns.isEmpty();
  }

  private void end() {
    turns.clear();
    workers.forEach(CrashWorker::end);
  }
}
