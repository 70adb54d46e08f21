package io.lockstep.replicator.reintegration;

/** How the trees are brought together. The ordinal is part of the wire format: append only. */
public enum ReintegrationMode {
  /** What the map says; in proportion to what changed. */
  BY_MAP,
  /** Every directory and the hashes of every file: when the map's base cannot be trusted. */
  FULL_VERIFY,
  /** As {@link #FULL_VERIFY}, for a target that is empty. */
  FULL_COPY
}
