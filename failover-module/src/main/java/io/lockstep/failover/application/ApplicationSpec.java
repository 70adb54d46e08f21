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
 * @param steps at least one, in the order in which they start; a single one without a name where
 *     the application has no steps
 * @param check empty if nothing but the application's processes says whether it is well
 * @param environment added to the agent's own for every command
 * @param checkers beside {@code check}, their names unique
 */
public record ApplicationSpec(
    String name,
    List<Step> steps,
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
   * A part of the application that is started and stopped by itself.
   *
   * @param name unique; empty for an application without steps
   * @param after names of those that are ready before it begins, and stopped after it
   * @param ready empty where it is ready when its start command has returned
   * @param unit empty where its processes are the application's own
   */
  public record Step(
      String name,
      List<String> after,
      Start start,
      Stop stop,
      Optional<Ready> ready,
      Optional<Unit> unit) {
    private static final Duration LOOK = Duration.ofMillis(200);

    /** Keeps an unmodifiable copy. */
    public Step {
      after = List.copyOf(after);
    }

    /** Without a unit. */
    public Step(String name, List<String> after, Start start, Stop stop, Optional<Ready> ready) {
      this(name, after, start, stop, ready, Optional.empty());
    }

    /** A unit of systemd's; ready when it is active, and, where that is said, {@code ready} too. */
    public static Step of(
        Unit unit,
        String name,
        List<String> after,
        Duration start,
        Duration stop,
        boolean thenKill,
        Optional<Ready> ready) {
      String active = unit.isActive();
      return new Step(
          name,
          after,
          new Start(unit.start(), start),
          new Stop(unit.stop(), stop, thenKill),
          Optional.of(
              ready
                  .map(r -> new Ready("(" + active + ") && { " + r.run() + "\n}", r.every()))
                  .orElse(new Ready(active, LOOK))),
          Optional.of(unit));
    }

    /** For the operator, before what it is about; empty for an application without steps. */
    String prefix() {
      return name.isEmpty() ? "" : "step " + name + ": ";
    }
  }

  /**
   * How it is known that what depends on a step may begin.
   *
   * @param run answers 0 when it is ready; asked again until the start's timeout is over
   * @param every from the end of one try to the next
   */
  public record Ready(String run, Duration every) {}

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

  /**
   * Keeps unmodifiable copies, the steps in order.
   *
   * @throws IllegalArgumentException if there is no order in which the steps can start
   */
  public ApplicationSpec {
    Map<String, Step> named = new LinkedHashMap<>();
    steps.forEach(step -> named.put(step.name(), step));
    Map<String, List<String>> after = new LinkedHashMap<>();
    steps.forEach(step -> after.put(step.name(), step.after()));
    steps = StepOrder.of(after).stream().map(named::get).toList();
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    checkers = List.copyOf(checkers);
  }

  /** Without steps. */
  public ApplicationSpec(
      String name,
      Start start,
      Stop stop,
      Optional<Check> check,
      Restarts restarts,
      Map<String, String> environment,
      List<Checker> checkers) {
    this(
        name,
        List.of(new Step("", List.of(), start, stop, Optional.empty())),
        check,
        restarts,
        environment,
        checkers);
  }

  /** Without steps and checkers. */
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
                c ->
                    c.probe() instanceof Probe.Command
                        || c.probe() instanceof Probe.Processes
                        || c.probe() instanceof Probe.OfUnit);
  }
}
