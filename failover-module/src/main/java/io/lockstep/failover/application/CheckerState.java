package io.lockstep.failover.application;

/**
 * Where one checker stands.
 *
 * @param result of the last look
 * @param sinceNs since when the result is so; meaningless while it is unknown
 * @param failures looks that failed in a row
 * @param tripped whether they were enough to act on
 * @param reason why the last look failed; empty otherwise
 * @param dueNs when the next look is due or, while one is under way, when that has failed for want
 *     of an answer; {@link SupervisionState#NEVER} when none is wanted
 * @param askedNs when the look under way began; {@link SupervisionState#NEVER} when none is
 * @param look number of the last look that began: an answer to an earlier one counts no more
 */
public record CheckerState(
    String name,
    Result result,
    long sinceNs,
    int failures,
    boolean tripped,
    String reason,
    long dueNs,
    long askedNs,
    int look) {

  /** What a look found. */
  public enum Result {
    /** Not looked yet, or not looked at now. */
    UNKNOWN,
    GOOD,
    BAD
  }

  /** Nothing looked at yet. */
  public static CheckerState fresh(String name) {
    long never = SupervisionState.NEVER;
    return new CheckerState(name, Result.UNKNOWN, 0, 0, false, "", never, never, 0);
  }

  /** Whether a look is under way. */
  boolean asked() {
    return askedNs != SupervisionState.NEVER;
  }

  boolean due(long nowNs) {
    return dueNs != SupervisionState.NEVER && nowNs - dueNs >= 0;
  }

  CheckerState ask(long nowNs, long answerDueNs) {
    return new CheckerState(
        name, result, sinceNs, failures, tripped, reason, answerDueNs, nowNs, look + 1);
  }

  CheckerState good(long nowNs) {
    long since = result == Result.GOOD ? sinceNs : nowNs;
    return new CheckerState(
        name, Result.GOOD, since, 0, false, "", dueNs, SupervisionState.NEVER, look);
  }

  CheckerState bad(String why, int limit, long nowNs) {
    long since = result == Result.BAD ? sinceNs : nowNs;
    int count = failures + 1;
    return new CheckerState(
        name, Result.BAD, since, count, count >= limit, why, dueNs, SupervisionState.NEVER, look);
  }

  /** The next look at that time; one that is under way counts no more. */
  CheckerState next(long due) {
    return new CheckerState(
        name, result, sinceNs, failures, tripped, reason, due, SupervisionState.NEVER, look);
  }

  /** Nothing known and nothing wanted. */
  CheckerState forgotten() {
    long never = SupervisionState.NEVER;
    return new CheckerState(name, Result.UNKNOWN, 0, 0, false, "", never, never, look);
  }

  /** Failures of the past count no more. */
  CheckerState forgiven() {
    return new CheckerState(name, result, sinceNs, 0, false, "", dueNs, askedNs, look);
  }

  /** The same, unless they were enough: what is waited for is still not there. */
  CheckerState patient() {
    return tripped ? this : forgiven();
  }
}
