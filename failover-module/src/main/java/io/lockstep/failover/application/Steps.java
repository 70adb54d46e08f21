package io.lockstep.failover.application;

import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The steps of an application and what of them may run. Under the application's work lock, by its
 * holder and by those that work on single steps for it.
 */
final class Steps {
  private final Supplier<ApplicationSpec> spec;
  private final ProcessGroup group;

  /** Those that were begun and not ended since, the first begun first: as they were begun. */
  private final Map<String, Step> begun = new LinkedHashMap<>();

  Steps(Supplier<ApplicationSpec> spec, ProcessGroup group) {
    this.spec = spec;
    this.group = group;
  }

  String name() {
    return spec.get().name();
  }

  /** Of the whole application. */
  synchronized ProcessGroup group() {
    List<Unit> units = new ArrayList<>();
    toStart().forEach(step -> step.unit().ifPresent(units::add));
    begun
        .values()
        .forEach(step -> step.unit().filter(u -> !units.contains(u)).ifPresent(units::add));
    return units.isEmpty() ? group : new UnitProcesses(group, units);
  }

  /** In the order in which they start. */
  List<Step> toStart() {
    return spec.get().steps();
  }

  /** Whether it is one command. */
  boolean single() {
    return toStart().size() == 1 && toStart().get(0).name().isEmpty();
  }

  /** The process group of a step; of the whole application where it has none. */
  ProcessGroup part(Step step) throws IOException {
    ProcessGroup own = step.name().isEmpty() ? group : group.part(step.name());
    return step.unit().isEmpty() ? own : new UnitProcesses(own, List.of(step.unit().get()));
  }

  synchronized void begun(Step step) {
    begun.remove(step.name());
    begun.put(step.name(), step);
  }

  synchronized void ended(Step step) {
    begun.remove(step.name());
  }

  synchronized void allEnded() {
    begun.clear();
  }

  /**
   * What is to be stopped, in order. A step that was begun is stopped as it is configured now, or,
   * if it is not configured any more or as another unit, as it was begun. Of the others only one
   * that has processes.
   */
  synchronized List<Step> toStop() throws IOException {
    List<Step> all = new ArrayList<>();
    for (Step step : toStart()) {
      Step before = begun.get(step.name());
      if (before != null && !before.unit().equals(step.unit())) {
        all.add(0, before);
      } else if (before != null || single() || !part(step).empty()) {
        all.add(0, step);
      }
    }
    for (Step step : begun.values()) {
      if (all.stream().noneMatch(s -> s.name().equals(step.name()))) {
        all.add(0, step);
      }
    }
    return all;
  }

  /** Those that have processes now. */
  List<Step> populated() throws IOException {
    List<Step> found = new ArrayList<>();
    for (Step step : toStart()) {
      if (!part(step).empty()) {
        found.add(step);
      }
    }
    return found;
  }
}
