package io.lockstep.failover.application;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a module's application is run. Every {@code run} is a line for {@code /bin/sh -c}.
 *
 * @param name of the module: names the process group and the log
 * @param check empty if nothing but the application's processes says whether it is well
 * @param environment added to the agent's own for every command
 */
public record ApplicationSpec(
    String name,
    Start start,
    Stop stop,
    Optional<Check> check,
    Restarts restarts,
    Map<String, String> environment) {

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

  /** Keeps an unmodifiable copy. */
  public ApplicationSpec {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }
}
