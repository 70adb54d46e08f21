package io.lockstep.demo.endurance;

import static io.lockstep.demo.topology.Shell.quote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A tree of many small files: a thousand to a directory, a hundred directories to a directory, a
 * fiftieth of the files with content.
 *
 * @param files how many
 */
record BigTree(int files) {
  private static final int IN_A_DIRECTORY = 1000;
  private static final int DIRECTORIES_IN_ONE = 100;
  private static final int WITH_CONTENT = 50;

  /** The place of a file in the tree. */
  static Path path(int file) {
    int directory = file / IN_A_DIRECTORY;
    return Path.of(
        String.format(
            Locale.ROOT,
            "part-%03d/directory-%05d/file-%08d.data",
            directory / DIRECTORIES_IN_ONE,
            directory,
            file));
  }

  /** Makes it in an empty directory. */
  void make(Path at) throws IOException {
    for (int file = 0; file < files; file++) {
      Path path = at.resolve(path(file));
      if (file % IN_A_DIRECTORY == 0) {
        Files.createDirectories(path.getParent());
      }
      byte[] content =
          file % WITH_CONTENT == 0
              ? ("content of " + file + "\n").getBytes(StandardCharsets.US_ASCII)
              : new byte[0];
      Files.write(path, content);
    }
  }

  /** How many regular files {@code find} sees, each looked at with stat(2). */
  static long walked(Path at) throws IOException {
    return number(
        "find " + quote(at.toString()) + " -type f -size -1000000k -printf '%s\\n' | wc -l");
  }

  /** How many names of its files {@code ls -lR} shows. */
  static long listed(Path at) throws IOException {
    return number("ls -lR " + quote(at.toString()) + " | grep -c '\\.data$'");
  }

  private static long number(String script) throws IOException {
    return Long.parseLong(output(script).strip());
  }

  /** A checksum over everything of the tree: names, kinds, modes, owners, sizes, times, content. */
  static String digest(Path at) throws IOException {
    return output(
        """
        cd %s
        { find . -path ./.lockstep -prune -o ! -type d -printf '%%P %%y %%m %%U:%%G %%n %%s %%T@ %%l\\n' | LC_ALL=C sort
          find . -path ./.lockstep -prune -o -type d -printf '%%P %%m %%U:%%G %%T@\\n' | LC_ALL=C sort
          find . -path ./.lockstep -prune -o -type f -size +0 -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
        } | sha256sum
        """
            .formatted(quote(at.toString())));
  }

  private static String output(String script) throws IOException {
    Process process =
        new ProcessBuilder(List.of("bash", "-euo", "pipefail", "-c", script))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("a walk through the tree failed: " + printed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return printed;
  }
}
