package io.lockstep.demo.timing;

import io.lockstep.demo.topology.Cleanup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Loses the serving node of one real pair again and again, at a heartbeat of 100 ms and a takeover
 * after 500 ms, and measures until its address answers from the other node.
 *
 * <pre>
 * FailoverTimes ROUNDS [CAUSE ...]    so many rounds of each cause, all by default
 * </pre>
 *
 * <p>Exit codes: 0 every round was good and within 1.5 s, 1 one was not. Wants the machine alone.
 */
public final class FailoverTimes {
  /** What is promised at these times, without the start of an application. */
  static final long PROMISE_MS = 1_500;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private Path home;
  private TimedPair pair;

  private FailoverTimes() {}

  /** Plays and exits. */
  public static void main(String[] arguments) throws IOException {
    FailoverTimes times = new FailoverTimes();
    Runtime.getRuntime().addShutdownHook(new Thread(times::end, "clean-up"));
    List<Cause> causes = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      causes.add(Cause.valueOf(arguments[i]));
    }
    if (causes.isEmpty()) {
      Collections.addAll(causes, Cause.values());
    }
    List<FailoverRound> rounds = times.run(Integer.parseInt(arguments[0]), causes, PROMISE_MS);
    System.exit(rounds.stream().allMatch(FailoverRound::isGood) ? 0 : 1);
  }

  /** Plays so many rounds of each cause; for tests. */
  static List<FailoverRound> play(int rounds, List<Cause> causes, long boundMs) throws IOException {
    FailoverTimes times = new FailoverTimes();
    try {
      return times.run(rounds, causes, boundMs);
    } finally {
      times.end();
    }
  }

  private List<FailoverRound> run(int rounds, List<Cause> causes, long boundMs) throws IOException {
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-times");
    pair = TimedPair.open(home);
    List<FailoverRound> all = new ArrayList<>();
    out.println(FailoverRound.HEAD);
    for (Cause cause : causes) {
      List<FailoverRound> same = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        FailoverRound round = bounded(pair.play(cause), boundMs);
        same.add(round);
        out.println(round.row(i + 1));
      }
      out.println(summary(cause, same));
      all.addAll(same);
    }
    return all;
  }

  private static FailoverRound bounded(FailoverRound round, long boundMs) {
    if (round.totalMs() > boundMs) {
      round.failures().add(round.totalMs() + " ms are more than " + boundMs);
    }
    return round;
  }

  private static String summary(Cause cause, List<FailoverRound> rounds) {
    List<Long> totals = rounds.stream().map(FailoverRound::totalMs).sorted().toList();
    return "%s: %d rounds, %d good; ms until the address answered: least %d, median %d, most %d"
        .formatted(
            cause.title(),
            rounds.size(),
            rounds.stream().filter(FailoverRound::isGood).count(),
            totals.get(0),
            totals.get(totals.size() / 2),
            totals.get(totals.size() - 1));
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
