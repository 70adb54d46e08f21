package io.lockstep.powercut;

import io.lockstep.powercut.disk.FileSystem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** The table at the end of a run. */
final class Report {
  private static final String ROW = "%-6s %-9s %5s %10s %9s %6s %11s %6s %8s %6s %6s %9s %7s%n";

  private Report() {}

  static String table(List<CutResult> results) {
    StringBuilder table = new StringBuilder();
    table.append(
        ROW.formatted(
            "fs",
            "cut",
            "cuts",
            "unflushed",
            "lost KiB",
            "torn",
            "acked",
            "lost",
            "synced",
            "lost",
            "diffs",
            "outage s",
            "s/cut"));
    for (FileSystem fileSystem : FileSystem.values()) {
      for (CutResult.Kind kind : CutResult.Kind.values()) {
        List<CutResult> some =
            results.stream().filter(r -> r.fileSystem() == fileSystem && r.kind() == kind).toList();
        if (!some.isEmpty()) {
          table.append(row(fileSystem.type(), kind.name().toLowerCase(Locale.ROOT), some));
        }
      }
    }
    table.append(row("all", "", results));
    return table.toString();
  }

  private static String row(String fileSystem, String kind, List<CutResult> some) {
    return String.format(
        Locale.ROOT,
        ROW,
        fileSystem,
        kind,
        some.size(),
        sum(some, CutResult::unflushedWrites),
        sum(some, CutResult::lostBytes) >> 10,
        sum(some, CutResult::tornWrites),
        sum(some, CutResult::acknowledged),
        sum(some, CutResult::lostAcknowledged),
        sum(some, CutResult::synced),
        sum(some, CutResult::lostSynced),
        sum(some, CutResult::differences),
        "%.1f".formatted(median(some, CutResult::outageMs) / 1000.0),
        "%.1f".formatted(median(some, CutResult::wholeMs) / 1000.0));
  }

  private static long sum(List<CutResult> results, ToLongFunction<CutResult> what) {
    return results.stream().mapToLong(what).sum();
  }

  private static long median(List<CutResult> results, ToLongFunction<CutResult> what) {
    long[] sorted = results.stream().mapToLong(what).toArray();
    Arrays.sort(sorted);
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }
}
