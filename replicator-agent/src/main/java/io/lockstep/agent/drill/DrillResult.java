package io.lockstep.agent.drill;

/**
 * What came of a drill. Times of day in ms since 1970, others in ms; -1 for what it did not come
 * to.
 *
 * @param node on which the application was tried
 * @param who ordered it
 * @param drainMs until what had been received was in the tree
 * @param startMs until the start command had returned
 * @param recoveryMs all that a takeover waits for here: draining, and from the start of the
 *     application until its check passed; -1 unless it is GOOD
 * @param text for the operator: why it is not good, or what else there is to say
 */
public record DrillResult(
    String node,
    String who,
    long beganMs,
    long endedMs,
    Outcome outcome,
    long drainMs,
    long startMs,
    long recoveryMs,
    String text) {
  /** How it ended. */
  public enum Outcome {
    /** The application came up and its check passed. */
    GOOD,
    /** It did not: a takeover would have failed too. */
    FAILED,
    /** It was not carried to its end and tells nothing about the application. */
    ABORTED
  }
}
