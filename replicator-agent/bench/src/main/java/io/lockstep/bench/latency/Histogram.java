package io.lockstep.bench.latency;

/**
 * Counts durations in buckets of a sixteenth of an octave, so within 6 % of the truth; the longest
 * is kept exactly. Allocates nothing once made. Written by one thread.
 */
final class Histogram {
  private static final int PER_OCTAVE_BITS = 4;
  private static final int PER_OCTAVE = 1 << PER_OCTAVE_BITS;
  private static final int BUCKETS = 42 * PER_OCTAVE;

  private final int[] counts = new int[BUCKETS];
  private long total;
  private long longestNs;

  private static int bucket(long ns) {
    long counted = Math.max(1, ns);
    int octave = Long.SIZE - 1 - Long.numberOfLeadingZeros(counted);
    long mantissa =
        octave >= PER_OCTAVE_BITS
            ? counted >>> octave - PER_OCTAVE_BITS
            : counted << PER_OCTAVE_BITS - octave;
    return Math.min(BUCKETS - 1, octave * PER_OCTAVE + (int) (mantissa & PER_OCTAVE - 1));
  }

  private static double upperNs(int bucket) {
    double begin = Math.scalb(1.0, bucket / PER_OCTAVE);
    return begin * (PER_OCTAVE + bucket % PER_OCTAVE + 1) / PER_OCTAVE;
  }

  void add(long ns) {
    counts[bucket(ns)]++;
    total++;
    longestNs = Math.max(longestNs, ns);
  }

  /** Adds all of another one. */
  void add(Histogram other) {
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
    longestNs = Math.max(longestNs, other.longestNs);
  }

  long count() {
    return total;
  }

  long longestNs() {
    return longestNs;
  }

  /** At most so long were {@code part} of them (0.5: the median); 0 of none. */
  double atNs(double part) {
    long wanted = (long) Math.ceil(total * part);
    long seen = 0;
    for (int i = 0; i < BUCKETS && total > 0; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return Math.min((double) longestNs, upperNs(i));
      }
    }
    return 0;
  }
}
