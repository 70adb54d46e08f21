package io.lockstep.agent.configuration;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A value that may differ between the two nodes although the file is the same on both.
 *
 * @param values by the node's name, in the order of {@code nodes}
 */
public record PerNode<T>(Map<String, T> values) {
  /** Keeps an unmodifiable copy. */
  public PerNode {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * The value of that node.
   *
   * @throws IllegalArgumentException if no node has that name
   */
  public T of(String node) {
    T value = values.get(node);
    if (value == null) {
      throw new IllegalArgumentException(
          "no node is named '" + node + "'; the nodes are " + values.keySet());
    }
    return value;
  }
}
