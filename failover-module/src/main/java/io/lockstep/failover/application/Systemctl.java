package io.lockstep.failover.application;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks systemd about a unit, or ends it, within a bounded time. Any thread. */
public final class Systemctl {
  private Systemctl() {}

  /** As {@link #show(Unit, Duration)}, within the unit's own time for an answer. */
  public static UnitStatus show(Unit unit) throws IOException, InterruptedException {
    return show(unit, unit.answer());
  }

  /**
   * How the unit is now.
   *
   * @throws IOException if systemd gives no answer: it does not run here, or there is no systemctl
   */
  public static UnitStatus show(Unit unit, Duration timeout)
      throws IOException, InterruptedException {
    return UnitStatus.of(
        run(unit, timeout, "show", "--property=" + UnitStatus.PROPERTIES, "--", unit.name()));
  }

  /**
   * Kills it; returns at once. The order to stop it comes first: systemd would start it again,
   * under a service that another node may serve by then.
   */
  static void kill(Unit unit) throws IOException, InterruptedException {
    run(unit, unit.answer(), "stop", "--no-block", "--", unit.name());
    if (!show(unit).over()) {
      run(unit, unit.answer(), "kill", "--signal=SIGKILL", "--", unit.name());
    }
  }

  private static List<String> run(Unit unit, Duration timeout, String... words)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile("lockstep-systemctl", "");
    try {
      List<String> command = new ArrayList<>(List.of(unit.systemctl()));
      command.addAll(List.of(words));
      Process process =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      boolean ended = false;
      try {
        ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      } finally {
        if (!ended) {
          process.destroyForcibly();
        }
      }
      List<String> lines = lines(said);
      if (ended && process.exitValue() == 0) {
        return lines;
      }
      throw new IOException(
          unit.systemctl()
              + " "
              + words[0]
              + " "
              + unit.name()
              + (ended
                  ? " ended with " + process.exitValue()
                  : " did not end within " + timeout.toMillis() + " ms")
              + (lines.isEmpty() ? "" : ": " + lines.get(0)));
    } finally {
      Files.deleteIfExists(said);
    }
  }

  private static List<String> lines(Path said) throws IOException {
    String text = new String(Files.readAllBytes(said), StandardCharsets.UTF_8);
    return text.lines().limit(100).toList();
  }
}
