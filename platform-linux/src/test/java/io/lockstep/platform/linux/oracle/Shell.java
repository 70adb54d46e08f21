package io.lockstep.platform.linux.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs scripts as processes of their own. */
final class Shell {
  private static final long PATIENCE_SECONDS = 120;

  private Shell() {}

  /** Output of {@code script}, run by bash in {@code directory}. Fails unless it exits with 0. */
  static String run(Path directory, String script) throws IOException, InterruptedException {
    return run(directory, script, PATIENCE_SECONDS);
  }

  /** As {@link #run(Path, String)} with another bound on its time. */
  static String run(Path directory, String script, long seconds)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("sh", ".out");
    try {
      Process process =
          new ProcessBuilder("bash", "-euc", script)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError("hangs: " + script + "\n" + Files.readString(output));
      }
      String text = Files.readString(output);
      if (process.exitValue() != 0) {
        throw new AssertionError("exit " + process.exitValue() + " of: " + script + "\n" + text);
      }
      return text.strip();
    } finally {
      Files.delete(output);
    }
  }
}
