package io.lockstep.demo.topology;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Removes everything that a run made: processes, mounts, networks and files. */
public final class Cleanup {
  private static final String FOREIGN = "directories";

  private Cleanup() {}

  /**
   * Records replicated directories that lie outside the run directory, so that a later run finds
   * what is mounted there.
   *
   * @throws IOException if the record cannot be written
   */
  public static void record(RunDirectory run, List<Path> directories) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Path directory : directories) {
      lines.append(Mounts.count(directory)).append(' ').append(directory).append('\n');
    }
    Files.writeString(run.path().resolve(FOREIGN), lines);
  }

  /**
   * Removes what earlier runs left behind whose process was killed. Live runs are not touched.
   *
   * @return how many runs were cleaned up
   * @throws IOException if a directory cannot be removed
   */
  public static int leftovers(Path base) throws IOException {
    List<RunDirectory> leftovers = RunDirectory.leftovers(base);
    for (RunDirectory leftover : leftovers) {
      try (leftover) {
        run(leftover);
      }
    }
    return leftovers.size();
  }

  /**
   * Removes a run: its processes first, then its mounts, its networks, and its files. The
   * replicated directories that lie elsewhere become plain again and keep their content.
   *
   * @throws IOException if a file cannot be removed
   */
  public static void run(RunDirectory run) throws IOException {
    Topology topology = new Topology(run.number());
    topology.nodes().forEach(node -> Topology.endProcesses(node.namespace()));
    Path foreign = run.path().resolve(FOREIGN);
    if (Files.exists(foreign)) {
      for (String line : Files.readAllLines(foreign)) {
        int space = line.indexOf(' ');
        Mounts.detach(
            Path.of(line.substring(space + 1)), Integer.parseInt(line.substring(0, space)));
      }
    }
    Mounts.detachBelow(run.path());
    topology.remove();
    removeControlGroups(run.number());
    if (!Mounts.below(run.path()).isEmpty()) {
      throw new IOException(
          "mounts below %s cannot be detached: their files are left alone".formatted(run.path()));
    }
    deleteTree(run.path());
  }

  /** The agents' groups of processes, empty by now, are of the machine and not of a namespace. */
  private static void removeControlGroups(int number) {
    Shell.attempt(
        "bash",
        "-c",
        "for g in $(awk '$3 == \"cgroup2\" {print $2}' /proc/mounts); do"
            + " rmdir $g/lockstep/demo"
            + number
            + ".* ; done");
  }

  /**
   * Deletes a directory with everything in it. Mounts below it must be gone.
   *
   * @throws IOException if something cannot be deleted
   */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
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
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
