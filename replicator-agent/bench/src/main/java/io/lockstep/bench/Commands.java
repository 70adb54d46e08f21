package io.lockstep.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands of the operating system for as long as they take. Safe for any thread. */
public final class Commands {
  private static final int MESSAGE_CHARACTERS = 500;

  private Commands() {}

  /**
   * Runs a command to its end.
   *
   * @return what it printed on standard output
   * @throws IOException if it fails or takes longer, with what it printed
   */
  public static String run(long timeoutSeconds, List<String> words)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("bench", ".out");
    Path err = Files.createTempFile("bench", ".err");
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new IOException(
            "%s did not end within %d s".formatted(String.join(" ", words), timeoutSeconds));
      }
      String printed = Files.readString(out, StandardCharsets.UTF_8);
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s failed with exit code %d: %s"
                .formatted(
                    String.join(" ", words),
                    process.exitValue(),
                    beginning((Files.readString(err) + printed).strip())));
      }
      return printed;
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  private static String beginning(String text) {
    return text.length() <= MESSAGE_CHARACTERS ? text : text.substring(0, MESSAGE_CHARACTERS);
  }

  /** As {@link #run(long, List)}, for two minutes at most. */
  public static String run(String... words) throws IOException, InterruptedException {
    return run(120, List.of(words));
  }

  /** Runs a script with bash, for two minutes at most. */
  public static String script(String text) throws IOException, InterruptedException {
    return run(120, List.of("bash", "-euc", text));
  }
}
