package io.lockstep.simulator;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationException;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.network.Wires;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Everything about a run that is decided before it begins; drawn from its seed. The faults can be
 * thinned out to find those that matter.
 */
record Plan(
    long seed,
    ClusterConfiguration configuration,
    int lanes,
    int paths,
    long tickMs,
    long lastsNs,
    Scheduler.Chances chances,
    Wires.Quality quality,
    List<Fault> faults,
    List<Burst> bursts) {
  /** When the application works, and how many operations each of its threads then does. */
  record Burst(long atNs, int operations) {}

  static final long SECOND = 1_000_000_000L;
  private static final long SEGMENT_BYTES = 64 << 10;
  private static final Map<String, ClusterConfiguration> PARSED = new ConcurrentHashMap<>();

  /** The plan of that seed. */
  static Plan of(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x51CA1E);
    long lastsNs = (560 + random.nextLong(160)) * SECOND;
    List<Fault> faults = faults(random, lastsNs);
    return new Plan(
        seed,
        configuration(random),
        2 + random.nextInt(2),
        random.nextInt(4) == 0 ? 2 : 1,
        random.nextInt(40) == 0 ? 200 : 3_000,
        lastsNs,
        new Scheduler.Chances(
            random.nextInt(300), random.nextInt(30), 1 + random.nextLong(50_000_000)),
        new Wires.Quality(
            20_000 + random.nextLong(500_000), 1 + random.nextLong(2_000_000), 0, 0, 0),
        faults,
        bursts(random, faults, lastsNs));
  }

  /** The one module's name. */
  String module() {
    return configuration.modules().keySet().iterator().next();
  }

  Plan with(List<Fault> fewer) {
    return new Plan(
        seed, configuration, lanes, paths, tickMs, lastsNs, chances, quality, fewer, bursts);
  }

  private static List<Fault> faults(SplittableRandom random, long lastsNs) {
    Fault.Kind[] kinds = Fault.Kind.values();
    List<Fault> faults = new ArrayList<>();
    int count = 3 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      long atNs = (5 + random.nextLong(lastsNs / SECOND - 60)) * SECOND + random.nextLong(SECOND);
      // some follow hard upon another: the worst moments are those of a change under way
      if (i > 0 && random.nextInt(3) == 0) {
        atNs = faults.get(random.nextInt(i)).atNs() + 1 + random.nextLong(45 * SECOND);
      }
      long forNs =
          random.nextBoolean()
              ? 1 + random.nextLong(8 * SECOND)
              : 5 * SECOND + random.nextLong(100 * SECOND);
      faults.add(
          new Fault(
              kinds[random.nextInt(kinds.length)],
              atNs,
              random.nextInt(2),
              forNs,
              random.nextInt(1_000_000)));
    }
    Collections.sort(faults);
    return List.copyOf(faults);
  }

  private static List<Burst> bursts(SplittableRandom random, List<Fault> faults, long lastsNs) {
    List<Burst> bursts = new ArrayList<>();
    for (long atNs = SECOND; atNs < lastsNs; atNs += (30 + random.nextLong(90)) * SECOND) {
      bursts.add(new Burst(atNs, 1 + random.nextInt(2)));
    }
    for (Fault fault : faults) {
      bursts.add(
          new Burst(
              Math.max(0, fault.atNs() - random.nextLong(random.nextLong(SECOND) + 1)),
              1 + random.nextInt(6)));
      bursts.add(new Burst(fault.atNs() + random.nextLong(60 * SECOND), 1 + random.nextInt(3)));
    }
    return List.copyOf(bursts);
  }

  private static ClusterConfiguration configuration(SplittableRandom random) {
    String timing =
        switch (random.nextInt(10)) {
          case 0, 1, 2, 3, 4 ->
              "{heartbeat: 10s, takeoverAfter: 30s, ackTimeout: 6s, checkpoint: 30s}";
          case 5, 6, 7, 8 -> "{heartbeat: 4s, takeoverAfter: 12s, ackTimeout: 3s, checkpoint: 10s}";
          default -> "{heartbeat: 2s, takeoverAfter: 6s, ackTimeout: 1s, checkpoint: 20s}";
        };
    return PARSED.computeIfAbsent(timing, Plan::parse);
  }

  private static ClusterConfiguration parse(String timing) {
    String text =
        """
        cluster: {name: dispatch, keyFile: /etc/lockstep/cluster.key, arbiter: none}
        nodes:
          desk-a: {link: 10.0.1.1:7400, heartbeats: [10.0.1.1:7401, 192.168.9.1:7401]}
          desk-b: {link: 10.0.1.2:7400, heartbeats: [10.0.1.2:7401, 192.168.9.2:7401]}
        timing: %s
        journal: {directory: /var/lib/lockstep, segmentSize: 16MiB, maxLag: 16MiB, maxSize: 64MiB, reserve: 1MiB}
        modules:
          desk:
            directories: [{path: /srv/desk}]
        """
            .formatted(timing);
    try {
      return small(ClusterConfiguration.parse("the simulator's configuration", text));
    } catch (ConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** With segments so small that a run fills and trims some. */
  private static ClusterConfiguration small(ClusterConfiguration c) {
    ClusterConfiguration.Journal journal =
        new ClusterConfiguration.Journal(
            c.journal().directory(),
            SEGMENT_BYTES,
            c.journal().maxSize(),
            c.journal().reserve(),
            c.journal().maxLag());
    return new ClusterConfiguration(
        c.cluster(),
        c.nodes(),
        c.timing(),
        journal,
        c.link(),
        c.replication(),
        c.resync(),
        c.console(),
        c.logs(),
        c.modules());
  }
}
