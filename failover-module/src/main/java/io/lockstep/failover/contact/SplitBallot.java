package io.lockstep.failover.contact;

/**
 * What a node brings to the decision of a split. Both nodes decide over both ballots, and so alike.
 *
 * @param policy that it is configured with
 * @param aloneSinceMs when it began to serve on its own, by its wall clock, ms since 1970; 0 where
 *     it did not
 * @param changedBytes how much it changed since, or {@link #UNKNOWN}; counted only where the policy
 *     asks for it
 * @param named whether its configuration names it as the one to be kept
 */
public record SplitBallot(SplitPolicy policy, long aloneSinceMs, long changedBytes, boolean named) {
  /** So much changed, or so little is known, that it cannot be told. */
  public static final long UNKNOWN = -1;

  /** Of a node that leaves it to an operator. */
  public static final SplitBallot NONE = new SplitBallot(SplitPolicy.MANUAL, 0, UNKNOWN, false);
}
