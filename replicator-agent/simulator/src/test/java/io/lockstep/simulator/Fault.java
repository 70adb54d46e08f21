package io.lockstep.simulator;

/**
 * One thing that goes wrong, or that somebody does, at a moment of the run.
 *
 * @param atNs after the pair was first in sync
 * @param side of the host it happens to, or from which a direction is cut
 * @param forNs how long it lasts; a process or host is back after it
 * @param detail a number whose meaning depends on the kind
 */
record Fault(Kind kind, long atNs, int side, long forNs, int detail) implements Comparable<Fault> {
  /** What happens. */
  enum Kind {
    /** kill -9 of the agent: the page cache and the guardian survive. */
    AGENT_KILLED,
    /** The host loses power: what was not synced is lost. */
    POWER_CUT,
    /** Both hosts lose power at once. */
    BOTH_LOSE_POWER,
    /** A host stands still, as a frozen virtual machine does, and goes on. */
    FROZEN,
    /** The link is cut, the heartbeats go on. */
    LINK_CUT,
    /** As before, in one direction. */
    LINK_CUT_ONE_WAY,
    /** The heartbeats are cut, the link goes on. */
    HEARTBEATS_CUT,
    /** Everything is cut. */
    PARTITION,
    /** Everything is cut in one direction. */
    PARTITION_ONE_WAY,
    /** Loss, delay, doubled and spoiled datagrams and frames. */
    BAD_NETWORK,
    /** The wall clock is set forward or back. */
    CLOCK_JUMP,
    /** No room for the tree. */
    TREE_FULL,
    /** No room for Lockstep's own files. */
    DISK_FULL,
    /** The tree's next syncs fail. */
    TREE_SYNC_FAILS,
    /** The next forces of Lockstep's own files fail. */
    DISK_FORCE_FAILS,
    /** A bit of the journal turns over on the disk, while the agent is down. */
    BIT_ROT,
    /** An operator: switchover. */
    SWITCHOVER,
    /** An operator: stop, and start again later. */
    STOP,
    /** An operator: pause, and resume later. */
    PAUSE,
    /** An operator: start --force, wherever it is refused otherwise. */
    FORCE,
    /** An operator: resync. */
    RESYNC
  }

  @Override
  public int compareTo(Fault other) {
    return Long.compare(atNs, other.atNs);
  }

  @Override
  public String toString() {
    return String.format(
        "%.3f s: %s host %d for %.3f s (%d)", atNs / 1e9, kind, side, forNs / 1e9, detail);
  }
}
