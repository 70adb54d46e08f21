package io.lockstep.failover.contact;

import io.lockstep.replicator.model.DataState;

/**
 * Whose history goes on after a split, by the policy that both nodes are configured with. Pure.
 * Where the ballots do not tell the two apart, or a copy is not whole, an operator decides: a
 * policy that guesses would throw away what somebody was told is safe.
 */
final class SplitDecision {
  private SplitDecision() {}

  /** {@link Side#ME} for {@code a}, {@link Side#PEER} for {@code b}; null for an operator. */
  static Side keeps(ContactRecord a, ContactRecord b) {
    boolean alike = a.ballot().policy() == b.ballot().policy();
    if (!alike || !whole(a) || !whole(b)) {
      return null;
    }
    return switch (a.ballot().policy()) {
      case MANUAL -> null;
      case KEEP_NEWER_PRIMARY -> later(a.ballot(), b.ballot());
      case KEEP_MOST_CHANGES -> more(a.ballot(), b.ballot());
      case KEEP_NODE -> named(a.ballot(), b.ballot());
    };
  }

  private static boolean whole(ContactRecord record) {
    return record.dataState() != DataState.INCONSISTENT && !record.verify();
  }

  private static Side later(SplitBallot a, SplitBallot b) {
    boolean known = a.aloneSinceMs() > 0 && b.aloneSinceMs() > 0;
    return known ? higher(a.aloneSinceMs(), b.aloneSinceMs()) : null;
  }

  private static Side more(SplitBallot a, SplitBallot b) {
    boolean known = a.changedBytes() >= 0 && b.changedBytes() >= 0;
    return known ? higher(a.changedBytes(), b.changedBytes()) : null;
  }

  private static Side named(SplitBallot a, SplitBallot b) {
    return a.named() == b.named() ? null : a.named() ? Side.ME : Side.PEER;
  }

  private static Side higher(long a, long b) {
    return a == b ? null : a > b ? Side.ME : Side.PEER;
  }
}
