package io.lockstep.powercut.cluster;

import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.cluster.LauncherCommand;
import io.lockstep.demo.cluster.Timings;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.RunDirectory;
import io.lockstep.demo.topology.Shell;
import io.lockstep.demo.topology.Topology;
import io.lockstep.powercut.disk.FileSystem;
import io.lockstep.powercut.disk.NodeDisk;
import io.lockstep.powercut.disk.PowerDisk;
import io.lockstep.powercut.disk.Survival;
import io.lockstep.powercut.record.Ledger;
import io.lockstep.powercut.record.LedgerJudge;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Two real agents in two network namespaces, each with its tree, journal and state on a disk that
 * can lose its power, and recorders as the application. Used by one thread.
 */
public final class PowerPair implements AutoCloseable {
  /** Patient enough for a machine that has other work too. */
  private static final Timings TIMINGS = new Timings(200, 4000, 3000);

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long REST_MS = 30_000;
  private static final long WORST_MOMENT_MS = 300;

  private final RunDirectory run;
  private final DemoCluster cluster;
  private final Ledger ledger;
  private final Map<DemoNode, NodeDisk> disks;
  private final String environment;

  private PowerPair(
      RunDirectory run,
      DemoCluster cluster,
      Ledger ledger,
      Map<DemoNode, NodeDisk> disks,
      String environment) {
    this.run = run;
    this.cluster = cluster;
    this.ledger = ledger;
    this.disks = disks;
    this.environment = environment;
  }

  /**
   * Makes networks, disks and configuration; no agent runs yet.
   *
   * @param launcher the file of the {@code lockstep} command
   * @param withoutForce whether the agents' journals are never forced
   * @throws IOException if something cannot be made; what was made until then goes with the next
   *     run's start
   */
  public static PowerPair create(Path launcher, FileSystem kind, boolean withoutForce)
      throws IOException {
    Cleanup.leftovers(RunDirectory.BASE);
    RunDirectory run = takeNumber();
    Path home = run.path();
    Path images = Files.createDirectories(home.resolve("images"));
    Shell.run("mount", "-t", "tmpfs", "-o", "size=4g", "power-cut-images", images.toString());
    Ledger ledger = new Ledger(InetAddress.getByAddress(new byte[4]));
    Path application = home.resolve("application");
    Workload.write(application, run.number(), ledger.port());
    List<NodeDisk> disks = new ArrayList<>();
    List<Path> trees = new ArrayList<>();
    for (String name : NodeNetwork.NAMES) {
      NodeDisk disk =
          NodeDisk.create(kind, home.resolve("disks").resolve(name), images.resolve(name));
      disk.powerOn();
      disks.add(disk);
      trees.add(Files.createDirectories(disk.files().resolve("tree")));
      Files.createDirectories(disk.files().resolve("state"));
    }
    Path override = home.resolve("override.yaml");
    Files.writeString(override, override(home, application));
    DemoCluster cluster =
        DemoCluster.create(
            run,
            new DemoCluster.Plan(
                launcher, trees, TIMINGS, Optional.empty(), Optional.of(override)));
    Map<DemoNode, NodeDisk> byNode = new HashMap<>();
    for (int i = 0; i < 2; i++) {
      byNode.put(cluster.nodes().get(i), disks.get(i));
    }
    String java =
        withoutForce
            ? "JAVA=" + Shell.quote(WithoutForce.java(home.resolve("force")).toString())
            : "";
    PowerPair pair = new PowerPair(run, cluster, ledger, byNode, "LOCKSTEP_HEAP=160m " + java);
    List<String> init =
        new ArrayList<>(
            List.of("nsenter", "--net=/run/netns/" + cluster.a().network().namespace()));
    init.addAll(
        new LauncherCommand(launcher, home.resolve("lockstep.yaml"))
            .words(cluster.a().name(), "init"));
    Shell.run(init.toArray(String[]::new));
    return pair;
  }

  private static RunDirectory takeNumber() throws IOException {
    RunDirectory taken = RunDirectory.take(RunDirectory.BASE);
    if (!Topology.collides(taken.number())) {
      return taken;
    }
    // Held while the next is looked for, so that the same number is not taken again.
    try (taken) {
      RunDirectory next = takeNumber();
      Cleanup.deleteTree(taken.path());
      return next;
    }
  }

  private static String override(Path home, Path application) {
    return """
        journal: {directory: "%1$s/disks/${node}/files/state", segmentSize: 16MiB, maxSize: 128MiB, reserve: 16MiB, maxLag: 32MiB}
        modules:
          desk:
            application:
              start: {run: %2$s/start, timeout: 60s}
              stop: {run: %2$s/stop, timeout: 10s, thenKill: true}
              check: {run: %2$s/check, every: 1s, failures: 2}
              restarts: {max: 1000, within: 10m, then: stop}
        """
        .formatted(home, application);
  }

