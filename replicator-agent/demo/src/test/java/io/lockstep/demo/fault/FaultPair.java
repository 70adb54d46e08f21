package io.lockstep.demo.fault;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.Recorders;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A pair with its third and its recorders, what can be done to it, and the judging afterwards. */
final class FaultPair implements AutoCloseable {
  /** Longest that anything may take on a machine that is busy with other things. */
  static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("fault.patience", 60));

  private static final Duration SETTLING = Duration.ofSeconds(20);

  /** Faster than the default, and patient enough for a machine that does other things meanwhile. */
  private static final String TIMING =
      "timing: {heartbeat: 200ms, takeoverAfter: 3s, ackTimeout: 3s, checkpoint: 1s, hungAfter: 1s}\n";

  private static final Set<String> HOLDS_ON = Set.of("PRIMARY", "ALONE", "BLOCKED");

  private final Bench bench;
  private final Recorders recorders;
  private final Third third;
  private boolean split;

  private FaultPair(Bench bench, Recorders recorders, Third third) {
    this.bench = bench;
    this.recorders = recorders;
    this.third = third;
  }

  /** Makes a pair and waits until it is protected and at work. */
  static FaultPair open(Path home, Third third) throws IOException {
    Recorders recorders = Recorders.write(home.resolve("recorders"));
    String environment =
        "export LOCKSTEP_HEAP=128m"
            + " LOCKSTEP_JAVA_OPTIONS=\"-XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch\"\n";
    String yaml = TIMING + third.configuration() + recorders.supervised();
    Bench bench = Bench.open(home, new Bench.Plan(0, 0, List.of(), environment, yaml));
    try {
      recorders.writeStart(bench.cluster().a().directory(), bench.cluster().b().directory());
      third.start(bench);
      bench.start();
      FaultPair pair = new FaultPair(bench, recorders, third);
      pair.awaitProgress();
      return pair;
    } catch (IOException | RuntimeException e) {
      String logs = bench.log(bench.cluster().a()) + bench.log(bench.cluster().b());
      third.end(bench);
      bench.close();
      throw new IOException(e.getMessage() + "\n" + logs, e);
    }
  }

  Bench bench() {
    return bench;
  }

  Recorders recorders() {
    return recorders;
  }

  Third third() {
    return third;
  }

  /** Whether the nodes' frames do not reach each other, while both reach the third. */
  void isolate(boolean isolated) {
    for (DemoNode node : bench.cluster().nodes()) {
      for (String port : List.of(node.network().servicePort(), node.network().heartbeatPort())) {
        Shell.run(
            "sh",
            "-c",
            "ip -n %s link set %s type bridge_slave isolated %s"
                .formatted(Third.bridges(bench), port, isolated ? "on" : "off"));
      }
    }
  }

  /** From now on {@code deaf} hears nothing of {@code of}. */
  void deafen(DemoNode deaf, DemoNode of) {
    NodeNetwork other = of.network();
    Shell.run(
        "ip",
        "netns",
        "exec",
        deaf.network().namespace(),
        "nft",
        "table inet fault { chain in { type filter hook input priority 0; ip saddr { %s, %s } drop; }; }"
            .formatted(other.serviceIp(), other.heartbeatIp()));
  }

  /** Undoes {@link #deafen}. */
  void cure(DemoNode deaf) {
    Shell.run("ip", "netns", "exec", deaf.network().namespace(), "nft", "delete table inet fault");
  }

  void awaitProgress() {
    recorders.awaitProgress(bench, PATIENCE);
  }

  /** Until that node serves and operations are acknowledged there. */
  void awaitServing(DemoNode node) {
    bench.cluster().await("service on " + node.name(), PATIENCE, () -> serves(node));
    awaitProgress();
  }

  /** Until that node has let everything go. */
  void awaitFenced(DemoNode node) {
    bench
        .cluster()
        .await(
            node.name() + " fenced",
            PATIENCE,
            () ->
                bench.status(node).filter(status -> !HOLDS_ON.contains(status.role())).isPresent()
                    && !Shell.run(
                            "ip", "-n", node.network().namespace(), "-o", "address", "show", "eth0")
                        .contains(".50/24"));
  }

  private boolean serves(DemoNode node) {
    return bench.status(node).filter(AgentApi.ModuleStatus::serves).isPresent();
  }

  /** Who serves now, where {@code p} did at the beginning. */
  Seen seen(DemoNode p, DemoNode s) {
    boolean same = serves(p);
    boolean peer = serves(s);
    if (same && peer) {
      return Seen.BOTH;
    }
    return same ? Seen.SAME : peer ? Seen.PEER : Seen.NOBODY;
  }

  /** Starts the agents that do not run. */
  void startWhoeverIsDown() {
    bench.cluster().nodes().forEach(node -> node.perform(node.commands().start()));
  }

  /** Until the pair is protected; where it may split, an operator keeps what {@code kept} has. */
  void awaitTogether(DemoNode kept) throws IOException {
    bench.cluster().await("PROTECTED", PATIENCE, () -> isSplit() || bench.cluster().isProtected());
    if (!isSplit()) {
      return;
    }
    split = true;
    if (third.decides()) {
      throw new IllegalStateException("SPLIT: " + bench.cluster().describe());
    }
    bench.cluster().await("SPLIT on both", PATIENCE, this::bothSaySplit);
    kept.api().keep(kept.name());
    bench.cluster().awaitProtected(PATIENCE);
  }

  /** Whether the pair was split since this was asked last. */
  boolean wasSplit() {
    boolean was = split;
    split = false;
    return was;
  }

  private boolean bothSaySplit() {
    return bench.cluster().nodes().stream().allMatch(this::saysSplit);
  }

  private boolean isSplit() {
    return bench.cluster().nodes().stream().anyMatch(this::saysSplit);
  }

  private boolean saysSplit(DemoNode node) {
    return bench.status(node).filter(status -> status.word().equals("SPLIT")).isPresent();
  }

  /**
   * Everything that was acknowledged against what survived, and both trees against each other; the
   * recorders rest meanwhile. What is in quarantine after a split counts as surviving where there
   * may be one.
   */
  List<String> judge() throws IOException {
    recorders.rest();
    try {
      List<String> findings = new ArrayList<>();
      DemoNode serving =
          bench
              .cluster()
              .serving()
              .orElseThrow(() -> new IOException("nobody serves: " + bench.cluster().describe()));
      List<Path> survived = new ArrayList<>(List.of(bench.plain(serving)));
      if (!third.decides()) {
        survived.addAll(quarantines());
      }
      recorders.judge(survived).forEach(one -> findings.add("lost: " + one));
      findings.addAll(bench.differences(SETTLING));
      return findings.size() > 4 ? new ArrayList<>(findings.subList(0, 4)) : findings;
    } finally {
      recorders.resume();
    }
  }

  private List<Path> quarantines() throws IOException {
    List<Path> found = new ArrayList<>();
    for (DemoNode node : bench.cluster().nodes()) {
      Path shelf = bench.cluster().home().resolve(node.name()).resolve("state/desk/quarantine");
      if (Files.exists(shelf)) {
        try (Stream<Path> each = Files.list(shelf)) {
          each.map(one -> one.resolve("directory-0")).forEach(found::add);
        }
      }
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    third.end(bench);
    bench.close();
  }
}
