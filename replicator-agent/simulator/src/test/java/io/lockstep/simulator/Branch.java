package io.lockstep.simulator;

import java.util.ArrayList;
import java.util.List;

/**
 * One history of the data, from one mount to the next: what the application did there and what it
 * was told. A takeover begins a new one, which adopts a state of the one before.
 */
final class Branch {
  /** One operation and what is known of it. */
  static final class Entry {
    final Op op;
    final LaneModel after;
    final long issuedNs;
    long ackedNs = Long.MAX_VALUE;

    /** Since when it was acknowledged and the module was PROTECTED; MAX_VALUE for never. */
    long protectedNs = Long.MAX_VALUE;

    Entry(Op op, LaneModel after, long issuedNs) {
      this.op = op;
      this.after = after;
      this.issuedNs = issuedNs;
    }

    /** A loss of power may have taken it: nobody needs to decide to give it up. */
    boolean excused;

    boolean acked() {
      return ackedNs != Long.MAX_VALUE;
    }
  }

  /**
   * An operation that a node on its own refused for want of room, or gave up as it stopped serving,
   * after {@code index} others: the other node, which had got it before they parted, may hold it.
   */
  record Ghost(int index, Entry entry) {}

  /** One lane's part. */
  static final class History {
    final LaneModel base;
    final List<Entry> entries = new ArrayList<>();
    final List<Ghost> ghosts = new ArrayList<>();

    /** How many of the entries are of earlier branches. */
    final int inherited;

    History(LaneModel base, List<Entry> inherited) {
      this.base = base;
      this.entries.addAll(inherited);
      this.inherited = inherited.size();
    }

    /** The state after {@code count} entries. */
    LaneModel state(int count) {
      return count == 0 ? base : entries.get(count - 1).after;
    }

    LaneModel last() {
      return state(entries.size());
    }

    /** Whether what was acknowledged after {@code count} entries changed anything that is shown. */
    boolean losesAfter(int count) {
      for (int i = count; i < entries.size(); i++) {
        Entry entry = entries.get(i);
        if (entry.acked() && !entry.excused && changes(i)) {
          return true;
        }
      }
      return false;
    }

    /** Whether entry {@code index} changed anything that is shown. */
    boolean changes(int index) {
      return !entries.get(index).after.shows(state(index));
    }

    /**
     * Whether the answer to entry {@code index} says anything of those before it: one that changes
     * nothing, as a rename between two names of one file, needs no peer.
     */
    boolean tells(int index) {
      return entries.get(index).op.syncs() || changes(index);
    }

    /**
     * The entry of which the answer to entry {@code index} tells that both nodes have it. A sync
     * changes nothing itself, and needs no peer when that one forced everything before: it may have
     * lost power since.
     */
    Entry told(int index) {
      int last = index;
      while (last > 0 && entries.get(last).op.kind() == Op.Kind.SYNC) {
        last--;
      }
      return entries.get(last);
    }

    /** How many entries there are up to the last acknowledged one. */
    int acked() {
      int count = entries.size();
      while (count > 0 && !entries.get(count - 1).acked()) {
        count--;
      }
      return count;
    }
  }

  final int number;
  final Branch parent;
  final int side;
  final List<History> lanes = new ArrayList<>();

  /** How many entries of each of the parent's lanes this one holds; empty when power was lost. */
  final List<Integer> adopted = new ArrayList<>();

  /** Whether an operator, or a loss of power, allows that its own operations are given up. */
  boolean mayBeGivenUp;

  Branch(int number, Branch parent, int side) {
    this.number = number;
    this.parent = parent;
    this.side = side;
  }

  /** Whether it began with a state of its parent and nothing was done in it. */
  boolean unused() {
    return !adopted.isEmpty()
        && lanes.stream().allMatch(lane -> lane.entries.size() == lane.inherited);
  }

  @Override
  public String toString() {
    return "branch " + number + " of host " + side;
  }
}
