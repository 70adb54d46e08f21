package io.lockstep.powercut;

import io.lockstep.demo.Say;
import io.lockstep.powercut.disk.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of the power cuts. */
@Command(
    name = "scripts/power-cut.sh",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Cuts the power of a pair of real agents, of one node or of both, again and again, on ext4,"
          + " xfs and btrfs; looks for every acknowledged and every synced write afterwards, and"
          + " compares both trees. A control run without the journal's force must lose data.",
      ""
    },
    footer = {"", "Exit codes: 0 good, 1 something was lost or nothing proved, 2 set-up."})
final class PowerCut implements Callable<Integer> {
  @Option(names = "--fs", split = ",", description = "File systems (default: ext4,xfs,btrfs).")
  private List<FileSystem> fileSystems = List.of(FileSystem.values());

  @Option(names = "--single", description = "Cuts of one node, in all (default: 102).")
  private int single = 102;

  @Option(names = "--double", description = "Cuts of both nodes, in all (default: 51).")
  private int both = 51;

  @Option(names = "--seed", description = "Seed of moments and losses (default: a new one).")
  private Long seed;

  @Option(names = "--no-control", negatable = true, description = "Leave the control run out.")
  private boolean control = true;

  @Option(
      names = "--workers",
      description =
          "File systems that are played side by side, each on a pair of its own (default: 3).")
  private int workers = 3;

  private final Say say = new Say(false);

  /**
   * How one file system ended.
   *
   * @param proved whether the control run lost what it must
   */
  private record Played(boolean wholly, boolean proved) {}

  /** Plays and exits. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new PowerCut())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    long used = seed != null ? seed : new SecureRandom().nextInt(1_000_000);
    say.progress("seed %d", used);
    PowerCuts cuts = new PowerCuts(Path.of(System.getProperty("lockstep.launcher")), used, say);
    List<Future<Played>> all = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, workers));
    for (int i = 0; i < fileSystems.size(); i++) {
      FileSystem fileSystem = fileSystems.get(i);
      int ofOne = share(single, i);
      int ofBoth = share(both, i);
      all.add(threads.submit(() -> play(cuts, fileSystem, ofOne, ofBoth)));
    }
    threads.shutdown();
    boolean proved = true;
    int failed = 0;
    for (Future<Played> each : all) {
      Played played = result(each);
      proved &= played.proved();
      failed += played.wholly() ? 0 : 1;
    }
    say.text("");
    say.text(Report.table(cuts.results()));
    long bad = cuts.results().stream().filter(result -> !result.isGood()).count();
    say.text(
        "%d cuts, %d of them bad, %d file systems ended early%s"
            .formatted(
                cuts.results().size(),
                bad,
                failed,
                control
                    ? proved
                        ? "; without the journal's force synced data was lost on each, as it must"
                        : "; CONTROL FAILED"
                    : ""));
    return bad == 0 && failed == 0 && proved ? 0 : 1;
  }

  private Played play(PowerCuts cuts, FileSystem fileSystem, int ofOne, int ofBoth)
      throws InterruptedException {
    boolean wholly = true;
    boolean proved = false;
    try {
      cuts.play(fileSystem, ofOne, ofBoth);
    } catch (IOException | RuntimeException e) {
      wholly = false;
      say.progress("%s ends early: %s", fileSystem.type(), e);
    }
    try {
      proved = !control || cuts.control(fileSystem);
      if (!proved) {
        say.progress(
            "%s: nothing was lost without the journal's force: these cuts prove nothing",
            fileSystem.type());
      }
    } catch (IOException | RuntimeException e) {
      say.progress("%s: the control run ends early: %s", fileSystem.type(), e);
    }
    return new Played(wholly, proved);
  }

  private static Played result(Future<Played> each) throws InterruptedException {
    try {
      return each.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** The part of {@code whole} that file system number {@code index} gets. */
  private int share(int whole, int index) {
    int count = fileSystems.size();
    return whole / count + (index < whole % count ? 1 : 0);
  }
}
