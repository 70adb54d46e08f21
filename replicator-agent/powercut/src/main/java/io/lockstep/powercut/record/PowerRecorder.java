package io.lockstep.powercut.record;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * The application of the pair: writes in four ways at once and tells the ledger outside of both
 * nodes what was acknowledged and what was synced.
 *
 * <p>A write that is refused ends the process: it was not acknowledged, and Lockstep starts another
 * one that begins a run of its own.
 */
public final class PowerRecorder {
  private static final int RUNS_KEPT = 3;

  private PowerRecorder() {}

  /**
   * Records until it is killed or the file system refuses.
   *
   * @param arguments the module's directory, the run's name, the ledger's address and port
   * @throws IOException if the run's directory cannot be made, or the ledger is not there
   */
  public static void main(String[] arguments) throws IOException {
    Path records = Path.of(arguments[0]).resolve(Content.RECORDS);
    String run = arguments[1];
    InetSocketAddress ledger = new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3]));
    try (LedgerLine control = new LedgerLine(ledger, run, "control")) {
      control.awaitGo();
      prune(records, control);
      Path home = Files.createDirectories(records.resolve(run));
      Files.createDirectories(home.resolve(Writing.FILES.place()));
      for (Path directory : List.of(records.resolve(".."), records, home)) {
        sync(directory);
      }
      for (Writing stream : Writing.values()) {
        new Thread(new StreamWriter(stream, home, ledger, run), stream.place()).start();
      }
    }
  }

  /** Removes old runs, each only when the ledger expects nothing of it any more. */
  private static void prune(Path records, LedgerLine control) throws IOException {
    if (!Files.exists(records)) {
      return;
    }
    List<Path> runs;
    try (Stream<Path> found = Files.list(records)) {
      runs = found.sorted(java.util.Comparator.comparing(PowerRecorder::age)).toList();
    }
    for (Path old : runs.subList(0, Math.max(0, runs.size() - RUNS_KEPT))) {
      control.say("forget " + old.getFileName());
      deleteTree(old);
    }
  }

  /** The names of runs end with the time of their start. */
  private static String age(Path run) {
    String name = run.toString();
    return name.substring(name.lastIndexOf('-'));
  }

  private static void deleteTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Forces the names in a directory to stable storage. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
