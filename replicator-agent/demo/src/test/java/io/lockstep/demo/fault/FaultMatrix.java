package io.lockstep.demo.fault;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.topology.Cleanup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Every fault under every kind of arbiter, idle and under load, on real agents; one pair a kind, a
 * new one after a cell that was not good.
 *
 * <pre>
 * FaultMatrix OUTPUT [CASE or KIND ...]    OUTPUT: directory for the results and the logs of what failed
 * </pre>
 *
 * <p>Cells that OUTPUT has already are kept, and played again where they are named. The table of
 * the file that {@code fault.docs} names is written anew.
 *
 * <p>Exit codes: 0 every cell that was played was good, 1 one was not.
 */
public final class FaultMatrix {
  private final Path output;
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final TreeMap<FaultCase, FaultOutcome> outcomes = new TreeMap<>();
  private Path home;
  private FaultPair pair;

  private FaultMatrix(Path output) throws IOException {
    this.output = Files.createDirectories(output);
    if (Files.exists(results())) {
      for (String line : Files.readAllLines(results())) {
        FaultOutcome outcome = FaultOutcome.of(line);
        outcomes.put(outcome.what(), outcome);
      }
    }
  }

  /** Runs the cells that are named, or all, and exits. */
  public static void main(String[] arguments) throws IOException {
    FaultMatrix matrix = new FaultMatrix(Path.of(arguments[0]));
    Runtime.getRuntime().addShutdownHook(new Thread(matrix::end, "clean-up"));
    List<FaultCase> named = Stream.of(arguments).skip(1).flatMap(FaultMatrix::named).toList();
    boolean good = matrix.run(named.isEmpty() ? FaultCase.all() : named);
    String docs = System.getProperty("fault.docs");
    if (docs != null) {
      new FaultTable(matrix.outcomes).writeInto(Path.of(docs));
    }
    System.exit(good ? 0 : 1);
  }

  private static Stream<FaultCase> named(String word) {
    return word.contains("/")
        ? Stream.of(FaultCase.of(word))
        : FaultCase.all().stream().filter(one -> one.third() == Third.valueOf(word));
  }

  /** Plays cells; for tests. */
  static List<FaultOutcome> play(Path output, List<FaultCase> cases) throws IOException {
    FaultMatrix matrix = new FaultMatrix(output);
    try {
      matrix.run(cases);
      return List.copyOf(matrix.outcomes.values());
    } finally {
      matrix.end();
    }
  }

  private boolean run(List<FaultCase> cases) throws IOException {
    out.println(FaultOutcome.head());
    int bad = 0;
    for (FaultCase each : cases) {
      FaultOutcome outcome = one(each);
      outcomes.put(each, outcome);
      out.println(outcome.row());
      Files.write(results(), outcomes.values().stream().map(FaultOutcome::line).toList());
      if (!outcome.isGood()) {
        bad++;
        keepLogs(outcome);
      }
      if (!outcome.isGood() || each.fault().isRemembered()) {
        end();
      }
    }
    out.println("%d cells, %d good, %d not".formatted(cases.size(), cases.size() - bad, bad));
    return bad == 0;
  }

  private FaultOutcome one(FaultCase each) {
    try {
      return FaultPlay.of(pair(each.third()), each);
    } catch (IOException | RuntimeException e) {
      return new FaultOutcome(each, "", -1, -1, List.of("cannot be played: " + e.getMessage()));
    }
  }

  private FaultPair pair(Third third) throws IOException {
    if (pair != null && pair.third() != third) {
      end();
    }
    if (pair == null) {
      home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-fault");
      pair = FaultPair.open(home, third);
    }
    return pair;
  }

  private Path results() {
    return output.resolve("results.tsv");
  }

  private void keepLogs(FaultOutcome outcome) throws IOException {
    if (pair == null) {
      return;
    }
    Path kept = output.resolve(outcome.what().toString().replace('/', '-'));
    List<Path> made = new ArrayList<>();
    for (var node : pair.bench().cluster().nodes()) {
      made.add(Files.createDirectories(kept.resolve(node.name())));
      Bench.shell(
          "cp -r \"$0\"/agent.log \"$0\"/logs \"$1\"/", node.home(), made.get(made.size() - 1));
    }
    Bench.shell("cp -r \"$0\"/recorders \"$1\"/", home, kept);
  }

  private synchronized void end() {
    try {
      if (pair != null) {
        pair.close();
      }
      if (home != null) {
        Cleanup.deleteTree(home);
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("the clean-up is not complete: " + e);
    }
    pair = null;
    home = null;
  }
}
