package io.lockstep.failover.application;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far the steps of an application have come on the way up, or down: which are under way, which
 * are done with, and so which may begin now. Pure.
 *
 * @param after by each step's name, in order, those that have to be done before it begins
 * @param running begun and not ended
 * @param done ended well
 * @param broken whether one ended badly: nothing more begins
 */
record StepCourse(
    Map<String, List<String>> after, Set<String> running, Set<String> done, boolean broken) {

  /**
   * At the beginning.
   *
   * @param after as in {@link StepCourse}; what is not the name of a step is passed over
   */
  static StepCourse of(Map<String, List<String>> after) {
    Map<String, List<String>> known = new LinkedHashMap<>();
    after.forEach(
        (step, before) -> known.put(step, before.stream().filter(after::containsKey).toList()));
    return new StepCourse(known, Set.of(), Set.of(), false);
  }

  /** On the way down each step waits for those that build on it. */
  static Map<String, List<String>> reversed(Map<String, List<String>> after) {
    Map<String, List<String>> down = new LinkedHashMap<>();
    after.keySet().forEach(step -> down.put(step, new ArrayList<>()));
    after.forEach(
        (step, before) ->
            before.stream().filter(down::containsKey).forEach(b -> down.get(b).add(step)));
    return down;
  }

  /**
   * What may begin now, in order. Where steps wait for each other in a circle, as those of two
   * configurations may, the first of them does, by itself.
   */
  List<String> next() {
    if (broken) {
      return List.of();
    }
    List<String> left =
        after.keySet().stream().filter(s -> !running.contains(s) && !done.contains(s)).toList();
    List<String> free = left.stream().filter(s -> done.containsAll(after.get(s))).toList();
    boolean circle = free.isEmpty() && running.isEmpty() && !left.isEmpty();
    return circle ? left.subList(0, 1) : free;
  }

  /** That step is under way. */
  StepCourse begun(String step) {
    Set<String> now = new LinkedHashSet<>(running);
    now.add(step);
    return new StepCourse(after, now, done, broken);
  }

  /** That step, which was under way, has ended. */
  StepCourse ended(String step, boolean well) {
    Set<String> now = new LinkedHashSet<>(running);
    now.remove(step);
    Set<String> then = new LinkedHashSet<>(done);
    if (well) {
      then.add(step);
    }
    return new StepCourse(after, now, then, broken || !well);
  }

  /** Given up: nothing more begins. */
  StepCourse given() {
    return new StepCourse(after, running, done, true);
  }

  /** Whether nothing is under way, and nothing begins any more. */
  boolean over() {
    return running.isEmpty() && next().isEmpty();
  }

  /** For the operator: which steps are under way, and how many of all have begun. */
  String told() {
    String names = (running.size() == 1 ? "step " : "steps ") + String.join(", ", running);
    return "%s, %d of %d".formatted(names, running.size() + done.size(), after.size());
  }
}
