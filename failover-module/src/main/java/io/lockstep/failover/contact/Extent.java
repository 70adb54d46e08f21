package io.lockstep.failover.contact;

/** How much a reintegration has to look at. The ordinal is part of the wire format: append only. */
public enum Extent {
  /** What the maps, the orphans and the journals name: in proportion to what changed. */
  BY_MAP,
  /** As {@link #BY_MAP}, and what the losing branch of a split changed; its files are set aside. */
  SPLIT,
  /** Every file compared by checksums: the base of the map does not fit the target's copy. */
  FULL_VERIFY,
  /** Everything sent: the target has nothing. */
  FULL
}
