package io.lockstep.agent.configuration;

import io.lockstep.agent.configuration.ApplicationConfiguration.Ready;
import io.lockstep.agent.configuration.ApplicationConfiguration.Start;
import io.lockstep.agent.configuration.ApplicationConfiguration.Step;
import io.lockstep.agent.configuration.ApplicationConfiguration.Stop;
import io.lockstep.failover.application.StepOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code modules.*.application}. */
final class ApplicationReader {
  private static final String UNIT_NAME = "[A-Za-z0-9@:_.\\\\-]{1,240}\\.service";

  private final Collection<String> nodes;
  private final Problems problems;

  ApplicationReader(Collection<String> nodes, Problems problems) {
    this.nodes = nodes;
    this.problems = problems;
  }

  ApplicationConfiguration read(Section application) {
    boolean inSteps = application.has("steps");
    for (String other : List.of("start", "stop", "unit")) {
      if (inSteps && application.has(other)) {
        problems.addAt(
            application.child("steps"),
            "steps beside " + other,
            "either start and stop, or a unit, or steps");
      }
    }
    Optional<String> unit = unit(application, Key.APPLICATION_UNIT);
    List<Step> steps = inSteps ? steps(application) : List.of();
    boolean units = unit.isPresent() || steps.stream().anyMatch(s -> s.unit().isPresent());
    return new ApplicationConfiguration(
        inSteps ? Optional.empty() : Optional.of(start(application, unit)),
        inSteps ? Optional.empty() : Optional.of(stop(application, unit)),
        unit,
        units ? Optional.of(application.paths(Key.APPLICATION_SYSTEMCTL, nodes)) : Optional.empty(),
        steps,
        application.has("check")
            ? Optional.of(check(application.section("check")))
            : Optional.empty(),
        restarts(application.section("restarts")),
        application.texts(Key.APPLICATION_ENVIRONMENT));
  }

  private static Optional<String> unit(Section of, Key key) {
    return of.has(key.word())
        ? Optional.ofNullable(of.text(key, name -> name.matches(UNIT_NAME)))
        : Optional.empty();
  }

  private Start start(Section of, Optional<String> unit) {
    Section start = of.section("start");
    return new Start(run(start, Key.START_RUN, unit), start.duration(Key.START_TIMEOUT));
  }

  private Stop stop(Section of, Optional<String> unit) {
    Section stop = of.section("stop");
    return new Stop(
        run(stop, Key.STOP_RUN, unit),
        stop.duration(Key.STOP_TIMEOUT),
        stop.flag(Key.STOP_THEN_KILL));
  }

  /** Empty for a unit, of which systemd knows how to start and stop it. */
  private String run(Section section, Key key, Optional<String> unit) {
    if (unit.isEmpty()) {
      return section.text(key, t -> true);
    }
    if (section.has(key.word())) {
      problems.addAt(section.child(key.word()), "a command beside unit", "either of them");
    }
    return "";
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
      Optional<String> unit = unit(section, Key.STEP_UNIT);
      steps.add(
          new Step(
              name == null ? "" : name,
              section.list(Key.STEP_AFTER, Optional::of, Key.STEP_AFTER.allowed()),
              stepStart(section.section("start"), unit),
              stepStop(section.section("stop"), unit),
              section.has("ready") ? ready(section.section("ready")) : Optional.empty(),
              unit));
    }
    order(application, steps, sections);
    return steps;
  }

  private Start stepStart(Section start, Optional<String> unit) {
    return new Start(run(start, Key.STEP_START_RUN, unit), start.duration(Key.STEP_START_TIMEOUT));
  }

  private Stop stepStop(Section stop, Optional<String> unit) {
    return new Stop(
        run(stop, Key.STEP_STOP_RUN, unit),
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
