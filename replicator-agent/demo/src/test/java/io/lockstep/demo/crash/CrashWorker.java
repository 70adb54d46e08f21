package io.lockstep.demo.crash;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.topology.Cleanup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/** Plays one turn after the other on a pair of its own. Used by one thread, ended by any. */
final class CrashWorker {
  private final Path output;
  private final List<Path> replacements;
  private Path home;
  private Rig rig;

  CrashWorker(Path output, List<Path> replacements) {
    this.output = output;
    this.replacements = replacements;
  }

  /** Takes turns until none is left; keeps the logs of what is not good. */
  void work(Queue<CrashMatrix.Turn> turns, Consumer<Outcome> note) {
    for (CrashMatrix.Turn turn = turns.poll(); turn != null; turn = turns.poll()) {
      Outcome outcome = play(turn);
      note.accept(outcome);
      if (!outcome.isGood()) {
        keepLogs(outcome);
        end();
      }
    }
    end();
  }

  private Outcome play(CrashMatrix.Turn turn) {
    try {
      return turn.played().on(rig());
    } catch (IOException | RuntimeException e) {
      return new Outcome(
          turn.what(), false, 0, -1, -1, List.of("cannot be played: " + e.getMessage()));
    }
  }

  private Rig rig() throws IOException {
    if (rig == null) {
      home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-crash");
      rig = Rig.open(home, replacements);
    }
    return rig;
  }

  private void keepLogs(Outcome outcome) {
    if (rig == null) {
      return;
    }
    Path kept = output.resolve(outcome.what().replace('/', '-'));
    rig.cluster()
        .nodes()
        .forEach(
            node ->
                Bench.shell(
                    "cp -r \"$0\"/agent.log \"$0\"/logs \"$1\"/",
                    node.home(),
                    directory(kept.resolve(node.name()))));
    Bench.shell("cp -r \"$0\"/recorders \"$1\"/", home, kept);
  }

  private static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends and removes its pair, if it has one. */
  synchronized void end() {
    try {
      if (rig != null) {
        rig.close();
      }
      if (home != null) {
        Cleanup.deleteTree(home);
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("the clean-up is not complete: " + e);
    }
    rig = null;
    home = null;
  }
}
