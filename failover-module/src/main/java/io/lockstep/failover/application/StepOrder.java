package io.lockstep.failover.application;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * In which order the steps of an application start: each after all that it depends on, else as they
 * are written. Pure. They stop in the reverse order.
 */
public final class StepOrder {
  private final Map<String, List<String>> after;
  private final Set<String> order = new LinkedHashSet<>();
  private final List<String> way = new ArrayList<>();

  private StepOrder(Map<String, List<String>> after) {
    this.after = after;
  }

  /**
   * The names in order.
   *
   * @param after by each step's name, as written, those that are ready before it begins
   * @throws IllegalArgumentException if one waits for itself in the end, or for one that there is
   *     not
   */
  public static List<String> of(Map<String, List<String>> after) {
    List<String> cycle = cycle(after);
    if (!cycle.isEmpty()) {
      throw new IllegalArgumentException("steps wait for each other: " + String.join(", ", cycle));
    }
    StepOrder order = new StepOrder(after);
    after.keySet().forEach(order::place);
    return List.copyOf(order.order);
  }

  /**
   * Steps each of which waits for the next, the last being the first again; empty if there are none
   * such. What is not the name of a step is passed over.
   */
  public static List<String> cycle(Map<String, List<String>> after) {
    StepOrder order = new StepOrder(after);
    for (String step : after.keySet()) {
      List<String> found = order.cycleFrom(step);
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private List<String> cycleFrom(String step) {
    if (way.contains(step)) {
      List<String> found = new ArrayList<>(way.subList(way.indexOf(step), way.size()));
      found.add(step);
      return found;
    }
    if (!after.containsKey(step) || order.contains(step)) {
      return List.of();
    }
    way.add(step);
    for (String before : after.get(step)) {
      List<String> found = cycleFrom(before);
      if (!found.isEmpty()) {
        return found;
      }
    }
    way.remove(step);
    order.add(step);
    return List.of();
  }

  private void place(String step) {
    if (!after.containsKey(step)) {
      throw new IllegalArgumentException("there is no step " + step);
    }
    after.get(step).forEach(this::place);
    order.add(step);
  }
}