  /** The pair's nodes and what they say. */
  public DemoCluster cluster() {
    return cluster;
  }

  /** What was acknowledged and synced. */
  public Ledger ledger() {
    return ledger;
  }

  /** The disk of a node. */
  public NodeDisk disk(DemoNode node) {
    return disks.get(node);
  }

  /** Starts a node's agent as after a boot: with a boot id that it has not seen before. */
  public void startAgent(DemoNode node) {
    node.perform(
        "LOCKSTEP_BOOT_ID="
            + UUID.randomUUID()
            + " "
            + environment
            + " "
            + node.commands().start());
  }

  /**
   * Cuts the power of nodes at one moment: disks holding, networks silent, then every process
   * killed. Their disks are not decided on yet.
   */
  public void cut(List<DemoNode> nodes) throws InterruptedException {
    for (DemoNode node : nodes) {
      disk(node).disk().hold(WORST_MOMENT_MS);
    }
    for (DemoNode node : nodes) {
      node.perform(node.commands().cut());
    }
    for (DemoNode node : nodes) {
      Shell.attempt(
          "sh",
          "-c",
          "pids=$(ip netns pids "
              + node.network().namespace()
              + "); kill -STOP $pids; kill -KILL $pids");
    }
    // Those who wait for the disk are dying already: nothing that they are told now is heard.
    for (DemoNode node : nodes) {
      disk(node).disk().off();
      node.perform(node.commands().kill());
    }
  }

  /**
   * Decides what a node's disk has kept, gives it power and the network back, and mounts its file
   * system. Its agent does not run yet.
   *
   * @throws IOException if the disk is still in use, or does not mount any more
   */
  public PowerDisk.Loss powerOn(DemoNode node, Survival survival, Random random)
      throws IOException {
    PowerDisk.Loss loss = disk(node).lose(survival, random);
    disk(node).powerOn();
    node.perform(node.commands().heal());
    return loss;
  }

  /** Waits until both agents say that the module is protected. */
  public void awaitProtected() {
    cluster.awaitProtected(PATIENCE);
  }

  /** The node that serves, as soon as exactly one does. */
  public DemoNode serving() {
    List<DemoNode> found = new ArrayList<>();
    await(
        "one node that serves",
        () -> {
          cluster.serving().ifPresent(found::add);
          return !found.isEmpty();
        });
    return found.get(0);
  }

  /** Waits until that node serves. */
  public void awaitService(DemoNode node) {
    await(
        "service on " + node.name(),
        () -> node.api().status().filter(AgentApi.ModuleStatus::serves).isPresent());
  }

  /** Waits until that node's agent has brought its tree to its journal's end, and waits. */
  public void awaitRecovered(DemoNode node) {
    await(
        "recovery of " + node.name(),
        () -> node.api().status().filter(status -> status.role().equals("WAITING")).isPresent());
  }

  /** Waits for a condition. */
  public void await(String what, BooleanSupplier condition) {
    cluster.await(what, PATIENCE, condition);
  }

  /** Waits until so many more writes were acknowledged. */
  public void awaitWrites(long more) throws InterruptedException {
    if (!ledger.awaitWrites(more, PATIENCE.toMillis())) {
      throw new IllegalStateException(
          "the recorders do not write: %s; at work: %s"
              .formatted(cluster.describe(), ledger.atWork()));
    }
  }

  /** Lets the recorders rest, so that trees can be judged. */
  public void rest() throws InterruptedException {
    if (!ledger.pause(REST_MS)) {
      throw new IllegalStateException(
          "the recorders do not come to rest: %s; at work: %s"
              .formatted(cluster.describe(), ledger.atWork()));
    }
  }

  /** Judges what lies on a node's disk. The recorders rest. */
  public LedgerJudge.Finding judge(DemoNode node, LedgerJudge.Promise promise) throws IOException {
    return LedgerJudge.judge(tree(node), ledger, promise);
  }

  private Path tree(DemoNode node) {
    return disk(node).plain().resolve("tree");
  }

  /**
   * What differs between both trees once the secondary has applied everything. The recorders rest.
   *
   * @throws IOException if one cannot be read
   */
  public List<String> differences() throws IOException {
    return TreeComparison.differences(tree(cluster.a()), tree(cluster.b()));
  }

  /** Where the agents' logs are, until the pair is closed. */
  public List<Path> logs() {
    return cluster.nodes().stream().map(node -> node.commands().log()).toList();
  }

  /** Ends and removes everything, the disks included. */
  @Override
  public void close() throws IOException {
    ledger.close();
    for (DemoNode node : cluster.nodes()) {
      disk(node).disk().off();
      node.perform(node.commands().thaw());
      Shell.attempt("sh", "-c", node.commands().kill());
    }
    for (NodeDisk disk : disks.values()) {
      disk.close();
    }
    cluster.close();
    run.close();
  }
}
