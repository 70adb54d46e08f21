package io.lockstep.agent.configuration;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a module's application is run. Every {@code run} is a line for {@code /bin/sh -c}.
 *
 * @param check empty if nothing but the start command says whether the application is well
 * @param environment added to what the agent sets
 */
public record ApplicationConfiguration(
    Start start,
    Stop stop,
    Optional<Check> check,
    Restarts restarts,
    Map<String, String> environment) {

  /** What follows when the restarts are used up. */
  public enum Then {
    SWITCHOVER,
    STOP
  }

  /** How it is started. */
  public record Start(String run, Duration timeout) {}

  /**
   * How it is stopped.
   *
   * @param thenKill whether what is left after the timeout is killed
   */
  public record Stop(String run, Duration timeout, boolean thenKill) {}

  /**
   * How it is asked whether it is well.
   *
   * @param failures in a row after which it is restarted
   */
  public record Check(String run, Duration every, Duration timeout, int failures) {}

  /** The budget for restarts in place. */
  public record Restarts(int max, Duration within, Then then) {}

  /** Keeps an unmodifiable copy. */
  public ApplicationConfiguration {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }
}
