package io.lockstep.replicator.model;

/**
 * How good a node's copy of the data is. The ordinal is part of the durable format: append only.
 */
public enum DataState {
  /** Holds everything acknowledged, and the peer knows. */
  UP_TO_DATE,
  /** Was up to date; unsure since boot or loss of the link. */
  CONSISTENT,
  /** A true earlier state, known to be old. */
  OUTDATED,
  /** Between two states: in the middle of a reintegration, or damaged. Never to be served. */
  INCONSISTENT
}
