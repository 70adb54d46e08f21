package io.lockstep.failover.contact;

/**
 * Which history of a split goes on when no operator is asked. The other one's versions are
 * quarantined first, as after an operator's decision.
 */
public enum SplitPolicy {
  /** An operator decides. */
  MANUAL("manual"),
  /** The node that began to serve on its own last, by the nodes' wall clocks. */
  KEEP_NEWER_PRIMARY("keep-newer-primary"),
  /** The node that changed more. */
  KEEP_MOST_CHANGES("keep-most-changes"),
  /** The node that is named. */
  KEEP_NODE("keep-node");

  private final String word;

  SplitPolicy(String word) {
    this.word = word;
  }

  /** As it is configured. */
  public String word() {
    return word;
  }

  /**
   * The policy of that word.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static SplitPolicy of(String word) {
    for (SplitPolicy policy : values()) {
      if (policy.word.equals(word)) {
        return policy;
      }
    }
    throw new IllegalArgumentException("no policy '" + word + "'");
  }
}
