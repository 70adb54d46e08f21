package io.lockstep.agent.configuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a module's application is run. Every {@code run} is a line for {@code /bin/sh -c}.
 *
 * @param start empty where there are steps; its command empty where systemd runs it
 * @param stop likewise
 * @param unit of systemd's that it is; empty where commands start it, or steps
 * @param systemctl the program; empty where neither it nor a step is a unit
 * @param steps as they are written; none for an application that one command starts
 * @param check empty if nothing but the start command says whether the application is well
 * @param environment added to what the agent sets
 */
public record ApplicationConfiguration(
    Optional<Start> start,
    Optional<Stop> stop,
    Optional<String> unit,
    Optional<PerNode<Path>> systemctl,
    List<Step> steps,
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
   * A part of it that is started and stopped by itself.
   *
   * @param after names of steps that are ready before it begins
   * @param unit of systemd's that it is; empty where commands start it
   */
  public record Step(
      String name,
      List<String> after,
      Start start,
      Stop stop,
      Optional<Ready> ready,
      Optional<String> unit) {
    /** Keeps an unmodifiable copy. */
    public Step {
      after = List.copyOf(after);
    }
  }

  /** How it is asked whether a step is ready. */
  public record Ready(String run, Duration every) {}

  /**
   * How it is asked whether it is well.
   *
   * @param failures in a row after which it is restarted
   */
  public record Check(String run, Duration every, Duration timeout, int failures) {}

  /** The budget for restarts in place. */
  public record Restarts(int max, Duration within, Then then) {}

  /** Keeps unmodifiable copies. */
  public ApplicationConfiguration {
    steps = List.copyOf(steps);
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }

  /** All steps, as written; one without a name where it has none. */
  public List<Step> allSteps() {
    return steps.isEmpty()
        ? List.of(
            new Step(
                "", List.of(), start.orElseThrow(), stop.orElseThrow(), Optional.empty(), unit))
        : steps;
  }

  /** Within which it must be up, even if each step waits for the one before. */
  public Duration longestStart() {
    return allSteps().stream()
        .map(step -> step.start().timeout())
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Within which it must have stopped, even if each step waits for the one before. */
  public Duration longestStop() {
    return allSteps().stream()
        .map(step -> step.stop().timeout())
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Why no takeover of it can be rehearsed; empty if one can. */
  public String drillHindrance() {
    return units().isEmpty()
        ? ""
        : "systemd would start " + units().get(0) + " outside of the drill, on the live files";
  }

  /** The units of systemd's among them. */
  public List<String> units() {
    return allSteps().stream().flatMap(step -> step.unit().stream()).toList();
  }
}
