package io.lockstep.demo.crash;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.Recorders;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import io.lockstep.replicator.port.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A pair whose agents can be struck at points, its recorders, and the judging after a blow. */
final class Rig implements AutoCloseable {
  /** Longest that anything may take on a machine that is busy with other things. */
  static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("crash.patience", 60));

  private static final Duration SETTLING = Duration.ofSeconds(20);

  private final Bench bench;
  private final Recorders recorders;
  private final Control control;

  private Rig(Bench bench, Recorders recorders, Control control) {
    this.bench = bench;
    this.recorders = recorders;
    this.control = control;
  }

  /** Makes a pair and waits until it is protected and under load. */
  static Rig open(Path home) throws IOException {
    return open(home, List.of());
  }

  /**
   * The same with classes of a test in front of the product's.
   *
   * @throws IOException if it does not come up, with the ends of both logs
   */
  static Rig open(Path home, List<Path> replacements) throws IOException {
    Control control = new Control(Files.createDirectories(home.resolve("control")));
    Recorders recorders = Recorders.write(home.resolve("recorders"));
    Bench bench =
        Bench.open(
            home,
            new Bench.Plan(
                0,
                256,
                replacing(home, replacements),
                environment(control),
                configuration(recorders)));
    try {
      recorders.writeStart(bench.cluster().a().directory(), bench.cluster().b().directory());
      bench.start();
      recorders.awaitProgress(bench, PATIENCE);
      return new Rig(bench, recorders, control);
    } catch (IOException | RuntimeException e) {
      String logs = bench.log(bench.cluster().a()) + bench.log(bench.cluster().b());
      bench.close();
      throw new IOException(e.getMessage() + "\n" + logs, e);
    }
  }

  private static List<Path> replacing(Path home, List<Path> replacements) throws IOException {
    List<Path> all = new ArrayList<>(replacements);
    all.add(actor(home));
    return all;
  }

  /**
   * An agent that is frozen is to wake up again: no guardian ends it. And a return does not begin
   * with its last round, however little was done meanwhile.
   */
  private static String configuration(Recorders recorders) {
    return "timing: {checkpoint: 1s, hungAfter: 10m, stoppedAfter: 10m}\nresync: {quiesceBelow: 64KiB}\n"
        + recorders.configuration();
  }

  /** The agents' JVM starts fast and small; the actor learns which node it is on. */
  private static String environment(Control control) {
    return """
        export LOCKSTEP_HEAP=128m LOCKSTEP_JAVA_OPTIONS="-XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch"
        export LOCKSTEP_CRASH_CONTROL='%s'
        previous=
        for word in "$@"; do
          [ "$previous" = --node ] && export LOCKSTEP_CRASH_NODE=$word
          previous=$word
        done
        """
        .formatted(control.directory());
  }

  /** A directory with the actor's classes and the file by which it is found. */
  private static Path actor(Path home) throws IOException {
    Path classes = home.resolve("actor");
    String name = CrashActor.class.getName();
    Path target = classes.resolve(name.replace('.', '/')).getParent();
    Files.createDirectories(target);
    Path source = Path.of(location()).resolve(name.replace('.', '/')).getParent();
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(CrashActor.class.getSimpleName())) {
          Files.copy(file, target.resolve(file.getFileName()));
        }
      }
    }
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve(CrashPoint.Actor.class.getName()), name + "\n");
    return classes;
  }

  private static String location() {
    return CrashActor.class.getProtectionDomain().getCodeSource().getLocation().getPath();
  }

  Bench bench() {
    return bench;
  }

  DemoCluster cluster() {
    return bench.cluster();
  }

  Recorders recorders() {
    return recorders;
  }

  Control control() {
    return control;
  }

  /** Starts the agents that do not run. */
  void startWhoeverIsDown() {
    for (DemoNode node : cluster().nodes()) {
      node.perform(node.commands().start());
    }
  }

  /** Whether an agent's process runs and is not stopped. */
  boolean runs(DemoNode node) throws IOException {
    return Bench.isAlive(node.agentPid());
  }

  void resume(DemoNode node) throws IOException {
    Shell.attempt("kill", "-CONT", Long.toString(node.agentPid()));
  }

  /** Waits in real time; nothing else can be waited for while a node is frozen. */
  static void pass(long milliseconds) {
    try {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the pair is protected; a split ends the wait, since nothing else would. */
  void awaitProtected() {
    cluster().await("PROTECTED", PATIENCE, () -> isSplit() || cluster().isProtected());
    if (isSplit()) {
      throw new IllegalStateException("SPLIT: " + cluster().describe());
    }
  }

  private boolean isSplit() {
    return cluster().nodes().stream()
        .anyMatch(
            node ->
                node.api().status().map(AgentApi.ModuleStatus::word).orElse("").equals("SPLIT"));
  }

  /** Both trees against the notes and against each other; the recorders rest meanwhile. */
  List<String> judge() throws IOException {
    recorders.rest();
    try {
      List<String> findings = new ArrayList<>();
      DemoNode serving =
          cluster()
              .serving()
              .orElseThrow(() -> new IOException("nobody serves: " + cluster().describe()));
      recorders.judge(bench.plain(serving)).forEach(one -> findings.add("lost: " + one));
      findings.addAll(bench.differences(SETTLING));
      return findings.size() > 4 ? new ArrayList<>(findings.subList(0, 4)) : findings;
    } finally {
      recorders.resume();
    }
  }

  @Override
  public void close() throws IOException {
    bench.close();
  }
}
