package io.lockstep.demo.cluster;

import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.RunDirectory;
import io.lockstep.demo.topology.Shell;
import io.lockstep.demo.topology.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The pair of one run, from its networks to its agents. Used by one thread, closed by any. */
public final class DemoCluster implements AutoCloseable {
  private static final int FIRST_CONSOLE_PORT = 7443;
  private static final long POLL_MS = 50;

  private final RunDirectory run;
  private final List<DemoNode> nodes;
  private final LauncherCommand launcher;
  private final Timings timings;
  private final Optional<Application> application;
  private boolean closed;

  private DemoCluster(
      RunDirectory run,
      List<DemoNode> nodes,
      LauncherCommand launcher,
      Timings timings,
      Optional<Application> application) {
    this.timings = timings;
    this.application = application;
    this.run = run;
    this.nodes = nodes;
    this.launcher = launcher;
  }

  /**
   * What a pair is made of.
   *
   * @param launcher the file of the {@code lockstep} command
   * @param directories the replicated directory of each node; empty to make them in the run
   * @param timings how fast failures are noticed
   * @param application what runs on the pair; empty for none
   * @param override a file whose keys win over the demo's configuration
   */
  public record Plan(
      Path launcher,
      List<Path> directories,
      Timings timings,
      Optional<Application> application,
      Optional<Path> override) {}

