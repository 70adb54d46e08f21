package io.lockstep.demo.bench;

import static io.lockstep.demo.topology.Shell.quote;

import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.cluster.LauncherCommand;
import io.lockstep.demo.cluster.Timings;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.RunDirectory;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A real pair for tests: networks, agents and mounts of the demo, with the replicated trees and the
 * nodes' states on small file systems of their own where a test wants to fill them. Used by one
 * thread; {@link #close} removes everything.
 */
public final class Bench implements AutoCloseable {
  private static final Timings FAST = new Timings(200, 1500, 1500);

  private final RunDirectory run;
  private final DemoCluster cluster;
  private final List<LoopDisk> disks;
  private final List<Path> plain;
  private final Path home;

  private Bench(
      RunDirectory run, DemoCluster cluster, List<LoopDisk> disks, List<Path> plain, Path home) {
    this.run = run;
    this.cluster = cluster;
    this.disks = disks;
    this.plain = plain;
    this.home = home;
  }

  /**
   * What a bench is made of.
   *
   * @param treeMebibytes the size of each node's disk for the tree; 0 for no disk of its own
   * @param stateMebibytes the same for journal and state
   * @param replacements directories of classes that come first on the agents' class path
   * @param environment lines of shell that export what the agents find in their environment
   * @param override YAML over the bench's configuration; {@code %HOME%} is the bench's directory,
   *     {@code %RUN%} the number in its addresses
   */
  public record Plan(
      int treeMebibytes,
      int stateMebibytes,
      List<Path> replacements,
      String environment,
      String override) {
    /** Without disks of its own and without anything special. */
    public static Plan simple() {
      return new Plan(0, 0, List.of(), "", "");
    }

    /** The same with other YAML over the configuration. */
    public Plan with(String yaml) {
      return new Plan(treeMebibytes, stateMebibytes, replacements, environment, yaml);
    }
  }

  /**
   * Makes a pair whose agents do not run yet.
   *
   * @param home an empty directory for what the bench needs besides the run's own
   * @throws IOException if something cannot be made
   */
  public static Bench open(Path home, Plan plan) throws IOException {
    Cleanup.leftovers(RunDirectory.BASE);
    RunDirectory run = RunDirectory.takeFree(RunDirectory.BASE);
    List<LoopDisk> disks = new ArrayList<>();
    List<Path> plain = new ArrayList<>();
    try {
      List<Path> directories = directories(home, plan, disks, plain);
      Path launcher =
          TestLauncher.write(home.resolve("launcher"), plan.replacements(), plan.environment());
      Path override = home.resolve("override.yaml");
      Files.writeString(
          override,
          "---\n"
              + journal(home, plan, disks)
              + plan.override()
                  .replace("%HOME%", home.toString())
                  .replace("%RUN%", Integer.toString(run.number())));
      DemoCluster cluster =
          DemoCluster.create(
              run,
              new DemoCluster.Plan(
                  launcher, directories, FAST, Optional.empty(), Optional.of(override)));
      return new Bench(run, cluster, disks, plain, home);
    } catch (IOException | RuntimeException e) {
      Cleanup.run(run);
      run.close();
      for (Path view : plain) {
        Shell.attempt("umount", "-l", view.getParent().toString());
      }
      disks.forEach(LoopDisk::close);
      throw e;
    }
  }

  /** The trees lie below directories of their own, whose private views show them without mounts. */
  private static List<Path> directories(
      Path home, Plan plan, List<LoopDisk> disks, List<Path> plain) throws IOException {
    List<Path> directories = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      Path parent = Files.createDirectories(home.resolve("tree-" + name));
      if (plan.treeMebibytes() > 0) {
        disks.add(
            LoopDisk.make(home.resolve("tree-" + name + ".img"), plan.treeMebibytes(), parent));
      }
      directories.add(Files.createDirectories(parent.resolve("desk")));
      Path view = Files.createDirectories(home.resolve("plain-" + name));
      Shell.run("mount", "--bind", parent.toString(), view.toString());
      Shell.run("mount", "--make-private", view.toString());
      plain.add(view.resolve("desk"));
    }
    return directories;
  }

  private static String journal(Path home, Plan plan, List<LoopDisk> disks) throws IOException {
    if (plan.stateMebibytes() == 0) {
      return "";
    }
    for (String node : List.of("desk-a", "desk-b")) {
      Path state = Files.createDirectories(home.resolve("state").resolve(node));
      disks.add(
          LoopDisk.make(home.resolve("state-" + node + ".img"), plan.stateMebibytes(), state));
    }
    return """
        journal:
          directory: "%s/state/${node}"
          maxSize: %dMiB
          reserve: %dMiB
        """
        .formatted(home, plan.stateMebibytes() / 2, plan.stateMebibytes() / 16);
  }

  /** The pair. */
  public DemoCluster cluster() {
    return cluster;
  }

  /** The directory that the bench was given. */
  public Path home() {
    return home;
  }

  /** Where a node's journal and state lie, when they have a disk of their own. */
  public Path state(DemoNode node) {
    return home.resolve("state").resolve(node.name());
  }

  /** A node's tree as the file system below has it, without any mount over it. */
  public Path plain(DemoNode node) {
    return plain.get(node.equals(cluster.a()) ? 0 : 1);
  }

  /** Starts both agents with A's tree as the source, and waits until the pair is protected. */
  public void start() {
    cluster.start();
    cluster.awaitFirstProtection(Duration.ofSeconds(90));
  }

  /** The configuration file that both nodes share. */
  public Path configuration() {
    return run.path().resolve("lockstep.yaml");
  }

  /** Runs the {@code lockstep} command as an operator on that node does; returns what it says. */
  public Shell.Result lockstep(DemoNode node, Path configuration, String... words) {
    List<String> line =
        new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + node.network().namespace()));
    line.addAll(
        new LauncherCommand(home.resolve("launcher/lockstep"), configuration)
            .words(node.name(), words));
    return Shell.attempt(line.toArray(String[]::new));
  }

  /** Starts a node's agent, which does not run, under a configuration file of its own. */
  public void startUnder(DemoNode node, Path configuration) throws IOException {
    String start = Files.readString(node.home().resolve("start"));
    Path own = node.home().resolve("start-under");
    Files.writeString(own, start.replace(configuration().toString(), configuration.toString()));
    node.perform("bash " + quote(own.toString()));
  }

  /** The node's agent is killed, nothing else; its guardian may clean up after it. */
  public void killAgent(DemoNode node) throws IOException {
    long pid = node.agentPid();
    Shell.attempt("kill", "-KILL", Long.toString(pid));
    cluster.await(
        "the end of the agent of " + node.name(), Duration.ofSeconds(20), () -> !isAlive(pid));
  }

  /** Whether the process runs; one that has ended and is not yet reaped does not. */
  public static boolean isAlive(long pid) {
    Shell.Result state = Shell.attempt("ps", "-o", "stat=", "-p", Long.toString(pid));
    return state.succeeded() && !state.output().isBlank() && !state.output().startsWith("Z");
  }

  /** What a node's agent says of the module; empty if it does not answer. */
  public Optional<AgentApi.ModuleStatus> status(DemoNode node) {
    return node.api().status();
  }

  /** Waits until the node's agent says that it has this role. */
  public void awaitRole(DemoNode node, String role, Duration atMost) {
    cluster.await(
        node.name() + " " + role,
        atMost,
        () -> status(node).map(AgentApi.ModuleStatus::role).filter(role::equals).isPresent());
  }

  /** What differs between the nodes' trees when the secondary has applied everything. */
  public List<String> differences(Duration settling) {
    long deadline = System.nanoTime() + settling.toNanos();
    while (true) {
      List<String> differences = compare();
      if (differences.isEmpty() || System.nanoTime() > deadline) {
        return differences.stream().map(one -> "the trees differ: " + one).toList();
      }
      pass(300);
    }
  }

  private List<String> compare() {
    try {
      return TreeComparison.differences(plain(cluster.a()), plain(cluster.b()));
    } catch (IOException | RuntimeException e) {
      return List.of("cannot compare yet: " + e);
    }
  }

  /** Waits in real time; nothing else can be waited for while a node is frozen. */
  public static void pass(long milliseconds) {
    try {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs a line of shell and returns what it ends with. */
  public static Shell.Result shell(String line, Path... arguments) {
    List<String> words = new ArrayList<>(List.of("bash", "-c", line));
    for (Path argument : arguments) {
      words.add(argument.toString());
    }
    return Shell.attempt(words.toArray(String[]::new));
  }

  /** The last lines of a node's log, for messages. */
  public String log(DemoNode node) {
    return shell("tail -n 40 " + quote(node.commands().log().toString())).output();
  }

  @Override
  public void close() throws IOException {
    cluster.close();
    run.close();
    for (Path view : plain) {
      Shell.attempt("umount", "-l", view.getParent().toString());
    }
    disks.forEach(LoopDisk::close);
  }
}
