package io.lockstep.replicator.model;

/**
 * How a range of a file is allocated or freed. The ordinal is part of the wire format: append only.
 */
public enum Allocation {
  /** Reserve space; the file grows if the range ends beyond it. */
  RESERVE,
  /** Reserve space; the length stays. */
  RESERVE_KEEP_SIZE,
  /** Free the space, read zeros; the length stays. */
  PUNCH_HOLE,
  /** Read zeros; the file grows if the range ends beyond it. */
  ZERO,
  /** Read zeros; the length stays. */
  ZERO_KEEP_SIZE
}
