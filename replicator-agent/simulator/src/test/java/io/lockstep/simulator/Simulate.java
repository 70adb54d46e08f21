package io.lockstep.simulator;

import io.lockstep.replicator.testkit.sim.Carriers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Plays many runs, a process a processor, and reports; or one, with its trace. Each worker takes
 * every n-th seed, so that a run is the same however many there are.
 */
public final class Simulate {
  private static final long PROGRESS_MS = 5_000;
  private static final int SHOWN = 3;

  /**
   * From how many runs of a worker on the second compiler is thought to gain more than it costs: it
   * is slower over 400 runs, and was about even after 2,000.
   */
  private static final long WORTH_COMPILING = 4_000;

  private Simulate() {}

  /** What was asked for. */
  private record Options(
      long runs,
      long seed,
      boolean trace,
      boolean mutations,
      Plan.Breadth breadth,
      Path coverage,
      List<Integer> faults,
      int worker,
      int of) {
    Plan drawn(long ofSeed) {
      return breadth.of(ofSeed);
    }

    /** The option that asks for this breadth. */
    String flag() {
      return "--" + breadth.name().toLowerCase(Locale.ROOT);
    }

    static Options parse(String... arguments) {
      long runs = 1_000;
      long seed = 1;
      boolean trace = false;
      boolean mutations = false;
      Plan.Breadth breadth = Plan.Breadth.WHOLE;
      Path coverage = null;
      List<Integer> faults = null;
      int worker = -1;
      int of = Runtime.getRuntime().availableProcessors();
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case "--runs" -> runs = Long.parseLong(arguments[++i]);
          case "--seed" -> seed = Long.parseLong(arguments[++i]);
          case "--trace" -> trace = true;
          case "--mutations" -> mutations = true;
          case "--plain" -> breadth = Plan.Breadth.PLAIN;
          case "--wide" -> breadth = Plan.Breadth.WIDE;
          case "--wider" -> breadth = Plan.Breadth.WIDER;
          case "--coverage" -> coverage = Path.of(arguments[++i]);
          case "--faults" -> {
            String list = arguments[++i];
            faults =
                list.isEmpty()
                    ? List.of()
                    : Arrays.stream(list.split(",")).map(Integer::valueOf).toList();
          }
          case "--worker" -> {
            worker = Integer.parseInt(arguments[++i]);
            of = Integer.parseInt(arguments[++i]);
          }
          default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
        }
      }
      return new Options(runs, seed, trace, mutations, breadth, coverage, faults, worker, of);
    }
  }

  /** See ./simulate --help. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options = Options.parse(arguments);
    if (options.mutations()) {
      System.exit(MutationProof.main(options.worker(), options.of(), options.seed()) ? 0 : 1);
    } else if (options.worker() >= 0) {
      work(options);
    } else if (options.trace()) {
      System.exit(one(options) ? 0 : 1);
    } else {
      System.exit(many(options) ? 0 : 1);
    }
    System.exit(0);
  }

  private static Plan plan(Options options, long seed) {
    Plan plan = options.drawn(seed);
    return options.faults() == null
        ? plan
        : plan.with(options.faults().stream().map(plan.faults()::get).toList());
  }

  // ---- one run

  private static boolean one(Options options) {
    Plan plan = plan(options, options.seed());
    World world = new World(plan, new Substitution(), new Carriers(), true);
    Statistics result = world.run();
    world.trace().lines().forEach(System.out::println);
    System.out.println(
        result.failure == null
            ? "Every promise was kept. Hash " + Long.toHexString(result.hash)
            : "VIOLATION of " + result.promise + ": " + result.failure);
    return result.failure == null;
  }

  // ---- a worker

  private static void work(Options options) {
    Carriers carriers = new Carriers();
    for (long run = options.worker(); run < options.runs(); run += options.of()) {
      long seed = options.seed() + run;
      Statistics result = new World(plan(options, seed), new Substitution(), carriers, false).run();
      System.out.println(seed + "\t" + result.line());
      if (result.promise.equals("failure")) {
        System.err.println("seed " + seed + ": " + result.failure);
      }
      if (result.failure != null) {
        // threads that hang are left behind
        carriers.close();
        carriers = new Carriers();
      }
    }
  }

  // ---- all of them

  private static boolean many(Options options) throws IOException, InterruptedException {
    Statistics sum = new Statistics();
    Map<Long, String> broken = new TreeMap<>();
    List<Process> workers = new ArrayList<>();
    List<Thread> readers = new ArrayList<>();
    for (int worker = 0; worker < options.of(); worker++) {
      Process process = start(options, worker);
      workers.add(process);
      Thread reader = new Thread(() -> read(process, sum, broken));
      reader.start();
      readers.add(reader);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> workers.forEach(Process::destroy)));
    progress(options, readers, sum);
    boolean ended = true;
    for (Process process : workers) {
      ended &= process.waitFor() == 0;
    }
    report(sum);
    boolean covered = coverage(options, sum);
    shrink(options, broken);
    if (!ended || sum.of("runs") < options.runs()) {
      System.out.println(
          "A worker ended early: " + sum.of("runs") + " of " + options.runs() + " runs.");
      return false;
    }
    return broken.isEmpty() && covered;
  }

  /** Tells what was reached; false if something should have been and was not. */
  private static boolean coverage(Options options, Statistics sum) throws IOException {
    CoverageReport report = new CoverageReport(sum.reached(), sum.of("runs"));
    System.out.print(report.summary());
    if (options.coverage() != null) {
      Files.writeString(options.coverage(), report.table());
      System.out.println("The whole table is in " + options.coverage());
    }
    report.problems().forEach(System.out::println);
    return report.problems().isEmpty();
  }

  private static Process start(Options options, int worker) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--runs", String.valueOf(options.runs())));
    arguments.addAll(List.of("--seed", String.valueOf(options.seed())));
    if (options.breadth() != Plan.Breadth.WHOLE) {
      arguments.add(options.flag());
    }
    long runs = options.runs() / options.of();
    return start(worker, options.of(), runs, arguments.toArray(String[]::new));
  }

  /**
   * A process of its own, on its own processor, as worker {@code worker} of {@code of}, with about
   * {@code runs} runs before it.
   */
  static Process start(int worker, int of, long runs, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", String.valueOf(worker)));
    command.addAll(List.of(java(), "-XX:+UseSerialGC"));
    if (runs < WORTH_COMPILING) {
      command.add("-XX:TieredStopAtLevel=1");
    }
    command.addAll(List.of("-Xms512m", "-Xmn256m", "-Xmx1g", "-Xshare:auto", "-XX:-UsePerfData"));
    // for stacks that can be put aside: see Carriers
    command.add("--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED");
    command.addAll(List.of("-Dlogback.configurationFile=simulator-logback.xml"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Simulate.class.getName()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--worker", String.valueOf(worker), String.valueOf(of)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static String java() {
    return ProcessHandle.current().info().command().orElse("java");
  }

  private static void read(Process process, Statistics sum, Map<Long, String> broken) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int tab = line.indexOf('\t');
        Statistics one = Statistics.parse(line.substring(tab + 1));
        synchronized (sum) {
          sum.add(one);
          if (!one.promise.isEmpty()) {
            long seed = Long.parseLong(line.substring(0, tab));
            broken.put(seed, one.promise);
            System.err.println("seed " + seed + " breaks " + one.promise + "; the runs go on");
          }
        }
      }
    } catch (IOException e) {
      System.err.println("A worker cannot be read: " + e.getMessage());
    }
  }

  private static void progress(Options options, List<Thread> readers, Statistics sum)
      throws InterruptedException {
    long begun = System.nanoTime();
    for (Thread reader : readers) {
      while (reader.isAlive()) {
        reader.join(PROGRESS_MS);
        synchronized (sum) {
          long runs = sum.of("runs");
          long seconds = (System.nanoTime() - begun) / Plan.SECOND;
          long left = runs == 0 ? 0 : seconds * (options.runs() - runs) / runs;
          System.err.printf(
              "[%3d:%02d] %d of %d runs, %d simulated hours, %d violations, %d:%02d to go%n",
              seconds / 60,
              seconds % 60,
              runs,
              options.runs(),
              sum.simulatedSeconds() / 3_600,
              sum.of("violations"),
              left / 60,
              left % 60);
        }
      }
    }
  }

  private static void report(Statistics sum) {
    System.out.printf("%-28s JDK %s%n", "played on", Runtime.version().feature());
    System.out.printf("%-28s %,d%n", "runs", sum.of("runs"));
    System.out.printf("%-28s %,d%n", "simulated hours", sum.simulatedSeconds() / 3_600);
    System.out.printf("%-28s %d s%n", "median of a run", sum.medianSeconds());
    System.out.printf("%-28s %d%n", "median of faults in a run", sum.medianFaults());
    for (String name :
        List.of(
            "events",
            "acknowledged",
            "mounts",
            "takeovers",
            "returns",
            "splits",
            "splits decided by policy",
            "quarantines",
            "orphan tails",
            "double crashes",
            "double power cuts",
            "application restarts",
            "application given up",
            "application down",
            "hand-overs of a failing application",
            "exits",
            "questions to the arbiter",
            "unclear answers",
            "refusals",
            "group moves by order",
            "group moves by choice",
            "starts in a group",
            "looks that found nothing good",
            "checkers that acted: RESTART",
            "checkers that acted: SWITCHOVER",
            "checkers that acted: STOP",
            "checkers that acted: WAIT",
            "drills",
            "drills that gave way")) {
      System.out.printf("%-28s %,d%n", name, sum.of(name));
    }
    System.out.println("faults");
    for (Fault.Kind kind : Fault.Kind.values()) {
      System.out.printf("  %-26s %,d%n", kind, sum.of("fault " + kind));
    }
    System.out.printf("%-28s %,d%n", "violations", sum.of("violations"));
  }

  // ---- violations

  private static void shrink(Options options, Map<Long, String> broken) {
    broken.forEach((seed, promise) -> System.out.println("seed " + seed + " breaks " + promise));
    int shown = 0;
    for (var entry : broken.entrySet()) {
      if (shown++ == SHOWN) {
        System.out.println("Replay any other with ./simulate --seed S --trace");
        return;
      }
      shrink(options, entry.getKey(), entry.getValue());
    }
  }

  private static void shrink(Options options, long seed, String promise) {
    List<Fault> all = options.drawn(seed).faults();
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      kept.add(i);
    }
    for (int i = all.size() - 1; i >= 0; i--) {
      List<Integer> fewer = new ArrayList<>(kept);
      fewer.remove(Integer.valueOf(i));
      if (promise.equals(play(options, seed, fewer, false).promise)) {
        kept = fewer;
      }
    }
    String list = String.join(",", kept.stream().map(String::valueOf).toList());
    System.out.printf(
        "%nseed %d, %d of its %d faults suffice to break %s:%n",
        seed, kept.size(), all.size(), promise);
    kept.forEach(i -> System.out.println("  " + all.get(i)));
    System.out.println(
        "Replay: ./simulate --seed "
            + seed
            + (options.breadth() == Plan.Breadth.WHOLE ? "" : " " + options.flag())
            + " --faults \""
            + list
            + "\" --trace");
    play(options, seed, kept, true);
  }

  private static Statistics play(Options options, long seed, List<Integer> kept, boolean show) {
    Plan plan = options.drawn(seed);
    Plan fewer = plan.with(kept.stream().map(plan.faults()::get).toList());
    World world = new World(fewer, new Substitution(), new Carriers(), show);
    Statistics result = world.run();
    if (show) {
      world.trace().lines().forEach(System.out::println);
      System.out.println(result.failure);
    }
    return result;
  }
}
