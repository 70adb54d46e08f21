package io.lockstep.demo.topology;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands of the operating system and waits for them. Blocking; safe for any thread. */
public final class Shell {
  private static final long TIMEOUT_SECONDS = 60;

  private Shell() {}

  /**
   * What a command ended with.
   *
   * @param exitCode its exit code; -1 if it had to be killed after 60 s
   * @param output standard output and error, together
   */
  public record Result(int exitCode, String output) {
    /** Whether the command ended with exit code 0. */
    public boolean succeeded() {
      return exitCode == 0;
    }
  }

  /** Says that a command of the operating system failed, with what it printed. */
  public static final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(List<String> command, Result result) {
      super(
          "'%s' ended with %d: %s"
              .formatted(String.join(" ", command), result.exitCode(), result.output().strip()));
    }
  }

  /**
   * Runs a command to its end.
   *
   * @return standard output and error together
   * @throws CommandFailedException if it ends with anything but 0
   */
  public static String run(String... command) {
    Result result = attempt(command);
    if (!result.succeeded()) {
      throw new CommandFailedException(List.of(command), result);
    }
    return result.output();
  }

  /** Runs a command to its end, whatever that is. */
  public static Result attempt(String... command) {
    Path output = null;
    try {
      // A file and not a pipe: a daemon that the command leaves behind would hold a pipe open.
      output = Files.createTempFile("lockstep-demo", ".out");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(output.toFile())
              .start();
      int exitCode = -1;
      if (process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        exitCode = process.exitValue();
      } else {
        process.destroyForcibly();
      }
      return new Result(exitCode, Files.readString(output, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run '%s'".formatted(String.join(" ", command)), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + String.join(" ", command), e);
    } finally {
      delete(output);
    }
  }

  private static void delete(Path file) {
    if (file != null && !file.toFile().delete()) {
      file.toFile().deleteOnExit();
    }
  }

  /** Quotes a word so that a POSIX shell reads it back unchanged. */
  public static String quote(String word) {
    return word.matches("[A-Za-z0-9_./:=,@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
