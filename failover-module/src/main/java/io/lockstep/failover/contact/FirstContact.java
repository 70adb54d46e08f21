package io.lockstep.failover.contact;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/**
 * The table of first contact (PROTOCOL §10): what two nodes do with each other's copies, first
 * match wins. Pure.
 *
 * <p>Both nodes decide for themselves. So that they can never disagree, the table is read from the
 * side of the node with the lower incarnation, and the other takes the mirrored verdict.
 */
public final class FirstContact {
  private final ContactRecord a;
  private final ContactRecord b;

  private FirstContact(ContactRecord a, ContactRecord b) {
    this.a = a;
    this.b = b;
  }

  /** The verdict as {@code mine} sees it. */
  public static ContactVerdict decide(ContactRecord mine, ContactRecord theirs) {
    return mine.incarnation().compareTo(theirs.incarnation()) <= 0
        ? new FirstContact(mine, theirs).table()
        : new FirstContact(theirs, mine).table().mirrored();
  }

  private ContactVerdict table() {
    ContactVerdict verdict = strangers();
    if (verdict == null) {
      verdict = empty();
    }
    if (verdict == null) {
      verdict = decided();
    }
    if (verdict == null) {
      Generation common = a.commonWith(b);
      verdict =
          common == null
              ? new ContactVerdict.Refuse(
                  "the two copies have no history in common; empty one of them to copy the other")
              : related(common);
    }
    return verdict;
  }

  private ContactVerdict strangers() {
    if (!a.cluster().equals(b.cluster()) || !a.module().equals(b.module())) {
      return new ContactVerdict.Refuse(
          "the nodes are of different clusters or modules: "
              + a.cluster()
              + "/"
              + a.module()
              + " and "
              + b.cluster()
              + "/"
              + b.module());
    }
    if (a.incarnation().equals(b.incarnation())) {
      return new ContactVerdict.Refuse(
          "both nodes have the same identity: a state directory was copied");
    }
    if (a.barred().contains(b.incarnation()) || b.barred().contains(a.incarnation())) {
      return new ContactVerdict.Refuse("one node was barred by the other");
    }
    return null;
  }

  private ContactVerdict empty() {
    if (a.empty() && b.empty()) {
      return new ContactVerdict.Refuse(
          "neither node holds data: run init on the one to begin from");
    }
    if (!a.empty() && !b.empty()) {
      return null;
    }
    ContactRecord full = a.empty() ? b : a;
    if (full.dataState() == DataState.INCONSISTENT && !full.live()) {
      return new ContactVerdict.BothInconsistent("one copy is empty and the other is not whole");
    }
    return new ContactVerdict.FullCopy(a.empty() ? Side.ME : Side.PEER, "it holds no data yet");
  }

  /** A split that an operator or a policy decided. */
  private ContactVerdict decided() {
    boolean aYields = !a.yieldsTo().isNone() && b.descendsFrom(a.yieldsTo());
    boolean bYields = !b.yieldsTo().isNone() && a.descendsFrom(b.yieldsTo());
    if (aYields == bYields) {
      return null;
    }
    return new ContactVerdict.Source(
        aYields ? Side.PEER : Side.ME, Extent.SPLIT, "the split is decided");
  }

  private ContactVerdict related(Generation common) {
    boolean same = a.generation().equals(b.generation());
    boolean aOlder = common.equals(a.generation());
    boolean bOlder = common.equals(b.generation());
    if (!aOlder && !bOlder) {
      return diverged(common);
    }
    ContactVerdict inconsistent = inconsistent(aOlder, bOlder);
    if (inconsistent != null) {
      return inconsistent;
    }
    return same ? sameGeneration() : descendant(aOlder ? Side.PEER : Side.ME);
  }

