package io.lockstep.bench.latency;

import java.util.concurrent.TimeUnit;

/** The durations of one kind of operation on one file system, for each second of a run. */
final class Timeline {
  private final Histogram[] seconds;
  private final long startNs;

  /** For a run of so many seconds that begins at {@code startNs} (of System.nanoTime). */
  Timeline(int seconds, long startNs) {
    this.seconds = new Histogram[seconds];
    for (int i = 0; i < seconds; i++) {
      this.seconds[i] = new Histogram();
    }
    this.startNs = startNs;
  }

  /** One operation; it counts in the second in which it ended, or the last one. By one thread. */
  void add(long beganNs, long endedNs) {
    long second = TimeUnit.NANOSECONDS.toSeconds(endedNs - startNs);
    seconds[(int) Math.min(seconds.length - 1, second)].add(endedNs - beganNs);
  }

  int length() {
    return seconds.length;
  }

  Histogram second(int i) {
    return seconds[i];
  }

  Histogram all() {
    Histogram sum = new Histogram();
    for (Histogram second : seconds) {
      sum.add(second);
    }
    return sum;
  }
}
