package io.lockstep.bench.subject;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What lies at a path, by the kernel's table of mounts. */
final class MountPoint {
  private MountPoint() {}

  /**
   * The type of the uppermost mount at exactly {@code path}, or of the file system that it lies on.
   */
  static String type(Path path) throws IOException {
    String best = "";
    String type = "none";
    List<String> lines =
        Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8);
    for (String line : lines) {
      String point = line.split(" ")[4].replace("\\040", " ");
      boolean above = point.equals("/") || (path + "/").startsWith(point + "/");
      if (above && point.length() >= best.length()) {
        best = point;
        type = line.substring(line.indexOf(" - ") + 3).split(" ")[0];
      }
    }
    return type;
  }

  /** Fails unless {@code path} lies on a file system of that type. */
  static void require(Path path, String wanted) throws IOException {
    String found = type(path);
    if (!found.equals(wanted)) {
      throw new IOException(
          "%s lies on %s and not on %s: nothing is reported of it".formatted(path, found, wanted));
    }
  }

  /** Fails unless a file that is written in {@code upper} has come to each of {@code lower}. */
  static void requireArrival(Path upper, List<Path> lower) throws IOException {
    Path probe = upper.resolve("bench-probe");
    byte[] content = ("probe " + System.nanoTime()).getBytes(StandardCharsets.US_ASCII);
    Files.write(probe, content);
    for (Path directory : lower) {
      Path copy = directory.resolve("bench-probe");
      long deadline = System.nanoTime() + 5_000_000_000L;
      while (!arrived(copy, content)) {
        if (System.nanoTime() > deadline) {
          throw new IOException(
              "what is written in %s does not come to %s: nothing is reported of it"
                  .formatted(upper, directory));
        }
        Thread.onSpinWait();
      }
    }
    Files.delete(probe);
  }

  private static boolean arrived(Path copy, byte[] content) throws IOException {
    return Files.exists(copy) && java.util.Arrays.equals(Files.readAllBytes(copy), content);
  }
}
