package io.lockstep.simulator;

import io.lockstep.failover.role.Role;
import java.util.Arrays;
import java.util.List;

/**
 * One thing that goes wrong, or that somebody does, at a moment of the run.
 *
 * @param atNs after the pair was first in sync
 * @param side of the host it happens to, or from which a direction is cut
 * @param forNs how long it lasts; a process or host is back after it
 * @param detail a number whose meaning depends on the kind
 * @param in the role in which it meets the host, as soon as the host is in it after {@code atNs};
 *     null for whatever it is then
 */
record Fault(Kind kind, long atNs, int side, long forNs, int detail, Role in)
    implements Comparable<Fault> {
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
    RESYNC,

    /** The application's processes die; where they run. */
    APPLICATION_CRASHES,
    /** The application's checks fail for a while, where it runs or on that host. */
    APPLICATION_FAILS_CHECKS,
    /** The same, and they do not even return. */
    APPLICATION_HANGS,
    /** It dies, and does not start on that host for a while. */
    APPLICATION_DOES_NOT_START,
    /** It dies, and starts on neither host for a while. */
    APPLICATION_STARTS_NOWHERE,

    /** The arbiter is down. */
    ARBITER_DOWN,
    /** That host does not reach the arbiter. */
    ARBITER_CUT,
    /** Calls of the arbiter, or its answers, are lost or late. */
    ARBITER_LOSES,

    /** The agent ends in good order and is back later. */
    AGENT_EXITS,

    /** An operator applies a configuration with the same times. */
    APPLY,
    /** An operator: start, whatever the module is doing. */
    START,
    /** An operator: switchover, whatever the module is doing. */
    SWITCHOVER_NOW,
    /** An operator: keep that host's history, split or not. */
    KEEP,

    /** No room for the tree of the second module of a group. */
    SECOND_TREE_FULL,
    /** The next syncs of that tree fail. */
    SECOND_SYNC_FAILS,
    /** An operator: switchover of the group. */
    GROUP_MOVES,

    /** What a checker looks at on that host is bad for a while. */
    CHECKER_FAILS,
    /** The same, and looks do not return in time. */
    CHECKER_HANGS,
    /** The same on both hosts. */
    CHECKER_FAILS_ON_BOTH,

    /** An operator: a drill on that host, wherever it is refused otherwise. */
    DRILL;

    /** What every run may have; the others are for runs that have more than that. */
    static final List<Kind> OF_EVERY_RUN =
        Arrays.stream(values()).filter(kind -> kind.compareTo(RESYNC) <= 0).toList();

    static final List<Kind> APPLICATION =
        List.of(
            APPLICATION_CRASHES,
            APPLICATION_FAILS_CHECKS,
            APPLICATION_HANGS,
            APPLICATION_DOES_NOT_START,
            APPLICATION_STARTS_NOWHERE);
    static final List<Kind> ARBITER = List.of(ARBITER_DOWN, ARBITER_CUT, ARBITER_LOSES);
    static final List<Kind> EXIT = List.of(AGENT_EXITS);
    static final List<Kind> GROUP = List.of(SECOND_TREE_FULL, SECOND_SYNC_FAILS, GROUP_MOVES);
    static final List<Kind> CHECKER = List.of(CHECKER_FAILS, CHECKER_HANGS, CHECKER_FAILS_ON_BOTH);
    static final List<Kind> DRILLS = List.of(DRILL);
    static final List<Kind> OPERATOR = List.of(APPLY, START, SWITCHOVER_NOW, KEEP);

    /** Whether it keeps the nodes from hearing each other, or one of them from acting. */
    boolean parts() {
      return switch (this) {
        case FROZEN,
            LINK_CUT,
            LINK_CUT_ONE_WAY,
            HEARTBEATS_CUT,
            PARTITION,
            PARTITION_ONE_WAY,
            BAD_NETWORK ->
            true;
        default -> false;
      };
    }

    /** Whether it happens to both hosts alike. */
    boolean ofBoth() {
      return switch (this) {
        case BOTH_LOSE_POWER,
            LINK_CUT,
            HEARTBEATS_CUT,
            PARTITION,
            BAD_NETWORK,
            APPLICATION_STARTS_NOWHERE,
            ARBITER_DOWN,
            ARBITER_LOSES,
            CHECKER_FAILS_ON_BOTH ->
            true;
        default -> false;
      };
    }
  }

  @Override
  public int compareTo(Fault other) {
    return Long.compare(atNs, other.atNs);
  }

  @Override
  public String toString() {
    return String.format(
        "%.3f s: %s host %d for %.3f s (%d)%s",
        atNs / 1e9, kind, side, forNs / 1e9, detail, in == null ? "" : " when " + in);
  }
}
