package io.lockstep.demo.lossy;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.Recorders;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A real pair at a heartbeat of 1 s and a takeover after 5 s, its application at work, two networks
 * that lose and delay, and a busy loop for every processor.
 *
 * <pre>
 * LossyRun MINUTES [MINUTES_BEYOND]    at what is promised; then worse and worse, each for so long,
 *                                      until the first node is taken for dead for nothing
 * </pre>
 *
 * <p>For trials: {@code -Dlossy.hogs=N} busy loops, {@code -Dlossy.level=LOSS,JITTER} in place of
 * what is promised, {@code -Dlossy.sysctl=KEY=VALUE,...} on both nodes.
 *
 * <p>Exit codes: 0 nobody was taken for dead at what is promised, 1 somebody was.
 */
public final class LossyRun {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long LOOK_MS = 5_000;

  private static final String TIMING =
      "timing: {heartbeat: 1s, takeoverAfter: 5s, ackTimeout: 5s}\n";

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final List<Process> hogs = new ArrayList<>();
  private final Meters meters = new Meters();
  private Path home;
  private Bench bench;
  private Recorders recorders;
  private BadNetworks networks;
  private RoleChanges changes;
  private double longestWaitSeconds;

  private LossyRun() {}

  /** Runs and exits. */
  public static void main(String[] arguments) throws IOException {
    LossyRun run = new LossyRun();
    Runtime.getRuntime().addShutdownHook(new Thread(run::end, "clean-up"));
    run.open();
    boolean good = run.holds(Level.first(minutes(arguments[0])));
    if (good && arguments.length > 1) {
      for (Level level : Level.beyond(minutes(arguments[1]))) {
        if (!run.holds(level)) {
          break;
        }
      }
    }
    System.exit(good ? 0 : 1);
  }

  private static Duration minutes(String text) {
    return Duration.ofMillis((long) (Double.parseDouble(text) * 60_000));
  }

  private void open() throws IOException {
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-lossy");
    recorders = Recorders.write(home.resolve("recorders"));
    String yaml = TIMING + recorders.configuration();
    bench = Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=256m\n", yaml));
    recorders.writeStart(bench.cluster().a().directory(), bench.cluster().b().directory());
    set(System.getProperty("lossy.sysctl", ""));
    bench.start();
    recorders.awaitProgress(bench, PATIENCE);
    networks = BadNetworks.between(bench);
    changes = new RoleChanges(bench);
    int loops = Integer.getInteger("lossy.hogs", Runtime.getRuntime().availableProcessors());
    for (int i = 0; i < loops; i++) {
      hogs.add(new ProcessBuilder("bash", "-c", "while :; do :; done").start());
    }
  }

  /** Settings of both nodes' kernels, before their agents start. */
  private void set(String settings) {
    for (DemoNode node : bench.cluster().nodes()) {
      for (String setting : settings.split(",")) {
        if (!setting.isEmpty()) {
          String namespace = node.network().namespace();
          Shell.run("ip", "netns", "exec", namespace, "sysctl", "-qw", setting);
        }
      }
    }
  }

  /** Whether nobody is taken for dead at that level. */
  private boolean holds(Level level) throws IOException {
    bench.cluster().awaitProtected(PATIENCE);
    changes.next();
    Map<String, Meters.Reading> before = readings();
    long acknowledged = recorders.acknowledged();
    networks.become(level.lossPercent(), level.jitterMs());
    List<RoleChanges.Change> seen = new ArrayList<>();
    Map<String, double[]> jitter = new TreeMap<>();
    longestWaitSeconds = 0;
    long endNs = System.nanoTime() + level.lasts().toNanos();
    while (System.nanoTime() < endNs) {
      Bench.pass(Math.min(LOOK_MS, Math.max(1, (endNs - System.nanoTime()) / 1_000_000)));
      for (RoleChanges.Change change : changes.next()) {
        out.println("  " + change);
        seen.add(change);
      }
      note(jitter);
    }
    Map<String, Meters.Reading> after = readings();
    String frames = networks.become(0, 0);
    tell(level, seen, frames, recorders.acknowledged() - acknowledged);
    tellPaths(before, after, jitter);
    return seen.stream().noneMatch(one -> one.isTakeover() || one.isAlone());
  }

  private Map<String, Meters.Reading> readings() throws IOException {
    Map<String, Meters.Reading> readings = new TreeMap<>();
    for (DemoNode node : bench.cluster().nodes()) {
      readings.put(node.name(), meters.of(node));
    }
    return readings;
  }

  private void note(Map<String, double[]> jitter) throws IOException {
    readings()
        .forEach(
            (node, reading) -> {
              longestWaitSeconds = Math.max(longestWaitSeconds, reading.longestWaitSeconds());
              reading
                  .paths()
                  .forEach(
                      (path, now) -> {
                        double[] sum = jitter.computeIfAbsent(node + path, any -> new double[2]);
                        sum[0] += now.jitterSeconds();
                        sum[1]++;
                      });
            });
  }

  private void tell(Level level, List<RoleChanges.Change> seen, String frames, long acknowledged) {
    out.println(
        String.format(
            Locale.ROOT,
            "%s, %.1f min: %d takeovers, %d times ALONE, %d times BLOCKED;"
                + " %d operations acknowledged, the longest wait %.1f s;"
                + " frames carried and lost: %s",
            level,
            level.lasts().toMillis() / 60_000.0,
            seen.stream().filter(RoleChanges.Change::isTakeover).count(),
            seen.stream().filter(RoleChanges.Change::isAlone).count(),
            seen.stream().filter(RoleChanges.Change::isBlocked).count(),
            acknowledged,
            longestWaitSeconds,
            frames));
  }

  private void tellPaths(
      Map<String, Meters.Reading> before,
      Map<String, Meters.Reading> after,
      Map<String, double[]> jitter) {
    after.forEach(
        (node, reading) -> {
          reading
              .paths()
              .forEach(
                  (path, now) -> {
                    Meters.Path since = now.since(before.get(node).paths().get(path));
                    double[] sum = jitter.get(node + path);
                    out.println(
                        String.format(
                            Locale.ROOT,
                            "  %s from %s: %.0f heartbeats, %.1f %% lost, jitter %.0f ms",
                            node,
                            path,
                            since.received(),
                            since.lossPercent(),
                            1_000 * sum[0] / sum[1]));
                  });
          out.println(
              String.format(
                  Locale.ROOT,
                  "  %s: the link came up %.0f times",
                  node,
                  reading.connects() - before.get(node).connects()));
        });
  }

  private synchronized void end() {
    hogs.forEach(Process::destroyForcibly);
    try {
      if (networks != null) {
        networks.close();
      }
      if (bench != null) {
        bench.close();
      }
      if (home != null) {
        Cleanup.deleteTree(home);
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("the clean-up is not complete: " + e);
    }
  }
}
