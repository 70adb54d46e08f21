package io.lockstep.powercut;

import io.lockstep.demo.Say;
import io.lockstep.powercut.cluster.PowerPair;
import io.lockstep.powercut.disk.FileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** Plays cuts. Each file system is a thread's own; several may be played side by side. */
final class PowerCuts {
  private static final int CONTROL_CUTS = 5;
  private static final int MOST_PAIRS = 4;

  private final Path launcher;
  private final long seed;
  private final Say say;
  private final List<CutResult> results = Collections.synchronizedList(new ArrayList<>());

  PowerCuts(Path launcher, long seed, Say say) {
    this.launcher = launcher;
    this.seed = seed;
    this.say = say;
  }

  List<CutResult> results() {
    synchronized (results) {
      return List.copyOf(results);
    }
  }

  /** Plays so many cuts on one file system, in an order of chance. */
  void play(FileSystem fileSystem, int single, int both) throws IOException, InterruptedException {
    Random random = new Random(seed * 31 + fileSystem.ordinal());
    List<CutResult.Kind> kinds = new ArrayList<>();
    for (int i = 0; i < single; i++) {
      kinds.add(i % 2 == 0 ? CutResult.Kind.PRIMARY : CutResult.Kind.SECONDARY);
    }
    kinds.addAll(Collections.nCopies(both, CutResult.Kind.BOTH));
    Collections.shuffle(kinds, random);
    say.progress("%s: %d single and %d double cuts", fileSystem.type(), single, both);
    Deque<CutResult.Kind> left = new ArrayDeque<>(kinds);
    for (int pairs = 0; !left.isEmpty() && pairs < MOST_PAIRS; pairs++) {
      playOnOnePair(fileSystem, left, random);
    }
  }

  /** Plays what is left until a cut does not end as it should: that pair is of no more use. */
  private void playOnOnePair(FileSystem fileSystem, Deque<CutResult.Kind> left, Random random)
      throws IOException, InterruptedException {
    try (PowerPair pair = PowerPair.create(launcher, fileSystem, false)) {
      CutRound round = new CutRound(pair, fileSystem, random);
      round.begin();
      boolean good = true;
      while (!left.isEmpty() && good) {
        CutResult result = round.play(left.remove());
        good = result.isGood();
        results.add(result);
        say.progress("%d: %s", results.size(), result.describe());
        result.problems().stream().limit(10).forEach(problem -> say.progress("  %s", problem));
      }
      if (!good) {
        keep(pair);
      }
    }
  }

  private void keep(PowerPair pair) throws IOException {
    Path kept = Files.createTempDirectory("lockstep-power-cut-");
    for (Path log : pair.logs()) {
      Files.copy(log, kept.resolve(log.getName(log.getNameCount() - 2) + ".log"));
    }
    say.progress("the agents' logs are kept in %s", kept);
  }

  /**
   * Cuts a pair whose journals are never forced until something synced is lost; returns whether it
   * was.
   */
  boolean control(FileSystem fileSystem) throws IOException, InterruptedException {
    Random random = new Random(seed * 31 + fileSystem.ordinal());
    say.progress("%s: control, the journal is never forced", fileSystem.type());
    try (PowerPair pair = PowerPair.create(launcher, fileSystem, true)) {
      CutRound round = new CutRound(pair, fileSystem, random);
      round.begin();
      for (int i = 0; i < CONTROL_CUTS; i++) {
        CutResult result = round.play(CutResult.Kind.BOTH);
        say.progress("control: %s", result.describe());
        if (result.lostSynced() > 0) {
          return true;
        }
      }
    }
    return false;
  }
}
