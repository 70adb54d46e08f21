package io.lockstep.platform.linux.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Java program in a process of its own, as an application is. One that maps files must never
 * share its memory with the mount's workers: they would wait for its page faults, and it for them.
 */
final class JavaProcess {
  private final Process process;
  private final Path output;

  private JavaProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts {@code program} with this test's class path. */
  static JavaProcess start(Class<?> program, Object... words) throws IOException {
    Path output = Files.createTempFile(program.getSimpleName(), ".out");
    Process process =
        builder(program, words).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    return new JavaProcess(process, output);
  }

  /** The same as a process that is spoken with. */
  static Process speaking(Class<?> program, Object... words) throws IOException {
    return builder(program, words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static ProcessBuilder builder(Class<?> program, Object... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    for (Object word : words) {
      command.add(word.toString());
    }
    return new ProcessBuilder(command);
  }

  /** Waits for its end, which must be a good one. */
  void join(long seconds) throws IOException, InterruptedException {
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new AssertionError("hangs: " + process.info() + "\n" + Files.readString(output));
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(Files.readString(output));
      }
    } finally {
      process.destroyForcibly();
      Files.delete(output);
    }
  }
}
