package io.lockstep.simulator;

import io.lockstep.simulator.Branch.Entry;
import io.lockstep.simulator.Branch.Ghost;
import io.lockstep.simulator.Branch.History;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges what the disks hold by what the application was told: G1 and G2 whenever a node begins to
 * serve, G4 whenever a history is given up, G6 at the end. Knows nothing of how Lockstep works,
 * only what it promises and which hosts lost power when.
 */
final class Oracle {
  /** As the simulated disks have them. */
  private static final int PAGE_BYTES = 4096;

  /** What is not as promised. */
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final String promise;

    Violation(String promise, String what) {
      super(promise + ": " + what);
      this.promise = promise;
    }
  }

  private final int lanes;
  private final boolean arbiter;
  private final List<List<Long>> powerCuts = List.of(new ArrayList<>(), new ArrayList<>());
  private final List<List<Long>> failures = List.of(new ArrayList<>(), new ArrayList<>());
  private final List<List<Long>> copyFailures = List.of(new ArrayList<>(), new ArrayList<>());

  /** By host: the history that its copy belongs to, as far as the simulator has seen. */
  private final Branch[] copies = new Branch[2];

  private final boolean[] forced = new boolean[2];
  private final boolean[] full = new boolean[2];
  private boolean everForced;
  private Branch newest;
  private int branches;
  private int orphanTails;

  Oracle(int lanes, boolean arbiter) {
    this.lanes = lanes;
    this.arbiter = arbiter;
    newest = new Branch(branches++, null, 0);
    for (int lane = 0; lane < lanes; lane++) {
      newest.lanes.add(new History(new LaneModel(), List.of()));
    }
    copies[0] = newest;
    copies[1] = newest;
  }

  /** How often a takeover gave up what had not been acknowledged. */
  int orphanTails() {
    return orphanTails;
  }

  void powerCut(int side, long nowNs) {
    powerCuts.get(side).add(nowNs);
  }

  /** A bit of the host's journal turned over: it holds nothing any more that one could rely on. */
  void rotten(int side, long nowNs) {
    failures.get(side).add(nowNs);
  }

  /**
   * The serving host's disk failed: as a loss of power would, it may have taken what was not
   * synced.
   */
  void failed(int side, long nowNs) {
    failures.get(side).add(nowNs);
  }

  /**
   * The other host's disk failed: where the serving one's does too, nothing has it all for sure.
   */
  void copyFailed(int side, long nowNs) {
    copyFailures.get(side).add(nowNs);
  }

  /**
   * The host's tree has no room for a while: a write that it does in part is made so on the other
   * node too, and who was to be told may be gone.
   */
  void treeFull(int side) {
    full[side] = true;
  }

  /** An operator made the host serve whatever its copy is. */
  void forced(int side) {
    forced[side] = true;
    everForced = true;
  }

  Branch copy(int side) {
    return copies[side];
  }

  // ---- operations

  Entry issued(Branch branch, int lane, Op op, long nowNs) {
    History history = branch.lanes.get(lane);
    LaneModel after = history.last().copy();
    after.apply(op);
    Entry entry = new Entry(op, after, nowNs);
    history.entries.add(entry);
    return entry;
  }

  /** It was refused: it never was. */
  void refused(Branch branch, int lane, Entry entry) {
    branch.lanes.get(lane).entries.remove(entry);
  }

  /** It is about to be refused by a node on its own: the other one may hold it all the same. */
  void refusedAlone(Branch branch, int lane, Entry entry) {
    History history = branch.lanes.get(lane);
    history.ghosts.add(new Ghost(history.entries.indexOf(entry), entry));
  }

  /**
   * A write that found no room may have been done in part, as on any file system: from now on the
   * file is what it is found to be.
   */
  void doneInPart(Branch branch, int lane, Entry entry, LaneModel found, long nowNs) {
    refused(branch, lane, entry);
    LaneModel.Node is = found.names().get(entry.op.path());
    LaneModel after = branch.lanes.get(lane).last().copy();
    LaneModel.Node was = after.names().get(entry.op.path());
    if (is == null || was == null || Arrays.equals(is.data, was.data)) {
      return;
    }
    was.becomes(is.data);
    Entry part = new Entry(entry.op, after, entry.issuedNs);
    part.ackedNs = nowNs;
    branch.lanes.get(lane).entries.add(part);
  }

  void acked(Branch branch, Entry entry, boolean isProtected, long nowNs) {
    entry.ackedNs = nowNs;
    if (isProtected) {
      entry.protectedNs = nowNs;
    }
    if (arbiter && !everForced && outside(branch, entry, copies[1 - branch.side])) {
      throw new Violation(
          "G4",
          branch
              + " acknowledged "
              + entry.op
              + ", which is not in the history that host "
              + (1 - branch.side)
              + " goes on with: "
              + copies[1 - branch.side]);
    }
  }

  /** Whether a later history, one that began from {@code branch}, goes on without the entry. */
  private static boolean outside(Branch branch, Entry entry, Branch later) {
    for (Branch b = later; b != null; b = b.parent) {
      if (b.parent == branch) {
        for (int lane = 0; lane < b.adopted.size(); lane++) {
          int at = branch.lanes.get(lane).entries.indexOf(entry);
          if (at >= 0) {
            boolean changed = !entry.after.shows(branch.lanes.get(lane).state(at));
            return changed && at >= b.adopted.get(lane);
          }
        }
        return false;
      }
    }
    return false;
  }

  /** A node says that the pair is split. */
  void split() {
    if (arbiter && !everForced) {
      throw new Violation("G4", "SPLIT, although an arbiter is asked and nobody forced a node");
    }
  }

  /**
   * A lane's thread begins anew, without a mount, and nothing of the old one is under way: what the
   * old one was not told of was done or was not. What was not done here, since the node stopped
   * serving while it waited for the peer, the other node may hold all the same.
   */
  void startedOver(SimHost host, Branch branch, int lane, long nowNs) {
    History history = branch.lanes.get(lane);
    LaneModel found = TreeReader.lanes(host, lanes).get(lane);
    int acked = history.acked();
    if (acked < history.entries.size()) {
      forgetSync(history);
    }
    int match = match(history, found, acked);
    if (match < 0 && acked < history.entries.size()) {
      // a write that found no room is done in part, and who was to be told is gone
      doneInPart(branch, lane, history.entries.get(history.entries.size() - 1), found, nowNs);
      match = match(history, found, history.acked());
    }
    if (match < 0) {
      throw new Violation(
          "G2",
          "host "
              + host.side
              + ", lane "
              + lane
              + ": the application's files are not as it left them"
              + difference(history, found, history.acked()));
    }
    while (history.entries.size() > match) {
      Entry undone = history.entries.remove(history.entries.size() - 1);
      history.ghosts.add(new Ghost(history.entries.size(), undone));
    }
    history.entries.forEach(entry -> entry.ackedNs = Math.min(entry.ackedNs, nowNs));
  }

  /** The last operation, of which nobody was told, may be done, but is not known to be synced. */
  private static void forgetSync(History history) {
    Entry last = history.entries.remove(history.entries.size() - 1);
    if (last.op.kind() == Op.Kind.SYNC) {
      return;
    }
    Op op = last.op.kind() == Op.Kind.WRITE_SYNC ? last.op.unsynced() : last.op;
    LaneModel after = history.last().copy();
    after.apply(op);
    history.entries.add(new Entry(op, after, last.issuedNs));
  }

  /** The host follows the other one, and says that its copy is whole. */
  void follows(int side) {
    refuseSilentLoss(copies[side], copies[1 - side]);
    copies[side] = copies[1 - side];
  }

  /** The module of that host is PROTECTED: what it acknowledged is on both. */
  void isProtected(int side, long nowNs) {
    Branch mine = copies[side];
    Branch theirs = copies[1 - side];
    if (theirs != mine) {
      refuseSilentLoss(theirs, mine);
      copies[1 - side] = mine;
    }
    for (History history : mine.lanes) {
      for (Entry entry : history.entries) {
        if (entry.acked() && entry.protectedNs == Long.MAX_VALUE) {
          entry.protectedNs = nowNs;
        }
      }
    }
  }

  /** Whether everything that {@code lost} acknowledged is in {@code kept}. */
  private void refuseSilentLoss(Branch lost, Branch kept) {
    List<Branch> line = new ArrayList<>();
    for (Branch b = kept; b != null; b = b.parent) {
      line.add(b);
    }
    for (Branch b = lost; b != null && !b.mayBeGivenUp; b = b.parent) {
      int at = line.indexOf(b);
      if (at == 0) {
        return;
      }
      List<Integer> held = at > 0 ? line.get(at - 1).adopted : null;
      for (int lane = 0; lane < lanes; lane++) {
        List<Entry> entries = b.lanes.get(lane).entries;
        int count =
            held == null
                ? b.lanes.get(lane).inherited
                : held.isEmpty() ? entries.size() : held.get(lane);
        if (b.lanes.get(lane).losesAfter(count)) {
          throw new Violation(
              "G4",
              "nobody decided to give up what "
                  + b
                  + " acknowledged in lane "
                  + lane
                  + ", from "
                  + b.lanes.get(lane).entries.get(count).op
                  + " on; "
                  + kept
                  + " goes on");
        }
      }
      if (at > 0) {
        return;
      }
    }
  }

  /**
   * The host gave up, durably, a history that it had begun. One in which nothing was done leaves
   * the tree a state of the one before, to which the copy belongs again; any other is judged when
   * the host follows.
   */
  void dropped(int side) {
    Branch branch = copies[side];
    if (branch.side == side && branch.unused()) {
      copies[side] = branch.parent;
    }
  }

  /** An operator keeps the copy of {@code side}. */
  void decided(int side) {
    for (Branch b = copies[1 - side]; b != null; b = b.parent) {
      if (!isAncestor(b, copies[side])) {
        b.mayBeGivenUp = true;
      } else {
        b.mayBeGivenUp |= b == copies[1 - side];
        return;
      }
    }
  }

  private static boolean isAncestor(Branch one, Branch of) {
    for (Branch b = of; b != null; b = b.parent) {
      if (b == one) {
        return true;
      }
    }
    return false;
  }

  // ---- a node begins to serve

  /** The host's tree is about to be shown to an application; returns the history that begins. */
  Branch mounted(SimHost host) {
    List<LaneModel> found = TreeReader.lanes(host, lanes);
    Branch from = copies[host.side];
    Branch next = new Branch(branches++, from, host.side);
    boolean all = true;
    boolean tail = false;
    for (int lane = 0; lane < lanes; lane++) {
      History history = from.lanes.get(lane);
      history.entries.forEach(e -> e.excused |= lostWithPower(e, host.side));
      int sure = sure(history, from.side, host.side);
      int match = match(history, found.get(lane), forced[host.side] ? 0 : sure);
      boolean inPart = from.side == host.side || full[from.side];
      if (match < 0 && inPart && cutShort(history, found.get(lane))) {
        match = history.entries.size();
      }
      Ghost ghost = match < 0 ? ghost(history, found.get(lane), sure) : null;
      if (forced[host.side]) {
        givenUp(history, Math.max(match, 0));
      }
      if (ghost != null) {
        next.adopted.add(ghost.index());
        History adopted = new History(history.base, history.entries.subList(0, ghost.index()));
        adopted.entries.add(ghost.entry());
        next.lanes.add(adopted);
      } else if (match < 0) {
        judgeLoss(host, from, lane, found.get(lane), sure);
        all = false;
        LaneModel base = found.get(lane);
        base.allSynced();
        next.lanes.add(new History(base, List.of()));
      } else {
        tail |= match < history.entries.size();
        next.adopted.add(match);
        next.lanes.add(new History(history.base, history.entries.subList(0, match)));
      }
    }
    if (!all) {
      next.adopted.clear();
    }
    if (tail) {
      orphanTails++;
    }
    forced[host.side] = false;
    copies[host.side] = next;
    newest = next;
    return next;
  }

  /** Who forces a copy decides to give up what it lacks of its own history, wherever else it is. */
  private static void givenUp(History history, int from) {
    history.entries.subList(from, history.entries.size()).forEach(entry -> entry.excused = true);
  }

  /** How many entries must be there whatever happened but a loss of power that took them. */
  private int sure(History history, int served, int serves) {
    int sure = 0;
    for (int i = 0; i < history.entries.size(); i++) {
      Entry entry = history.entries.get(i);
      boolean here = served == serves || entry.protectedNs != Long.MAX_VALUE;
      if (entry.acked() && here && history.tells(i) && !lostWithPower(history.told(i), serves)) {
        sure = i + 1;
      }
    }
    return sure;
  }

  /**
   * What one had is lost when that one loses power; what both had when the other one does too, its
   * journal is damaged, or its disk fails while it serves; or when both fail in these ways.
   */
  private boolean lostWithPower(Entry entry, int serves) {
    if (!since(powerCuts.get(serves), entry.issuedNs)) {
      return bothFailed(entry);
    }
    return entry.protectedNs == Long.MAX_VALUE
        || since(powerCuts.get(1 - serves), entry.issuedNs)
        || since(failures.get(1 - serves), entry.issuedNs);
  }

  /** What both had, and which of both failed: any of it may be left, in any order. */
  private boolean bothFailed(Entry entry) {
    return entry.protectedNs != Long.MAX_VALUE && failed(entry, 0) && failed(entry, 1);
  }

  private boolean failed(Entry entry, int side) {
    return since(failures.get(side), entry.issuedNs)
        || since(copyFailures.get(side), entry.issuedNs);
  }

  private static boolean since(List<Long> times, long ns) {
    return times.stream().anyMatch(at -> at >= ns);
  }

  /**
   * The latest state that equals what was found, at least {@code from} entries long; -1 if none.
   */
  private static int match(History history, LaneModel found, int from) {
    for (int count = history.entries.size(); count >= from; count--) {
      if (history.state(count).shows(found)) {
        return count;
      }
    }
    return -1;
  }

  /**
   * Whether the last write, of which nobody was told, is there up to the end of one of its pages:
   * there was no room for more, and the process ended before it could take that back. Its own host
   * alone may show that, as any file system does.
   */
  private static boolean cutShort(History history, LaneModel found) {
    int before = history.entries.size() - 1;
    if (before < 0 || history.entries.get(before).acked()) {
      return false;
    }
    Entry last = history.entries.get(before);
    Op op = last.op;
    if (op.kind() != Op.Kind.WRITE && op.kind() != Op.Kind.WRITE_SYNC) {
      return false;
    }
    for (int end = pageAfter(op.offset()); end < op.offset() + op.length(); end = pageAfter(end)) {
      Op part =
          new Op(Op.Kind.WRITE, op.number(), op.path(), op.to(), op.offset(), end - op.offset());
      LaneModel after = history.state(before).copy();
      after.apply(part);
      if (after.shows(found)) {
        history.entries.set(before, new Entry(part, after, last.issuedNs));
        return true;
      }
    }
    return false;
  }

  private static int pageAfter(int offset) {
    return (offset / PAGE_BYTES + 1) * PAGE_BYTES;
  }

  /** The refused operation that was found done, at least {@code from} entries on; null if none. */
  private static Ghost ghost(History history, LaneModel found, int from) {
    for (Ghost ghost : history.ghosts) {
      if (ghost.index() >= from && ghost.entry().after.shows(found)) {
        return ghost;
      }
    }
    return null;
  }

  private void judgeLoss(SimHost host, Branch from, int lane, LaneModel found, int sure) {
    History history = from.lanes.get(lane);
    boolean power = !powerCuts.get(host.side).isEmpty();
    String what =
        "host "
            + host.side
            + " serves "
            + from
            + ", lane "
            + lane
            + ", with a tree that is no state of it from "
            + sure
            + " of "
            + history.entries.size()
            + " operations on ("
            + history.acked()
            + " acknowledged)"
            + difference(history, found, sure);
    if (forced[host.side] || history.entries.stream().anyMatch(this::bothFailed)) {
      return;
    }
    if (!power || sure == history.acked()) {
      throw new Violation("G1", what);
    }
    LaneModel base = history.state(sure);
    LaneModel safe = base.copy();
    safe.allSynced();
    List<LaneModel> since = new ArrayList<>();
    since.add(safe);
    history
        .entries
        .subList(sure, history.entries.size())
        .forEach(e -> since.add(e.after.since(base)));
    String why = safe.refuses(found, since);
    for (int i = sure; i < history.entries.size() && why == null; i++) {
      Entry entry = history.entries.get(i);
      if (entry.op.syncs() && entry.acked()) {
        why = entry.after.refuses(found, since.subList(i - sure + 1, since.size()));
      }
    }
    if (why != null) {
      throw new Violation("G1", "after a loss of power " + why + ": " + what);
    }
  }

  private static String difference(History history, LaneModel found, int sure) {
    StringBuilder text = new StringBuilder();
    Map<String, String> is = found.lines();
    for (int count : new int[] {sure, history.entries.size()}) {
      Map<String, String> should = history.state(count).lines();
      text.append("\n  against the state after ").append(count).append(":");
      TreeMap<String, String> paths = new TreeMap<>(should);
      paths.putAll(is);
      for (String path : paths.keySet()) {
        if (!java.util.Objects.equals(should.get(path), is.get(path))) {
          text.append("\n    ").append(path).append(" should be ").append(should.get(path));
          text.append(", is ").append(is.get(path));
        }
      }
    }
    text.append("\n  operations:");
    for (int i = Math.max(0, sure - 2); i < history.entries.size(); i++) {
      Entry entry = history.entries.get(i);
      text.append("\n    ").append(entry.op).append(" issued ").append(entry.issuedNs / 1_000_000);
      text.append(entry.acked() ? " acknowledged " + entry.ackedNs / 1_000_000 : "");
      text.append(entry.protectedNs != Long.MAX_VALUE ? " protected" : "");
    }
    return text.toString();
  }

  // ---- the end

  /** The host's tree holds what its history says. */
  void atTheEnd(SimHost host) {
    Branch branch = copies[host.side];
    List<LaneModel> found = TreeReader.lanes(host, lanes);
    for (int lane = 0; lane < lanes; lane++) {
      History history = branch.lanes.get(lane);
      if (match(history, found.get(lane), history.acked()) < 0) {
        throw new Violation(
            "G6",
            "host "
                + host.side
                + ", lane "
                + lane
                + " is not as the application left it"
                + difference(history, found.get(lane), history.acked()));
      }
    }
  }

  @Override
  public String toString() {
    return "copies " + Arrays.toString(copies);
  }
}
