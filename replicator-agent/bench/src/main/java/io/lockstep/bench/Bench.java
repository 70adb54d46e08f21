package io.lockstep.bench;

import io.lockstep.bench.latency.LatencyRun;
import io.lockstep.bench.subject.FusePassthrough;
import io.lockstep.bench.subject.GlusterFs;
import io.lockstep.bench.subject.LockstepPair;
import io.lockstep.bench.subject.PlainExt4;
import io.lockstep.bench.subject.Subject;
import io.lockstep.bench.workload.Fio;
import io.lockstep.bench.workload.PgBench;
import io.lockstep.bench.workload.SmallFiles;
import io.lockstep.bench.workload.Sqlite;
import io.lockstep.bench.workload.Untar;
import io.lockstep.bench.workload.Workload;
import io.lockstep.demo.Say;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line behind {@code ./bench}. */
@Command(
    name = "./bench",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "The same workloads in one run on plain ext4, libfuse's passthrough example in C, GlusterFS"
          + " replica 2 and Lockstep, each pair on two network namespaces of this machine.",
      ""
    },
    footer = {
      "",
      "Compare within one run only. Exit codes: 0 measured, 1 something was not what it claims to be,"
          + " did not count, or (--latency) took too long, 2 set-up."
    })
final class Bench implements Callable<Integer> {
  @Option(names = "--quick", description = "The workloads that have a floor, in under 6 minutes.")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to FILE as well.")
  private Path json;

  @Option(
      names = "--system",
      split = ",",
      description = "Only these: ext4, fusePassthrough, glusterfs, lockstep.")
  private List<String> systems = List.of("ext4", "fusePassthrough", "glusterfs", "lockstep");

  @Option(names = "--workload", split = ",", description = "Only these.")
  private List<String> workloads = List.of();

  @Option(names = "--seconds", description = "Length of a timed workload (default: 10, quick 3).")
  private Integer seconds;

  @Option(
      names = "--latency",
      description =
          "Instead: mixed operations on ext4 and Lockstep at once, how long each takes over time,"
              + " and whether none is longer than promised. Writes docs/latency.svg.")
  private boolean latency;

  @Option(
      names = "--minutes",
      description = "How long --latency lasts (default: ${DEFAULT-VALUE}).")
  private double minutes = 10;

  private static final int WARM_UP_S = 10;
  private static final int QUICK_WARM_UP_S = 5;
  private static final int WARM_UP_FILES = 500;

  /** The passthrough keeps a descriptor for each file. */
  private static final int WARM_UP_DIRECTORIES = 8;

  private static final int SECONDS_A_MINUTE = 60;

  private final Say say = new Say(false);
  private final List<Subject> subjects = new ArrayList<>();
  private final List<Cell> cells = new ArrayList<>();
  private boolean complete = true;

