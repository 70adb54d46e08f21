package io.lockstep.bench.workload;

import io.lockstep.bench.Cell;
import io.lockstep.bench.Commands;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Unpacks an archive of many small files in many directories. */
public final class Untar implements Workload {
  private static final int FILES = 20_000;
  private static final int IN_A_DIRECTORY = 50;
  private static final int MOST_BYTES = 8192;
  private static final long PATIENCE_S = 900;

  private final Path archive;
  private final long bytes;

  /** Makes the archive in {@code home}. */
  public Untar(Path home) throws IOException, InterruptedException {
    archive = home.resolve("tree.tar");
    Path tree = home.resolve("tree");
    Random random = new Random(5);
    long sum = 0;
    for (int i = 0; i < FILES; i++) {
      byte[] content = new byte[random.nextInt(MOST_BYTES)];
      random.nextBytes(content);
      Path directory = tree.resolve("d" + i / IN_A_DIRECTORY / 20 + "/d" + i / IN_A_DIRECTORY);
      if (i % IN_A_DIRECTORY == 0) {
        Files.createDirectories(directory);
      }
      Files.write(directory.resolve("f" + i), content);
      sum += content.length;
    }
    bytes = sum;
    Commands.run("tar", "-C", home.toString(), "-cf", archive.toString(), "tree");
    Commands.run("rm", "-r", tree.toString());
  }

  @Override
  public List<String> names() {
    return List.of("untar");
  }

  @Override
  public List<Cell> run(Subject subject, Path place) throws IOException, InterruptedException {
    long since = System.nanoTime();
    Commands.run(PATIENCE_S, List.of("tar", "-C", place.toString(), "-xf", archive.toString()));
    double seconds = (System.nanoTime() - since) / 1e9;
    return List.of(
        new Cell(
            subject.name(),
            "untar",
            FILES / seconds,
            Double.NaN,
            Double.NaN,
            bytes / seconds / (1 << 20)));
  }
}
