package io.lockstep.replicator.model;

import java.util.UUID;

/**
 * The random identity of one history of the data. A new one begins, durably, whenever another node
 * numbers the operations or a node starts to serve without its peer; ancestry of generations
 * decides who is newer and finds split brain. Never a counter: both nodes would count to the same
 * number.
 */
public record Generation(long high, long low) {
  /** No history yet: the copy of a node that never held the module's data. */
  public static final Generation NONE = new Generation(0, 0);

  /** From random bits that the caller draws. */
  public static Generation of(UUID random) {
    return new Generation(random.getMostSignificantBits(), random.getLeastSignificantBits());
  }

  /** Whether this is {@link #NONE}. */
  public boolean isNone() {
    return high == 0 && low == 0;
  }

  @Override
  public String toString() {
    return new UUID(high, low).toString();
  }
}
