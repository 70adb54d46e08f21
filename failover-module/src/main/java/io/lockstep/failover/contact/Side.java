package io.lockstep.failover.contact;

/** One of the two nodes, as the node that decides sees it. */
public enum Side {
  ME,
  PEER;

  /** The same node as the other one names it. */
  public Side mirrored() {
    return this == ME ? PEER : ME;
  }
}
