package io.lockstep.agent.arbiter;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command of the operator's that answers a question by its exit status. */
public final class ShellCommand {
  private ShellCommand() {}

  /**
   * Runs it with {@code /bin/sh -c}; what it prints is dropped.
   *
   * @param timeout after which it and what it started is killed
   * @return empty if it ended with 0; else what it did instead
   */
  public static String problem(String command, Map<String, String> environment, Duration timeout)
      throws InterruptedException {
    try {
      ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command);
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      Process process = builder.start();
      process.getOutputStream().close();
      try {
        if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          int status = process.exitValue();
          return status == 0 ? "" : "'" + command + "' ended with status " + status;
        }
        return "'" + command + "' did not end within " + timeout.toMillis() + " ms";
      } finally {
        if (process.isAlive()) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
      }
    } catch (IOException e) {
      return "'" + command + "' cannot be run: " + e.getMessage();
    }
  }
}