  /**
   * Makes networks, files and commands; no agent runs yet.
   *
   * @throws IOException if a file cannot be written; what was made until then is removed by whoever
   *     cleans up the run
   */
  public static DemoCluster create(RunDirectory run, Plan plan) throws IOException {
    for (Path directory : plan.directories()) {
      requireDirectory(directory);
    }
    new Topology(run.number()).create();
    Path home = run.path();
    Shell.run(
        plan.launcher().toString(), "key", "generate", home.resolve("cluster.key").toString());
    List<Path> directories = new ArrayList<>();
    List<Path> plain = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      boolean given = !plan.directories().isEmpty();
      Path own = home.resolve(NodeNetwork.of(run.number(), i).name()).resolve("data");
      directories.add(
          given ? plan.directories().get(i) : Files.createDirectories(own.resolve("desk")));
      plain.add(given ? directories.get(i) : view(own, home.resolve("plain" + i)));
    }
    Cleanup.record(run, directories);
    Path configuration = home.resolve("lockstep.yaml");
    Timings timings =
        ConfigurationFile.write(
            configuration,
            new ConfigurationFile.Plan(
                home,
                run.number(),
                directories,
                plan.timings(),
                plan.application(),
                plan.override()));
    if (plan.application().isPresent()) {
      plan.application().get().write(directories);
      plan.application().get().initialize(directories.get(0));
    }
    LauncherCommand launcher = new LauncherCommand(plan.launcher(), configuration);
    List<DemoNode> nodes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      NodeNetwork network = NodeNetwork.of(run.number(), i);
      Path nodeHome = Files.createDirectories(home.resolve(network.name()));
      Files.createDirectories(nodeHome.resolve("state"));
      nodes.add(
          DemoNode.create(
              network,
              nodeHome,
              directories.get(i),
              plain.get(i),
              run.number(),
              launcher,
              FIRST_CONSOLE_PORT + i));
    }
    return new DemoCluster(run, List.copyOf(nodes), launcher, timings, plan.application());
  }

  private static void requireDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is no directory: make it first");
    }
  }

  /**
   * Binds the parent of a replicated directory to another place, so that its own files stay visible
   * there when something is mounted over the directory: a plain bind does not carry mounts below
   * it, and a private one does not receive them later.
   */
  private static Path view(Path parent, Path place) throws IOException {
    Files.createDirectories(place);
    Shell.run("mount", "--bind", parent.toString(), place.toString());
    Shell.run("mount", "--make-private", place.toString());
    return place.resolve("desk");
  }

  /** The preferred node. */
  public DemoNode a() {
    return nodes.get(0);
  }

  /** The other node. */
  public DemoNode b() {
    return nodes.get(1);
  }

  /** How fast the pair notices failures, a user's overrides included. */
  public Timings timings() {
    return timings;
  }

  /** What runs on the pair; empty for nothing. */
  public Optional<Application> application() {
    return application;
  }

  /** Both nodes, the preferred one first. */
  public List<DemoNode> nodes() {
    return nodes;
  }

  /** The other node of the pair. */
  public DemoNode peerOf(DemoNode node) {
    return node.equals(a()) ? b() : a();
  }

  /** The run's directory, outside both nodes' data. */
  public Path home() {
    return run.path();
  }

  /**
   * Declares the first node's directory to be the source, and starts both agents.
   *
   * @throws Shell.CommandFailedException if the source is refused
   */
  public void start() {
    List<String> words =
        new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + a().network().namespace()));
    words.addAll(launcher.words(a().name(), "init"));
    Shell.run(words.toArray(String[]::new));
    nodes.forEach(node -> node.perform(node.commands().start()));
  }

  /**
   * Waits until the module is protected for the first time.
   *
   * @throws NotReachedException if it takes too long, or at once if an agent has ended
   */
  public void awaitFirstProtection(Duration atMost) {
    await("PROTECTED", atMost, () -> isProtected() || nodes.stream().anyMatch(this::hasEnded));
    nodes.stream()
        .filter(this::hasEnded)
        .findFirst()
        .ifPresent(
            node -> {
              throw new NotReachedException(
                  "the agent of %s has ended: %s"
                      .formatted(
                          node.name(),
                          Shell.attempt("tail", "-n", "5", node.commands().log().toString())
                              .output()
                              .strip()));
            });
  }

  private boolean hasEnded(DemoNode node) {
    try {
      return !ProcessHandle.of(node.agentPid()).map(ProcessHandle::isAlive).orElse(false);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the agent's process id", e);
    }
  }

  /** The node that serves the module by its own word; empty if none or both do. */
  public Optional<DemoNode> serving() {
    List<DemoNode> found =
        nodes.stream()
            .filter(node -> node.api().status().filter(AgentApi.ModuleStatus::serves).isPresent())
            .toList();
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  /** Whether both agents say that the module is protected. */
  public boolean isProtected() {
    return nodes.stream()
        .allMatch(
            node -> node.api().status().filter(AgentApi.ModuleStatus::isProtected).isPresent());
  }

  /**
   * Waits for a condition, looking every 50 ms.
   *
   * @param what the condition in words, for the message
   * @throws NotReachedException if it does not come true in time
   */
  public void await(String what, Duration atMost, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new NotReachedException(
            "%s was not reached within %d s; %s".formatted(what, atMost.toSeconds(), describe()));
      }
      pause();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotReachedException("interrupted");
    }
  }

  /** Waits until the module is protected. */
  public void awaitProtected(Duration atMost) {
    await("PROTECTED", atMost, this::isProtected);
  }

  /** What both agents say, in a few words. */
  public String describe() {
    StringBuilder words = new StringBuilder();
    for (DemoNode node : nodes) {
      words.append(words.isEmpty() ? "" : "; ").append(node.name()).append(": ");
      words.append(
          node.api()
              .status()
              .map(status -> status.role() + ", " + status.verdict())
              .orElse("does not answer"));
    }
    return words.toString();
  }

  /** Says that the pair did not reach a state in time. */
  public static final class NotReachedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotReachedException(String message) {
      super(message);
    }
  }

  /** Ends the agents, politely first, and removes everything that the run made. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    for (DemoNode node : nodes) {
      node.relay().close();
      node.perform(node.commands().thaw());
    }
    // The secondary first: it must not take over from a primary that says goodbye.
    DemoNode first = serving().map(this::peerOf).orElse(b());
    endPolitely(first);
    endPolitely(peerOf(first));
    nodes.forEach(node -> Shell.attempt("sh", "-c", node.commands().kill()));
    Cleanup.run(run);
  }

  private static void endPolitely(DemoNode node) throws IOException {
    Optional<ProcessHandle> agent = ProcessHandle.of(node.agentPid());
    agent.ifPresent(ProcessHandle::destroy);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (agent.filter(ProcessHandle::isAlive).isPresent() && System.nanoTime() < deadline) {
      pause();
    }
  }
}
