package io.lockstep.demo;

import io.lockstep.demo.auto.AutoRun;
import io.lockstep.demo.auto.Report;
import io.lockstep.demo.auto.Workload;
import io.lockstep.demo.cluster.Application;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.cluster.Timings;
import io.lockstep.demo.recorder.Collector;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.RunDirectory;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/** The orchestrator behind {@code ./demo}: one cluster in one of three modes. */
public final class Demo {
  private static final int GOOD = 0;
  private static final int LOSS = 1;
  private static final int UNUSABLE = 2;

  private final Options options;
  private final Say say;
  private RunDirectory run;
  private DemoCluster cluster;
  private volatile boolean ending;

  private Demo(Options options) {
    this.options = options;
    this.say = new Say(options.hold && options.json != null);
  }

  /** Runs the demo and exits with its code. */
  public static void main(String[] arguments) {
    Options options = new Options();
    CommandLine line = new CommandLine(options);
    try {
      line.parseArgs(arguments);
    } catch (CommandLine.ParameterException e) {
      System.err.println(e.getMessage() + "\nTry ./demo --help");
      System.exit(UNUSABLE);
    }
    if (options.help) {
      line.usage(System.out);
      System.exit(GOOD);
    }
    options
        .problem()
        .ifPresent(
            problem -> {
              System.err.println(problem + "\nTry ./demo --help");
              System.exit(UNUSABLE);
            });
    Demo demo = new Demo(options);
    Thread hook = new Thread(demo::cleanUp, "clean-up");
    Runtime.getRuntime().addShutdownHook(hook);
    System.exit(demo.run());
  }

  private int run() {
    try {
      int cleaned = Cleanup.leftovers(RunDirectory.BASE);
      if (cleaned > 0) {
        say.progress("removed what %d killed run(s) had left behind", cleaned);
      }
      synchronized (this) {
        run = RunDirectory.takeFree(RunDirectory.BASE);
      }
      return perform();
    } catch (IOException | RuntimeException e) {
      if (!ending) {
        System.err.println("The demo cannot go on: " + e.getMessage());
        keepLogs();
      }
      return UNUSABLE;
    }
  }

  private int perform() throws IOException {
    if (options.hold) {
      create(Optional.empty(), List.of(absolute(options.directoryA), absolute(options.directoryB)));
      Hold.run(cluster, options.json != null, say);
      waitForEver();
      return GOOD;
    }
    InetAddress everywhere = InetAddress.getByAddress(new byte[4]);
    Collector collector = new Collector(everywhere);
    Application application =
        new Application(
            options.app, run.path().resolve("application"), run.number(), collector.port());
    create(Optional.of(application), List.of());
    try (Workload workload =
        new Workload(run.path(), run.number(), collector, options.callersOfEach())) {
      return options.auto ? auto(workload) : interactive(workload);
    }
  }

  private void create(Optional<Application> application, List<Path> directories)
      throws IOException {
    synchronized (this) {
      cluster =
          DemoCluster.create(
              run,
              new DemoCluster.Plan(
                  Path.of(System.getProperty("lockstep.launcher")),
                  directories,
                  options.hold ? Timings.HOLD : Timings.DEMO,
                  application,
                  Optional.ofNullable(options.config)));
    }
    say.progress("%s", cluster.timings().describe());
    say.progress("networks and nodes are ready in %s", run.path());
  }

  private static Path absolute(Path given) throws IOException {
    return Files.exists(given) ? given.toRealPath() : given.toAbsolutePath();
  }

  private int auto(Workload workload) throws IOException {
    long seed = options.seed != null ? options.seed : new SecureRandom().nextInt(1_000_000);
    Report report =
        new AutoRun(cluster, workload, say)
            .play(seed, options.callsPerScenario(), options.played(), options.rows == null);
    say.text(report.table());
    if (options.json != null) {
      report.write(Path.of(options.json));
    }
    if (!report.isGood()) {
      keepLogs();
    }
    return report.isGood() ? GOOD : LOSS;
  }

  private int interactive(Workload workload) {
    cluster.start();
    cluster.awaitFirstProtection(Duration.ofMinutes(2));
    workload.resume();
    say.text(CheatSheet.of(cluster, NodeNetwork.virtualIp(run.number())));
    String last = "";
    while (!ending) {
      String now = cluster.describe();
      if (!now.equals(last)) {
        say.progress("%s (%d calls acknowledged)", now, workload.callers().acknowledged());
        last = now;
      }
      rest(500);
    }
    return GOOD;
  }

  private static void rest(long milliseconds) {
    try {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void waitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Saves the agents' logs of a failed run from the clean-up. */
  private void keepLogs() {
    if (run == null || cluster == null) {
      return;
    }
    try {
      Path kept = Files.createTempDirectory("lockstep-demo-failed");
      for (DemoNode node : cluster.nodes()) {
        Shell.attempt(
            "bash",
            "-c",
            "cd \"$0\" && cp -r --parents $(ls -d agent.log logs) \"$1\"; cp -r ../application/"
                + node.name()
                + " \"$1/application\"; cp ../lockstep.yaml ../acknowledged-* \"$1/..\"",
            node.home().toString(),
            Files.createDirectories(kept.resolve(node.name())).toString());
      }
      say.progress("the agents' logs are kept in %s", kept);
    } catch (IOException e) {
      System.err.println("The agents' logs could not be kept: " + e.getMessage());
    }
  }

  private void cleanUp() {
    ending = true;
    synchronized (this) {
      try {
        if (cluster != null) {
          say.progress("ending the agents and removing everything");
          cluster.close();
        } else if (run != null) {
          Cleanup.run(run);
        }
        if (run != null) {
          run.close();
        }
      } catch (IOException | RuntimeException e) {
        System.err.println("The clean-up is not complete; the next ./demo does the rest: " + e);
      }
    }
  }
}
