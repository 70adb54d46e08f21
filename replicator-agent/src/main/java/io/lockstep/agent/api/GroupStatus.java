package io.lockstep.agent.api;

import java.util.List;

/**
 * Modules that move together, as a node sees them.
 *
 * @param modules in the order in which their applications start
 * @param word what it comes down to: TOGETHER, MOVING, APART, STOPPED or DOWN
 * @param text one line for the operator
 * @param nextAction what to do; empty for nothing
 */
public record GroupStatus(
    String group, List<String> modules, String word, String text, String nextAction) {
  /** Keeps an unmodifiable copy. */
  public GroupStatus {
    modules = List.copyOf(modules);
  }
}
