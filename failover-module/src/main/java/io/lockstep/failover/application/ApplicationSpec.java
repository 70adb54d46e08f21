package io.lockstep.failover.application;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a module's application is run. Every {@code run} is a line for {@code /bin/sh -c}.
 *
 * @param name of the module: names the process group and the log
 * @param check empty if nothing but the application's processes says whether it is well
 * @param environment added to the agent's own for every command
 * @param checkers beside {@code check}, their names unique
 */
public record ApplicationSpec(
    String name,
    Start start,
    Stop stop,
    Optional<Check> check,
    Restarts restarts,
    Map<String, String> environment,
    List<Checker> checkers) {
  /** What the check command is called among the checkers. */
  public static final String CHECK = "check";

  /** What follows when the restarts are used up. */
  public enum Then {
    /** The other node takes the module over. */
    SWITCHOVER,
    /** The module stops with a reason. */
    STOP
  }

  /**
   * How it is started.
   *
   * @param run returns when the application is ready; what it leaves running is the application
   * @param timeout after which a start that has not returned has failed
   */
  public record Start(String run, Duration timeout) {}

  /**
   * How it is stopped.
   *
   * @param run returns when the application has ended, or was told to end
   * @param timeout for the command and for its processes to end
   * @param thenKill whether what is left after the timeout is killed
   */
  public record Stop(String run, Duration timeout, boolean thenKill) {}

  /**
   * How it is asked whether it is well.
   *
   * @param every from the end of one check to the next
   * @param timeout after which a check that has not returned has failed
   * @param failures in a row after which the application is restarted
   */
  public record Check(String run, Duration every, Duration timeout, int failures) {
    /** Checks that the limits can work. */
    public Check {
      if (failures < 1 || every.isNegative() || every.isZero()) {
        throw new IllegalArgumentException(
            "a check needs at least 1 failure and an interval above 0, not "
                + failures
                + " and "
                + every);
      }
    }
  }

  /** The budget for restarts in place: {@code max} within {@code within}. */
  public record Restarts(int max, Duration within, Then then) {}

  /** Keeps unmodifiable copies. */
  public ApplicationSpec {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    checkers = List.copyOf(checkers);
  }

  /** Without checkers. */
  public ApplicationSpec(
      String name,
      Start start,
      Stop stop,
      Optional<Check> check,
      Restarts restarts,
      Map<String, String> environment) {
    this(name, start, stop, check, restarts, environment, List.of());
  }

  /** The check command, if there is one, and the checkers. */
  public List<Checker> all() {
    List<Checker> all = new ArrayList<>();
    check.ifPresent(
        c ->
            all.add(
                new Checker(
                    CHECK,
                    new Probe.Command(c.run()),
                    c.every(),
                    c.timeout(),
                    c.failures(),
                    Checker.Action.RESTART)));
    all.addAll(checkers);
    return all;
  }

  /** Whether only the supervision itself can see that all processes of the application ended. */
  boolean unwatched() {
    return check.isEmpty()
        && checkers.stream()
            .noneMatch(
                c -> c.probe() instanceof Probe.Command || c.probe() instanceof Probe.Processes);
  }
}