  /** Measures and exits. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Bench()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Cleanup.leftovers(RunDirectory.BASE);
    try (RunDirectory run = RunDirectory.take(RunDirectory.BASE)) {
      Thread hook = new Thread(() -> cleanUp(run), "clean-up");
      Runtime.getRuntime().addShutdownHook(hook);
      if (latency) {
        systems = List.of("ext4", "lockstep");
      }
      bringUp(run);
      for (Subject subject : subjects) {
        warmUp(subject);
      }
      if (latency) {
        return latencies();
      }
      for (Workload workload : chosen(run.path())) {
        for (Subject subject : subjects) {
          if (workload.suits(subject)) {
            measure(workload, subject);
          }
        }
      }
      say.text("");
      say.text(Report.table(cells));
      Report.floors(cells).forEach(say::text);
      if (json != null) {
        Report.write(json, cells);
      }
    }
    return complete ? 0 : 1;
  }

  private int latencies() throws IOException, InterruptedException {
    say.progress("mixed operations for %.1f minutes", minutes);
    LatencyRun.Result result =
        new LatencyRun(subjects.get(0), subjects.get(1))
            .run(
                (int) (minutes * SECONDS_A_MINUTE),
                "./bench --latency --minutes %.0f, %s, %d processors"
                    .formatted(
                        minutes,
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.getRuntime().availableProcessors()));
    Path picture =
        Path.of(System.getProperty("lockstep.demo")).resolveSibling("docs").resolve("latency.svg");
    Files.writeString(picture, result.svg());
    say.text("");
    result.table().forEach(say::text);
    say.text("The picture is " + picture + ".");
    result.broken().forEach(line -> say.text("FAILED: " + line));
    return result.broken().isEmpty() ? 0 : 1;
  }

  private void bringUp(RunDirectory run) throws IOException, InterruptedException {
    Path home = run.path();
    for (String system : systems) {
      say.progress("bringing up %s", system);
      Path own = Files.createDirectories(home.resolve(system));
      Subject subject =
          switch (system) {
            case "ext4" -> new PlainExt4(own.resolve("files"));
            case "fusePassthrough" -> new FusePassthrough(own);
            case "glusterfs" -> new GlusterFs(own, run.number());
            case "lockstep" -> new LockstepPair(own, Path.of(System.getProperty("lockstep.demo")));
            default -> throw new IllegalArgumentException("no system is called " + system);
          };
      subjects.add(subject);
      subject.prove();
    }
  }

  /**
   * What is measured is how a system runs, not how it starts: memory that the host has never given
   * out, and code that was never compiled, would be a matter of order. The same for every system.
   */
  private void warmUp(Subject subject) throws IOException, InterruptedException {
    say.progress("warming up %s", subject.name());
    int time = quick ? QUICK_WARM_UP_S : WARM_UP_S;
    List<Workload> all =
        List.of(
            Fio.buffered(1, time),
            Fio.buffered(4, time),
            Fio.synchronous(1, time / 2),
            Fio.sequentialWrite("256m"));
    for (Workload workload : all) {
      Path place = Files.createDirectories(subject.directory().resolve("warm-up"));
      workload.run(subject, place);
      Commands.run(300, List.of("rm", "-rf", place.toString()));
    }
    long sinceNs = System.nanoTime();
    long mostNs = TimeUnit.SECONDS.toNanos(2L * time);
    for (int i = 0; i < WARM_UP_DIRECTORIES && System.nanoTime() - sinceNs < mostNs; i++) {
      // they stay: BlockGroups
      Path place = subject.directory().resolve("warm-up-" + i);
      SmallFiles.made(WARM_UP_FILES).run(subject, Files.createDirectories(place));
    }
  }

  private List<Workload> chosen(Path home) throws IOException, InterruptedException {
    int time = seconds != null ? seconds : quick ? 3 : 10;
    List<Workload> all = new ArrayList<>();
    all.add(Fio.buffered(1, time));
    all.add(Fio.buffered(4, time));
    all.add(Fio.synchronous(1, time));
    all.add(Fio.sequentialWrite(quick ? "256m" : "1g"));
    all.add(Fio.warmReads(time));
    all.add(new SmallFiles(quick ? 1000 : 5000));
    all.add(new PgBench(quick ? 5 : 20, Files.createDirectories(home.resolve("pgbench"))));
    if (!quick) {
      all.add(1, Fio.buffered(16, time));
      all.add(Fio.synchronous(4, time));
      all.add(Fio.dataSynced(time));
      all.add(Fio.sequentialRead("512m"));
      all.add(Fio.coldReads());
      all.add(new Sqlite(time));
      if (wanted(List.of("untar"))) {
        all.add(new Untar(Files.createDirectories(home.resolve("untar"))));
      }
    }
    return all.stream().filter(workload -> wanted(workload.names())).toList();
  }

  private boolean wanted(List<String> names) {
    return workloads.isEmpty() || !Collections.disjoint(workloads, names);
  }

  /** One cell; a system that is not what it claims to be, or does not count, has none. */
  private void measure(Workload workload, Subject subject) throws InterruptedException {
    Path place = subject.directory().resolve("bench-" + workload.names().get(0));
    try {
      Files.createDirectories(place);
      subject.prove();
      subject.begin();
      List<Cell> measured = workload.run(subject, place);
      subject.end();
      subject.prove();
      cells.addAll(measured);
      for (Cell cell : measured) {
        say.progress(
            "%-20s %-16s %10.0f /s  p50 %8.1f us  p99 %8.1f us",
            cell.workload(), cell.system(), cell.iops(), cell.p50Us(), cell.p99Us());
      }
      Commands.run(300, List.of("rm", "-rf", place.toString()));
    } catch (IOException | RuntimeException e) {
      complete = false;
      say.progress("%s on %s does not count: %s", workload.names(), subject.name(), e.getMessage());
    }
  }

  private void cleanUp(RunDirectory run) {
    for (Subject subject : subjects) {
      try {
        subject.close();
      } catch (IOException e) {
        System.err.println("The clean-up is not complete; the next ./bench does the rest: " + e);
      }
    }
    try {
      Mounts.detachBelow(run.path());
      Cleanup.run(run);
    } catch (IOException e) {
      System.err.println("The clean-up is not complete; the next ./bench does the rest: " + e);
    }
  }
}
