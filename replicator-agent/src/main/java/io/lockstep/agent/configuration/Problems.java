package io.lockstep.agent.configuration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects what is wrong while a file is read, and where each key was. */
final class Problems {
  private static final int MOST = 200;

  private final List<ConfigurationProblem> found = new ArrayList<>();
  private final Map<String, YamlNode> places = new HashMap<>();

  /** Remembers where the value of a key is, for checks that come after reading. */
  void place(String key, YamlNode node) {
    places.put(key, node);
  }

  void add(YamlNode node, String key, String allowed) {
    add(node.line(), node.column(), key, node.describe(), allowed);
  }

  void add(int line, int column, String key, String what, String allowed) {
    if (found.size() < MOST) {
      found.add(new ConfigurationProblem(line, column, key, what, allowed));
    }
  }

  /** Adds a problem at the place of {@code key}, or of the nearest key above it in the file. */
  void addAt(String key, String what, String allowed) {
    String at = key;
    while (!places.containsKey(at) && !at.isEmpty()) {
      at = parent(at);
    }
    YamlNode node = places.get(at);
    add(node == null ? 1 : node.line(), node == null ? 1 : node.column(), key, what, allowed);
  }

  /** Whether {@code key} or anything below it is known to be wrong. */
  boolean wrong(String key) {
    return found.stream()
        .anyMatch(
            p ->
                p.key().equals(key)
                    || p.key().startsWith(key + ".")
                    || p.key().startsWith(key + "["));
  }

  boolean none() {
    return found.isEmpty();
  }

  List<ConfigurationProblem> inOrder() {
    return found.stream()
        .sorted(
            Comparator.comparingInt(ConfigurationProblem::line)
                .thenComparingInt(ConfigurationProblem::column))
        .toList();
  }

  private static String parent(String key) {
    int cut = Math.max(key.lastIndexOf('.'), key.lastIndexOf('['));
    return cut < 0 ? "" : key.substring(0, cut);
  }
}
