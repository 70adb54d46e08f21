package io.lockstep.failover.application;

import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Runs an application's commands inside its process group, of one step one at a time. {@link #run}
 * blocks; any thread may call the others meanwhile.
 */
public interface CommandRunner extends AutoCloseable {
  /**
   * Runs the commands of an application, without its supervision, in that group.
   *
   * @param logDirectory for {@code <name>.log}
   */
  static CommandRunner of(
      ApplicationSpec spec, ProcessGroup group, Path logDirectory, LogLimits limits) {
    return new Commands(() -> spec, group, logDirectory, limits);
  }

  /** Which command; its name in lower case is in the log. */
  enum Kind {
    START,
    /** Whether a step is ready. */
    READY,
    STOP,
    CHECK;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How a command ended.
   *
   * @param exitCode meaningless if it timed out
   * @param took its timeout if it timed out
   * @param lastLines of its output, at most ten
   */
  record Result(Kind kind, boolean timedOut, int exitCode, Duration took, List<String> lastLines) {
    /** Whether it returned 0 in time. */
    public boolean good() {
      return !timedOut && exitCode == 0;
    }

    /** For the operator: how it ended and what it said last. */
    public String told() {
      String ended =
          "the "
              + kind.word()
              + " command "
              + (timedOut ? "did not return within " : "returned " + exitCode + " after ")
              + took.toMillis()
              + " ms";
      return lastLines.isEmpty()
          ? ended + " and printed nothing"
          : ended + "; it printed last: " + String.join(" | ", lastLines);
    }
  }

  /**
   * Runs {@code line} until it returns or its time is over; then it and its children are killed.
   */
  Result run(Kind kind, String line, Duration timeout) throws IOException, InterruptedException;

  /**
   * The same for one step of the application, whose name is in the log.
   *
   * @param within the step's part of the application's process group
   */
  default Result run(Kind kind, String step, ProcessGroup within, String line, Duration timeout)
      throws IOException, InterruptedException {
    return run(kind, line, timeout);
  }

  /**
   * Kills the commands of these kinds that run now, and begins none of them until {@link #allow}.
   */
  void cancel(Kind... kinds);

  /** Ends what {@link #cancel} began. */
  void allow();

  /** Another bound of what is kept of their output. */
  void limit(LogLimits limits);

  /** Closes what takes their output until the next command. */
  @Override
  void close() throws IOException;
}
