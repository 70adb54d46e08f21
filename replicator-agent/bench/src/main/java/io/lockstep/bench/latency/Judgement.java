package io.lockstep.bench.latency;

import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of a run, and whether it is what is promised. Pure.
 *
 * @param ext4 the mixed run on plain ext4, by kind
 * @param lockstep the same in the same seconds on Lockstep
 * @param alone 4 KiB writes on Lockstep, one after the other, with nothing beside them
 */
record Judgement(Map<Kind, Timeline> ext4, Map<Kind, Timeline> lockstep, Histogram alone) {
  private static final double NS_PER_MS = 1e6;
  private static final double NS_PER_US = 1e3;
  private static final double LEAST_BOUND_MS = 50;
  private static final double TIMES_EXT4 = 1.5;
  private static final double SPREAD = 10;

  private static double worstMs(Map<Kind, Timeline> run) {
    return run.values().stream().mapToLong(line -> line.all().longestNs()).max().orElse(0)
        / NS_PER_MS;
  }

  /** No operation may take longer, in ms. */
  double boundMs() {
    return Math.max(LEAST_BOUND_MS, TIMES_EXT4 * worstMs(ext4));
  }

  /** What is not as promised, in words; empty if all is. */
  List<String> broken() {
    List<String> broken = new ArrayList<>();
    double worst = worstMs(lockstep);
    if (worst > boundMs()) {
      broken.add(
          say(
              "a pause of %.1f ms: more than %.1f (50 ms, or 1.5 times ext4's worst of %.1f)",
              worst, boundMs(), worstMs(ext4)));
    }
    if (alone.atNs(0.99) >= SPREAD * alone.atNs(0.5)) {
      broken.add(
          say(
              "p99 of a 4 KiB write alone is %.1f times its p50, not less than 10",
              alone.atNs(0.99) / alone.atNs(0.5)));
    }
    for (Map<Kind, Timeline> run : List.of(ext4, lockstep)) {
      run.forEach(
          (kind, line) -> {
            if (line.all().count() == 0) {
              broken.add("nothing was measured of " + kind.title());
            }
          });
    }
    return broken;
  }

  /** A table for people. */
  List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add("| operation | system | count | p50 us | p99 us | p99.9 us | longest ms |");
    lines.add("|---|---|---:|---:|---:|---:|---:|");
    for (Kind kind : Kind.values()) {
      lines.add(row(kind.title(), "ext4", ext4.get(kind).all()));
      lines.add(row(kind.title(), "lockstep", lockstep.get(kind).all()));
    }
    lines.add(row("4 KiB write, alone and unpaced", "lockstep", alone));
    return lines;
  }

  private static String row(String operation, String system, Histogram all) {
    return say(
        "| %s | %s | %d | %.1f | %.1f | %.1f | %.1f |",
        operation,
        system,
        all.count(),
        all.atNs(0.5) / NS_PER_US,
        all.atNs(0.99) / NS_PER_US,
        all.atNs(0.999) / NS_PER_US,
        all.longestNs() / NS_PER_MS);
  }

  @FormatMethod
  private static String say(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
