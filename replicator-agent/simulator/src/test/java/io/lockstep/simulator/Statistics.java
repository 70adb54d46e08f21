package io.lockstep.simulator;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.testkit.sim.Scheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What one run, or many, came to. */
final class Statistics {
  /** Sums, by name. */
  private final Map<String, Long> counts = new TreeMap<>();

  /** Simulated seconds and faults of each run, for their medians. */
  private final List<Long> seconds = new ArrayList<>();

  private final List<Long> faultCounts = new ArrayList<>();
  private long lastCrashNs = Long.MIN_VALUE;
  private int lastCrashSide = -1;
  private long faults;
  private final Coverage coverage;

  /** In how many runs each of {@link Coverage#pairs} was reached; of sums alone. */
  private final long[] reached = new long[Coverage.pairs().size()];

  long hash;
  String promise = "";
  String failure;

  Statistics() {
    this(new Coverage());
  }

  private Statistics(Coverage coverage) {
    this.coverage = coverage;
  }

  void count(String name) {
    counts.merge(name, 1L, Long::sum);
  }

  long of(String name) {
    return counts.getOrDefault(name, 0L);
  }

  /** Names that begin so, without that beginning. */
  Map<String, Long> all(String prefix) {
    Map<String, Long> some = new TreeMap<>();
    counts.forEach(
        (name, count) -> {
          if (name.startsWith(prefix)) {
            some.put(name.substring(prefix.length()), count);
          }
        });
    return some;
  }

  Coverage coverage() {
    return coverage;
  }

  long[] reached() {
    return reached;
  }

  /** {@code roles} by name, of each host: {@link Coverage#DOWN} without an agent. */
  void fault(Fault fault, String... roles) {
    faults++;
    count("fault " + fault.kind());
    coverage.reachedFault(roles[fault.side()], fault.kind());
    if (fault.kind().ofBoth()) {
      coverage.reachedFault(roles[1 - fault.side()], fault.kind());
    }
    switch (fault.kind()) {
      case BOTH_LOSE_POWER -> count("double power cuts");
      case AGENT_KILLED, POWER_CUT -> {
        if (lastCrashSide == 1 - fault.side() && fault.atNs() - lastCrashNs < 120 * Plan.SECOND) {
          count("double crashes");
        }
        lastCrashSide = fault.side();
        lastCrashNs = fault.atNs();
      }
      default -> {}
    }
  }

  void step(Role from, Role to) {
    count("step " + from + " " + to);
    if (to == Role.TAKING_OVER && from == Role.SECONDARY) {
      count("takeovers");
    }
    if (to == Role.PRIMARY && from == Role.ALONE) {
      count("returns");
    }
  }

  void finish(Scheduler scheduler, int tails, String brokenPromise, String what) {
    counts.merge("runs", 1L, Long::sum);
    counts.merge("orphan tails", (long) tails, Long::sum);
    counts.merge("events", scheduler.eventsRun() + scheduler.trace().decisions(), Long::sum);
    seconds.add(scheduler.nowNs() / Plan.SECOND);
    faultCounts.add(faults);
    hash = scheduler.trace().hash();
    promise = brokenPromise;
    failure = what;
    if (what != null) {
      count("violations");
    }
  }

  void add(Statistics other) {
    other.counts.forEach((name, count) -> counts.merge(name, count, Long::sum));
    other.coverage.addTo(reached);
    seconds.addAll(other.seconds);
    faultCounts.addAll(other.faultCounts);
  }

  long simulatedSeconds() {
    return seconds.stream().mapToLong(Long::longValue).sum();
  }

  private static long median(List<Long> values) {
    long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  long medianSeconds() {
    return median(seconds);
  }

  long medianFaults() {
    return median(faultCounts);
  }

  /** One line, for {@link #parse}. */
  String line() {
    StringBuilder text = new StringBuilder();
    text.append(seconds.get(0)).append('\t').append(faultCounts.get(0)).append('\t');
    text.append(Long.toHexString(hash)).append('\t').append(promise);
    text.append('\t').append(coverage.text());
    counts.forEach((name, count) -> text.append('\t').append(name).append('=').append(count));
    return text.toString();
  }

  static Statistics parse(String line) {
    String[] parts = line.split("\t", -1);
    Statistics s = new Statistics(Coverage.parse(parts[4]));
    s.seconds.add(Long.parseLong(parts[0]));
    s.faultCounts.add(Long.parseLong(parts[1]));
    s.hash = Long.parseUnsignedLong(parts[2], 16);
    s.promise = parts[3];
    for (String each : Arrays.asList(parts).subList(5, parts.length)) {
      int equals = each.lastIndexOf('=');
      s.counts.put(each.substring(0, equals), Long.parseLong(each.substring(equals + 1)));
    }
    return s;
  }
}