  private ContactVerdict diverged(Generation common) {
    boolean aEmpty = a.branchEmpty(common);
    boolean bEmpty = b.branchEmpty(common);
    // nor is a copy that serves given up for one that cannot
    boolean onlyWhole = aEmpty ? onlyServes(a, b) : onlyServes(b, a);
    if (!aEmpty && !bEmpty || aEmpty != bEmpty && onlyWhole) {
      long fork = Math.min(a.forkAfter(common).forkSequence(), b.forkAfter(common).forkSequence());
      return new ContactVerdict.Split(
          common,
          fork,
          SplitDecision.keeps(a, b),
          "the histories parted after operation " + fork + " of " + common);
    }
    // of two empty branches the one that serves stays
    boolean dropA = aEmpty && (!bEmpty || (b.live() && !a.live()));
    return new ContactVerdict.DropBranch(
        dropA ? Side.ME : Side.PEER, common, "its branch holds no operation");
  }

  private static boolean onlyServes(ContactRecord one, ContactRecord other) {
    return one.live() && !other.live() && other.dataState() == DataState.INCONSISTENT;
  }

  private ContactVerdict inconsistent(boolean aOlder, boolean bOlder) {
    boolean aBad = a.dataState() == DataState.INCONSISTENT;
    boolean bBad = b.dataState() == DataState.INCONSISTENT;
    if (aBad && bBad) {
      return new ContactVerdict.BothInconsistent("both copies are in the middle of a change");
    }
    if (!aBad && !bBad) {
      return null;
    }
    // the whole copy must be of the same generation as the other, or newer
    if (aBad ? aOlder : bOlder) {
      Side source = aBad ? Side.PEER : Side.ME;
      return new ContactVerdict.Source(source, extent(source), "the other copy is not whole");
    }
    return oldWhole(aBad ? Side.ME : Side.PEER);
  }

  /**
   * The newer copy is not whole: a takeover, say, that could not bring its tree to its journal's
   * end. If it held nothing that the older one lacks, that one is as good as it.
   */
  private ContactVerdict oldWhole(Side newer) {
    ContactRecord bad = newer == Side.ME ? a : b;
    ContactRecord whole = newer == Side.ME ? b : a;
    boolean complete =
        whole.clean() && whole.lastSequence() >= bad.forkAfter(whole.generation()).forkSequence();
    if (complete && !bad.live() && bad.branchEmpty(whole.generation())) {
      return new ContactVerdict.DropBranch(
          newer, whole.generation(), "its branch holds no operation, and its copy is not whole");
    }
    return new ContactVerdict.BothInconsistent(
        "the newer copy is not whole, and the whole one is old");
  }

  private ContactVerdict descendant(Side newer) {
    ContactRecord source = newer == Side.ME ? a : b;
    ContactRecord older = newer == Side.ME ? b : a;
    if (older.live() && !source.live() && source.branchEmpty(older.generation())) {
      return new ContactVerdict.DropBranch(
          newer, older.generation(), "its branch holds no operation and the other node serves");
    }
    return new ContactVerdict.Source(newer, extent(newer), "its history is the newer one");
  }

  /** How much the source's map and the target's own knowledge cover. */
  private Extent extent(Side source) {
    ContactRecord from = source == Side.ME ? a : b;
    ContactRecord to = source == Side.ME ? b : a;
    boolean base =
        to.incarnation().equals(from.mapBasePeer()) && to.position() >= from.mapBaseSequence();
    return base && !to.verify() && !from.verify() ? Extent.BY_MAP : Extent.FULL_VERIFY;
  }

  private ContactVerdict sameGeneration() {
    if (a.live() && b.live()) {
      return new ContactVerdict.Split(
          a.generation(),
          Math.min(a.lastSequence(), b.lastSequence()),
          "both nodes claim to be primary of " + a.generation());
    }
    if (a.live() || b.live()) {
      return oneLive(a.live() ? Side.ME : Side.PEER);
    }
    if (a.verify() != b.verify()) {
      return oneDoubtful(a.verify() ? Side.ME : Side.PEER);
    }
    boolean onePrimary = a.wasPrimary() != b.wasPrimary();
    if (a.verify()) {
      // neither may be called in sync before every file was compared
      boolean mine = onePrimary ? a.wasPrimary() : a.position() >= b.position();
      return new ContactVerdict.Source(
          mine ? Side.ME : Side.PEER, Extent.FULL_VERIFY, "both copies are doubtful");
    }
    return onePrimary ? noneLive(a.wasPrimary() ? Side.ME : Side.PEER) : noPrimary();
  }

