package io.lockstep.agent.configuration;

import io.lockstep.agent.configuration.ApplicationConfiguration.Ready;
import io.lockstep.agent.configuration.ApplicationConfiguration.Start;
import io.lockstep.agent.configuration.ApplicationConfiguration.Step;
import io.lockstep.agent.configuration.ApplicationConfiguration.Stop;
import io.lockstep.failover.application.StepOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code modules.*.application}. */
final class ApplicationReader {
  private final Problems problems;

  ApplicationReader(Problems problems) {
    this.problems = problems;
  }

  ApplicationConfiguration read(Section application) {
    boolean inSteps = application.has("steps");
    if (inSteps && (application.has("start") || application.has("stop"))) {
      problems.addAt(
          application.child("steps"),
          "steps beside " + (application.has("start") ? "start" : "stop"),
          "either start and stop, or steps");
    }
    return new ApplicationConfiguration(
        inSteps ? Optional.empty() : Optional.of(start(application.section("start"))),
        inSteps ? Optional.empty() : Optional.of(stop(application.section("stop"))),
        inSteps ? steps(application) : List.of(),
        application.has("check")
            ? Optional.of(check(application.section("check")))
            : Optional.empty(),
        restarts(application.section("restarts")),
        application.texts(Key.APPLICATION_ENVIRONMENT));
  }

  private static Start start(Section start) {
    return new Start(start.text(Key.START_RUN, t -> true), start.duration(Key.START_TIMEOUT));
  }

  private static Stop stop(Section stop) {
    return new Stop(
        stop.text(Key.STOP_RUN, t -> true),
        stop.duration(Key.STOP_TIMEOUT),
        stop.flag(Key.STOP_THEN_KILL));
  }

  private List<Step> steps(Section application) {
    List<Step> steps = new ArrayList<>();
    List<Section> sections = application.items("steps", true);
    for (Section section : sections) {
      String name = section.text(Key.STEP_NAME, n -> n.matches(Kind.NAME_PATTERN));
      boolean again = steps.stream().anyMatch(s -> s.name().equals(name));
      if (again) {
        problems.addAt(section.child("name"), "'" + name + "' a second time", "a name of its own");
      }
      steps.add(
          new Step(
              name == null ? "" : name,
              section.list(Key.STEP_AFTER, Optional::of, Key.STEP_AFTER.allowed()),
              stepStart(section.section("start")),
              stepStop(section.section("stop")),
              section.has("ready") ? ready(section.section("ready")) : Optional.empty()));
    }
    order(application, steps, sections);
    return steps;
  }

  private static Start stepStart(Section start) {
    return new Start(
        start.text(Key.STEP_START_RUN, t -> true), start.duration(Key.STEP_START_TIMEOUT));
  }

  private static Stop stepStop(Section stop) {
    return new Stop(
        stop.text(Key.STEP_STOP_RUN, t -> true),
        stop.duration(Key.STEP_STOP_TIMEOUT),
        stop.flag(Key.STEP_STOP_THEN_KILL));
  }

  private static Optional<Ready> ready(Section ready) {
    String run = ready.text(Key.STEP_READY_RUN, t -> true);
    Duration every = ready.duration(Key.STEP_READY_EVERY);
    return run == null ? Optional.empty() : Optional.of(new Ready(run, every));
  }

  /** Whether there is an order in which they can start. */
  private void order(Section application, List<Step> steps, List<Section> sections) {
    Map<String, List<String>> after = new LinkedHashMap<>();
    steps.forEach(step -> after.put(step.name(), step.after()));
    boolean named = true;
    for (int i = 0; i < steps.size(); i++) {
      for (int k = 0; k < steps.get(i).after().size(); k++) {
        String before = steps.get(i).after().get(k);
        if (!after.containsKey(before)) {
          named = false;
          problems.addAt(
              sections.get(i).child("after[" + k + "]"),
              "'" + before + "'",
              "one of the steps: " + String.join(", ", after.keySet()));
        }
      }
    }
    List<String> cycle = named ? StepOrder.cycle(after) : List.of();
    if (!cycle.isEmpty()) {
      problems.addAt(
          application.child("steps"),
          "steps that wait for each other: " + String.join(" after ", cycle),
          "an order in which they can start");
    }
  }

  private static ApplicationConfiguration.Check check(Section check) {
    return new ApplicationConfiguration.Check(
        check.text(Key.CHECK_RUN, t -> true),
        check.duration(Key.CHECK_EVERY),
        check.duration(Key.CHECK_TIMEOUT),
        check.count(Key.CHECK_FAILURES));
  }

  private static ApplicationConfiguration.Restarts restarts(Section restarts) {
    int max = restarts.count(Key.RESTARTS_MAX);
    Duration within = restarts.duration(Key.RESTARTS_WITHIN);
    String then = restarts.choice(Key.RESTARTS_THEN);
    return new ApplicationConfiguration.Restarts(
        max, within, ApplicationConfiguration.Then.valueOf(then.toUpperCase(Locale.ROOT)));
  }
}
