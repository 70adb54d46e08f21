package io.lockstep.bench.workload;

import io.lockstep.bench.Cell;
import java.util.Arrays;

/** The durations of single operations, in nanoseconds, in arrays of their own: no boxing. */
final class Latencies {
  private final long[] ns;
  private final long startNs = System.nanoTime();
  private int count;
  private long endNs;

  Latencies(int most) {
    ns = new long[most];
  }

  /** One operation took that long and has just ended. */
  void add(long durationNs, long nowNs) {
    ns[count++] = durationNs;
    endNs = nowNs;
  }

  /** The figures, where each operation moved that many bytes. */
  Cell cell(String system, String workload, double bytesEach) {
    long[] sorted = Arrays.copyOf(ns, count);
    Arrays.sort(sorted);
    double seconds = (endNs - startNs) / 1e9;
    return new Cell(
        system,
        workload,
        count / seconds,
        at(sorted, 0.5),
        at(sorted, 0.99),
        bytesEach > 0 ? count * bytesEach / seconds / (1 << 20) : Double.NaN);
  }

  private static double at(long[] sorted, double part) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, sorted.length * part)] / 1000.0;
  }
}
