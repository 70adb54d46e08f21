package io.lockstep.demo.auto;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one scenario showed; filled while it runs. Used by one thread. */
public final class ScenarioResult {
  private final String name;
  private final boolean held;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  /**
   * Begins empty.
   *
   * @param held whether a missed bound fails the scenario; else it is only noted
   */
  ScenarioResult(String name, boolean held) {
    this.name = name;
    this.held = held;
  }

  /** The scenario's name. */
  public String name() {
    return name;
  }

  /** Notes a value under its name: a number, a text, or a map of them. */
  void put(String key, Object value) {
    values.put(key, value);
  }

  /** A noted number; 0 if it was not noted. */
  long number(String key) {
    return values.get(key) instanceof Number number ? number.longValue() : 0;
  }

  /** A noted value, as text; a dash if it was not noted. */
  String text(String key) {
    return values.containsKey(key) ? values.get(key).toString() : "-";
  }

  /** Notes that something is wrong. */
  void fail(String why) {
    failures.add(why);
  }

  /** Notes a value that should not be above its bound; whether it must not, the scenario says. */
  void bounded(String key, long value, long bound) {
    put(key, value);
    put(key + "Bound", bound);
    if (value > bound && !held) {
      put(key + "Missed", true);
    } else if (value > bound) {
      fail("%s is %d, more than its bound %d".formatted(key, value, bound));
    }
  }

  /** What is wrong; empty if the scenario is good. */
  public List<String> failures() {
    return failures;
  }

  /** Everything noted, for JSON. */
  Map<String, Object> toMap() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("scenario", name);
    all.putAll(values);
    all.put("failures", failures);
    return all;
  }
}
