package io.lockstep.demo.crash;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.topology.Cleanup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every case on real agents, with cuts, full disks and damaged journals between them; one pair as
 * long as it recovers, a new one after a case that did not.
 *
 * <pre>
 * CrashMatrix OUTPUT [CASE ...]    OUTPUT: directory for the table and the logs of what failed
 * </pre>
 *
 * <p>Exit codes: 0 nothing lost and every bound kept, 1 something was not good.
 */
public final class CrashMatrix {
  private static final int TROUBLE_EVERY = 12;

  private final Path output;
  private final List<Path> replacements;
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final List<Outcome> outcomes = new ArrayList<>();
  private Path home;
  private Rig rig;

  private CrashMatrix(Path output, List<Path> replacements) {
    this.output = output;
    this.replacements = replacements;
  }

  /** Runs the cases that are named, or all, and exits. */
  public static void main(String[] arguments) throws IOException {
    CrashMatrix matrix = new CrashMatrix(Files.createDirectories(Path.of(arguments[0])), List.of());
    Runtime.getRuntime().addShutdownHook(new Thread(matrix::end, "clean-up"));
    List<Case> cases = Stream.of(arguments).skip(1).map(Case::of).toList();
    System.exit(matrix.run(cases.isEmpty() ? Case.all() : cases, cases.isEmpty()) ? 0 : 1);
  }

  /**
   * Plays cases, without trouble between them; for tests.
   *
   * @param replacements directories of classes that come before the product's
   */
  static List<Outcome> play(Path output, List<Path> replacements, List<Case> cases)
      throws IOException {
    CrashMatrix matrix = new CrashMatrix(Files.createDirectories(output), replacements);
    try {
      matrix.run(cases, false);
      return matrix.outcomes;
    } finally {
      matrix.end();
    }
  }

  private boolean run(List<Case> cases, boolean withTrouble) throws IOException {
    long since = System.nanoTime();
    out.println(Outcome.head());
    List<Trouble> troubles = List.of(Trouble.values());
    int played = 0;
    for (Case each : cases) {
      note(one(() -> Play.of(rig(), each), each.toString()));
      played++;
      if (withTrouble && played % TROUBLE_EVERY == 0) {
        Trouble trouble = troubles.get(played / TROUBLE_EVERY % troubles.size());
        note(one(() -> trouble.on(rig()), trouble.name()));
      }
    }
    return summary(System.nanoTime() - since);
  }

  /** Something that is played on the rig. */
  private interface Played {
    Outcome play() throws IOException;
  }

  private Outcome one(Played played, String what) throws IOException {
    try {
      return played.play();
    } catch (IOException | RuntimeException e) {
      return new Outcome(what, false, 0, -1, -1, List.of("cannot be played: " + e.getMessage()));
    }
  }

  private void note(Outcome outcome) throws IOException {
    outcomes.add(outcome);
    out.println(outcome.row());
    if (!outcome.isGood()) {
      keepLogs(outcome);
      end();
    }
  }

  private boolean summary(long tookNs) throws IOException {
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
    return bad == 0;
  }

  private Rig rig() throws IOException {
    if (rig == null) {
      home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-crash");
      rig = Rig.open(home, replacements);
    }
    return rig;
  }

  private void keepLogs(Outcome outcome) throws IOException {
    if (rig == null) {
      return;
    }
    Path kept = output.resolve(outcome.what().replace('/', '-'));
    Files.createDirectories(kept);
    rig.cluster()
        .nodes()
        .forEach(
            node ->
                Bench.shell(
                    "cp -r \"$0\"/agent.log \"$0\"/logs \"$1\"/",
                    node.home(),
                    directory(kept, node.name())));
    Bench.shell("cp -r \"$0\"/recorders \"$1\"/", home, kept);
  }

  private static Path directory(Path kept, String name) {
    try {
      return Files.createDirectories(kept.resolve(name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private synchronized void end() {
    try {
      if (rig != null) {
        rig.close();
      }
      if (home != null) {
        Cleanup.deleteTree(home);
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("the clean-up is not complete: " + e);
    }
    rig = null;
    home = null;
  }
}
