package io.lockstep.agent.api;

/**
 * Something worth telling an operator.
 *
 * @param id from 1, dense, per run of the agent
 * @param timeMs milliseconds since 1970
 * @param level INFO, WARN or ERROR
 * @param module empty when it is of the whole node
 */
public record Event(long id, long timeMs, Level level, String module, String text) {
  /** How much it matters. */
  public enum Level {
    INFO,
    WARN,
    ERROR
  }
}
