package io.lockstep.simulator;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationException;
import io.lockstep.failover.application.Checker;
import io.lockstep.failover.application.Probe;
import io.lockstep.failover.contact.SplitPolicy;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.network.Wires;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
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
    List<Burst> bursts,
    Extras extras) {
  /** When the application works, and how many operations each of its threads then does. */
  record Burst(long atNs, int operations) {}

  /**
   * What only some runs have. Each is drawn from a random stream of its own, so that a run without
   * it is the run that it was before there was such a thing.
   *
   * @param supervision how the application is supervised; null for an application that never fails
   * @param arbiter whether an arbiter is asked
   * @param addresses whether the module has a virtual address
   * @param failbackSeconds after which it goes back to its preferred node by itself; 0 for never
   * @param policy by which a split is decided
   * @param silenceSeconds after which a connection is given up; in some runs it outlasts a
   *     takeover, and brings after a cut what both nodes sent before it
   * @param group whether the module belongs to a group, with a second one before it
   * @param drills whether takeovers are rehearsed
   */
  record Extras(
      Supervision supervision,
      boolean arbiter,
      boolean addresses,
      int failbackSeconds,
      SplitPolicy policy,
      int silenceSeconds,
      boolean group,
      boolean drills) {
    static final Extras NONE =
        new Extras(null, false, false, 0, SplitPolicy.MANUAL, SILENCE_SECONDS, false, false);

    private Extras looking(List<Checker> at) {
      return new Extras(
          supervision.looking(at),
          arbiter,
          addresses,
          failbackSeconds,
          policy,
          silenceSeconds,
          group,
          drills);
    }

    private Extras grouped() {
      return new Extras(
          supervision, arbiter, addresses, failbackSeconds, policy, silenceSeconds, true, drills);
    }

    private Extras rehearsing() {
      return new Extras(
          supervision, arbiter, addresses, failbackSeconds, policy, silenceSeconds, group, true);
    }
  }

  /** How much of what only some runs have: a seed that was kept is played as it was found. */
  enum Breadth {
    /** Nothing of it. */
    PLAIN,
    /**
     * What {@link #WIDER} has, but going back to the preferred node, deciding splits by a policy,
     * and connections that outlast a takeover.
     */
    WIDE,
    /** All but groups, checkers and drills. */
    WIDER,
    /** All of it. */
    WHOLE;

    Plan of(long seed) {
      return switch (this) {
        case PLAIN -> plain(seed);
        case WIDE -> wide(seed, 0, SplitPolicy.MANUAL, SILENCE_SECONDS);
        case WIDER -> wider(seed);
        case WHOLE -> Plan.of(seed);
      };
    }
  }

  /**
   * The budget of the application's restarts.
   *
   * @param stops whether the module stops when it is spent, else it goes to the other node
   * @param checkers what is looked at beside the check command
   */
  record Supervision(int restarts, int failures, boolean stops, List<Checker> checkers) {
    private Supervision looking(List<Checker> at) {
      return new Supervision(restarts, failures, stops, at);
    }
  }

  static final long SECOND = 1_000_000_000L;

  private static final Duration LOOK_EVERY = Duration.ofSeconds(15);
  private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(4);

  /** The name of the module that is before the judged one in a group. */
  static final String SECOND_MODULE = "ledger";

  private static final List<Role> MOMENTS =
      List.of(Role.TAKING_OVER, Role.DEMOTING, Role.BLOCKED, Role.STOPPED, Role.WAITING);
  private static final String FAST =
      "{heartbeat: 2s, takeoverAfter: 6s, ackTimeout: 1s, checkpoint: 20s}";
  private static final int SILENCE_SECONDS = 5;
  private static final int KEPT_SILENCE_SECONDS = 80;
  private static final long SEGMENT_BYTES = 64 << 10;
  private static final Map<String, ClusterConfiguration> PARSED = new ConcurrentHashMap<>();

  /** The plan of that seed, with what only some runs have. */
  static Plan of(long seed) {
    Plan plan = wider(seed);
    SplittableRandom random = stream(seed, "group");
    if (random.nextInt(5) == 0) {
      plan = plan.plus(random, Fault.Kind.GROUP, 1 + random.nextInt(3));
      plan = plan.having(plan.extras.grouped());
    }
    random = stream(seed, "checkers");
    if (plan.extras.supervision() != null && random.nextInt(2) == 0) {
      plan = plan.having(plan.extras.looking(checkers(random)));
      plan = plan.plus(random, Fault.Kind.CHECKER, 1 + random.nextInt(3));
    }
    random = stream(seed, "drills");
    if (random.nextInt(8) == 0) {
      plan = plan.plus(random, Fault.Kind.DRILLS, 1 + random.nextInt(3));
      plan = plan.having(plan.extras.rehearsing());
    }
    return plan;
  }

  /** Some of four, one for each action. */
  private static List<Checker> checkers(SplittableRandom random) {
    List<Checker> some = new ArrayList<>();
    int which = 1 + random.nextInt(15);
    for (Checker.Action action : Checker.Action.values()) {
      int failures = 1 + random.nextInt(3);
      if ((which & 1 << action.ordinal()) != 0) {
        String name = "checker-" + action.name().toLowerCase(Locale.ROOT);
        Probe probe = new Probe.Interface(name);
        some.add(new Checker(name, probe, LOOK_EVERY, LOOK_TIMEOUT, failures, action));
      }
    }
    return some;
  }

  private static Plan wider(long seed) {
    SplittableRandom random = stream(seed, "failback");
    int failbackSeconds = random.nextInt(5) == 0 ? 15 + random.nextInt(90) : 0;
    random = stream(seed, "split");
    SplitPolicy policy =
        random.nextInt(3) == 0
            ? SplitPolicy.values()[random.nextInt(SplitPolicy.values().length)]
            : SplitPolicy.MANUAL;
    random = stream(seed, "silence");
    int silenceSeconds = random.nextInt(3) == 0 ? 20 + random.nextInt(60) : SILENCE_SECONDS;
    return wide(seed, failbackSeconds, policy, silenceSeconds);
  }

  private static Plan wide(long seed, int failbackSeconds, SplitPolicy policy, int silenceSeconds) {
    Plan plan = plain(seed);
    Supervision supervision = null;
    SplittableRandom random = stream(seed, "application");
    if (random.nextInt(3) == 0) {
      supervision =
          new Supervision(
              1 + random.nextInt(3), 1 + random.nextInt(2), random.nextInt(6) == 0, List.of());
      plan = plan.plus(random, Fault.Kind.APPLICATION, 1 + random.nextInt(3));
    }
    random = stream(seed, "arbiter");
    boolean arbiter = random.nextInt(3) == 0;
    if (arbiter) {
      plan = plan.plus(random, Fault.Kind.ARBITER, random.nextInt(4));
    }
    random = stream(seed, "exit");
    if (random.nextInt(3) == 0) {
      plan = plan.plus(random, Fault.Kind.EXIT, 1 + random.nextInt(2));
    }
    random = stream(seed, "operator");
    if (random.nextInt(4) == 0) {
      plan = plan.plus(random, Fault.Kind.OPERATOR, 1 + random.nextInt(2));
    }
    random = stream(seed, "moment");
    if (random.nextInt(3) == 0) {
      plan = plan.aiming(random, possible(supervision != null, arbiter), 1 + random.nextInt(3));
    }
    boolean addresses = stream(seed, "address").nextInt(3) == 0;
    return plan.having(
        new Extras(
            supervision,
            arbiter,
            addresses,
            failbackSeconds,
            policy,
            silenceSeconds,
            false,
            false));
  }

  /** Chance for one purpose only: what draws from it changes nothing else. */
  static SplittableRandom stream(long seed, String purpose) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L ^ purpose.hashCode() * 0x1CE4E5B9L);
  }

  /** So many more faults of some of those kinds, each with some work around it. */
  private Plan plus(SplittableRandom random, List<Fault.Kind> kinds, int count) {
    List<Fault> more = new ArrayList<>(faults);
    List<Burst> work = new ArrayList<>(bursts);
    for (int i = 0; i < count; i++) {
      Fault fault = fault(random, kinds.get(random.nextInt(kinds.size())), lastsNs, faults);
      more.add(fault);
      work.addAll(around(random, fault));
    }
    Collections.sort(more);
    return new Plan(
        seed,
        configuration,
        lanes,
        paths,
        tickMs,
        lastsNs,
        chances,
        quality,
        List.copyOf(more),
        List.copyOf(work),
        extras);
  }

  /** With those faults as well. */
  Plan and(Fault... faultsToo) {
    List<Fault> more = new ArrayList<>(faults);
    more.addAll(List.of(faultsToo));
    Collections.sort(more);
    return with(List.copyOf(more));
  }

  private static List<Fault.Kind> possible(boolean supervised, boolean arbiter) {
    List<Fault.Kind> kinds = new ArrayList<>(Fault.Kind.OF_EVERY_RUN);
    kinds.addAll(Fault.Kind.EXIT);
    kinds.addAll(Fault.Kind.OPERATOR);
    kinds.addAll(supervised ? Fault.Kind.APPLICATION : List.of());
    kinds.addAll(arbiter ? Fault.Kind.ARBITER : List.of());
    return kinds;
  }

  /** So many more faults, each aimed at a role that a host is in for a moment only. */
  private Plan aiming(SplittableRandom random, List<Fault.Kind> kinds, int count) {
    List<Fault> more = new ArrayList<>(faults);
    for (int i = 0; i < count; i++) {
      Fault at = fault(random, kinds.get(random.nextInt(kinds.size())), lastsNs, List.of());
      Role in = MOMENTS.get(random.nextInt(MOMENTS.size()));
      more.add(new Fault(at.kind(), at.atNs() / 2, at.side(), at.forNs(), at.detail(), in));
    }
    Collections.sort(more);
    return new Plan(
        seed,
        configuration,
        lanes,
        paths,
        tickMs,
        lastsNs,
        chances,
        quality,
        List.copyOf(more),
        bursts,
        extras);
  }

  private Plan having(Extras some) {
    return new Plan(
        seed,
        configuration(timing(configuration.timing()), some),
        lanes,
        paths,
        tickMs,
        lastsNs,
        chances,
        quality,
        faults,
        bursts,
        some);
  }

  private static String timing(ClusterConfiguration.Timing timing) {
    return "{heartbeat: %ds, takeoverAfter: %ds, ackTimeout: %ds, checkpoint: %ds}"
        .formatted(
            timing.heartbeat().toSeconds(),
            timing.takeoverAfter().toSeconds(),
            timing.ackTimeout().toSeconds(),
            timing.checkpoint().toSeconds());
  }

  /** The plan of that seed, without what only some runs have. */
  static Plan plain(long seed) {
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
        bursts(random, faults, lastsNs),
        Extras.NONE);
  }

  /**
   * The same with connections that outlast a takeover, and with cuts of which each brings in the
   * end what both nodes sent as they began to serve alone, before the first operation of either.
   */
  Plan keepingItsConnection() {
    Extras patient =
        new Extras(null, false, false, 0, SplitPolicy.MANUAL, KEPT_SILENCE_SECONDS, false, false);
    ClusterConfiguration fast = configuration(FAST, patient);
    long forNs = fast.timing().takeoverAfter().toNanos() + 4 * SECOND;
    List<Fault> cuts = new ArrayList<>();
    List<Burst> work = new ArrayList<>();
    for (long atNs = 60 * SECOND; atNs < lastsNs - 100 * SECOND; atNs += 100 * SECOND) {
      cuts.add(new Fault(Fault.Kind.PARTITION, atNs, 0, forNs, 0, null));
      work.add(new Burst(atNs + forNs - 2 * SECOND, 1));
      work.add(new Burst(atNs + forNs - SECOND, 1));
    }
    return new Plan(
        seed,
        fast,
        lanes,
        paths,
        tickMs,
        lastsNs,
        chances,
        quality,
        List.copyOf(cuts),
        List.copyOf(work),
        patient);
  }

  /** The judged module's name. */
  String module() {
    return configuration.modules().keySet().iterator().next();
  }

  Plan with(List<Fault> fewer) {
    return new Plan(
        seed,
        configuration,
        lanes,
        paths,
        tickMs,
        lastsNs,
        chances,
        quality,
        fewer,
        bursts,
        extras);
  }

  private static List<Fault> faults(SplittableRandom random, long lastsNs) {
    List<Fault> faults = new ArrayList<>();
    int count = 3 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      faults.add(fault(random, null, lastsNs, faults));
    }
    Collections.sort(faults);
    return List.copyOf(faults);
  }

  /** Some follow hard upon another: the worst moments are those of a change under way. */
  private static Fault fault(
      SplittableRandom random, Fault.Kind kind, long lastsNs, List<Fault> others) {
    long atNs = (5 + random.nextLong(lastsNs / SECOND - 60)) * SECOND + random.nextLong(SECOND);
    if (!others.isEmpty() && random.nextInt(3) == 0) {
      Fault other = others.get(random.nextInt(others.size()));
      atNs = other.atNs() + 1 + random.nextLong(45 * SECOND);
    }
    long forNs =
        random.nextBoolean()
            ? 1 + random.nextLong(8 * SECOND)
            : 5 * SECOND + random.nextLong(100 * SECOND);
    List<Fault.Kind> kinds = Fault.Kind.OF_EVERY_RUN;
    return new Fault(
        kind == null ? kinds.get(random.nextInt(kinds.size())) : kind,
        atNs,
        random.nextInt(2),
        forNs,
        random.nextInt(1_000_000),
        null);
  }

  private static List<Burst> bursts(SplittableRandom random, List<Fault> faults, long lastsNs) {
    List<Burst> bursts = new ArrayList<>();
    for (long atNs = SECOND; atNs < lastsNs; atNs += (30 + random.nextLong(90)) * SECOND) {
      bursts.add(new Burst(atNs, 1 + random.nextInt(2)));
    }
    for (Fault fault : faults) {
      bursts.addAll(around(random, fault));
    }
    return List.copyOf(bursts);
  }

  private static List<Burst> around(SplittableRandom random, Fault fault) {
    return List.of(
        new Burst(
            Math.max(0, fault.atNs() - random.nextLong(random.nextLong(SECOND) + 1)),
            1 + random.nextInt(6)),
        new Burst(fault.atNs() + random.nextLong(60 * SECOND), 1 + random.nextInt(3)));
  }

  private static ClusterConfiguration configuration(SplittableRandom random) {
    String timing =
        switch (random.nextInt(10)) {
          case 0, 1, 2, 3, 4 ->
              "{heartbeat: 10s, takeoverAfter: 30s, ackTimeout: 6s, checkpoint: 30s}";
          case 5, 6, 7, 8 -> "{heartbeat: 4s, takeoverAfter: 12s, ackTimeout: 3s, checkpoint: 10s}";
          default -> FAST;
        };
    return configuration(timing, Extras.NONE);
  }

  private static ClusterConfiguration configuration(String timing, Extras extras) {
    String text =
"""
cluster: {name: dispatch, keyFile: /etc/lockstep/cluster.key, arbiter: %s}
nodes:
  desk-a: {link: 10.0.1.1:7400, heartbeats: [10.0.1.1:7401, 192.168.9.1:7401]}
  desk-b: {link: 10.0.1.2:7400, heartbeats: [10.0.1.2:7401, 192.168.9.2:7401]}
timing: %s
link: {silence: %ds}
split: {policy: %s, node: desk-b}
journal: {directory: /var/lib/lockstep, segmentSize: 16MiB, maxLag: 16MiB, maxSize: 64MiB, reserve: 1MiB}
modules:
  desk:
    directories: [{path: /srv/desk}]
    failbackAfter: %ds
    addresses: [%s]
"""
                .formatted(
                    extras.arbiter() ? "{etcd: {endpoints: ['http://10.0.1.7:2379']}}" : "none",
                    timing,
                    extras.silenceSeconds(),
                    extras.policy().word(),
                    extras.failbackSeconds(),
                    extras.addresses() ? "{ip: 10.0.1.50/24, interface: eth0}" : "")
            + (extras.drills() ? DRILLS : "")
            + (extras.group() ? group(extras) : "");
    return PARSED.computeIfAbsent(text, Plan::parse);
  }

  /** Of the judged module: the commands are never run, but in drills by the simulator. */
  private static final String DRILLS =
      """
          application:
            start: {run: start, timeout: 30s}
            stop: {run: stop, timeout: 30s}
            check: {run: check, every: 5s, timeout: 20s, failures: 3}
          drill: {every: 150s, timeout: 60s}
      """;

  /** Its start is bounded: what waits for it waits so long at most. */
  private static String group(Extras extras) {
    return """
             %s:
               directories: [{path: /srv/ledger}]
               failbackAfter: %ds
               application:
                 start: {run: start, timeout: 20s}
                 stop: {run: stop, timeout: 10s}
           groups: {site: [%s, desk]}
           """
        .formatted(SECOND_MODULE, extras.failbackSeconds(), SECOND_MODULE);
  }

  private static ClusterConfiguration parse(String text) {
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
        c.split(),
        c.console(),
        c.logs(),
        c.recorder(),
        c.modules(),
        c.groups());
  }
}