  /**
   * A copy that failed may be the only one with all that was acknowledged: the primary lost power
   * before it knew, and with it what it had not forced, while the other's journal still has it.
   * That one serves, once its own journal has mended its tree.
   */
  private ContactVerdict oneDoubtful(Side doubtful) {
    ContactRecord failed = doubtful == Side.ME ? a : b;
    ContactRecord other = doubtful == Side.ME ? b : a;
    boolean lacks = other.wasPrimary() && !other.clean() && other.lostPower();
    if (lacks && !failed.wasPrimary() && !failed.lostPower()) {
      return new ContactVerdict.Serve(
          doubtful, "its copy failed, but only its journal has all that was acknowledged");
    }
    return new ContactVerdict.Source(
        doubtful.mirrored(), Extent.FULL_VERIFY, "the other copy is doubtful");
  }

  private ContactVerdict oneLive(Side live) {
    ContactRecord primary = live == Side.ME ? a : b;
    ContactRecord other = live == Side.ME ? b : a;
    boolean attached =
        primary.role() != Role.ALONE && !other.verify() && other.dataState() != DataState.OUTDATED;
    boolean held =
        primary.resendFrom() <= other.position() + 1 && other.position() <= primary.lastSequence();
    if (attached && held) {
      return new ContactVerdict.Resume(live, "everything since is still held");
    }
    if (other.verify() || primary.verify()) {
      return new ContactVerdict.Source(live, Extent.FULL_VERIFY, "a copy is doubtful");
    }
    return new ContactVerdict.Source(
        live, Extent.BY_MAP, "it serves, and the stream cannot go on where it broke");
  }

  private ContactVerdict noneLive(Side primary) {
    ContactRecord p = primary == Side.ME ? a : b;
    ContactRecord s = primary == Side.ME ? b : a;
    boolean equal = p.lastSequence() == s.lastSequence();
    if (p.clean() && !p.lostPower() && !s.lostPower() && equal) {
      return new ContactVerdict.InSync(primary, "both hold the same");
    }
    if (p.clean() && s.clean() && equal) {
      return new ContactVerdict.InSync(primary, "both stopped in good order at the same operation");
    }
    if (!p.clean() && !s.lostPower()) {
      return new ContactVerdict.Serve(
          primary.mirrored(), "what the last primary acknowledged is all in this journal");
    }
    if (s.lostPower() && p.lostPower() && !p.clean()) {
      return new ContactVerdict.Source(
          primary,
          p.hotSetKnown() ? Extent.BY_MAP : Extent.FULL_VERIFY,
          "both lost power: the last primary's tree counts");
    }
    return new ContactVerdict.Source(
        primary,
        Extent.BY_MAP,
        "it was the last primary, and the other may lack its last operations");
  }

  /**
   * Both, or neither, say that they were primary: the longer journal holds the shorter one. Of two
   * that end alike the tree counts that no loss of power can have left ahead of its journal.
   */
  private ContactVerdict noPrimary() {
    if (a.position() == b.position()) {
      if (mayBeAhead(a) != mayBeAhead(b)) {
        return new ContactVerdict.Serve(
            mayBeAhead(a) ? Side.PEER : Side.ME, "both hold the same, and the other lost power");
      }
      return new ContactVerdict.InSync(Side.ME, "both hold the same");
    }
    return new ContactVerdict.Serve(
        a.position() > b.position() ? Side.ME : Side.PEER, "its journal is the longer one");
  }

  /** Its tree may have what its journal had not forced, and no longer tells of. */
  private static boolean mayBeAhead(ContactRecord node) {
    return node.lostPower() && !node.clean();
  }
}
