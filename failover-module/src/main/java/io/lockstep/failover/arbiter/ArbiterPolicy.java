package io.lockstep.failover.arbiter;

import io.lockstep.failover.role.RoleEffect.Question;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * What each question means for the in-sync record (PROTOCOL §3). Pure.
 *
 * <p>The rules: a member of {@code inSync} whose copy descends from the recorded generation may be
 * promoted, nobody else; the peer leaves {@code inSync} before the first operation is acknowledged
 * without it, and comes back only after it is durably up to date; whoever is not the recorded
 * primary changes nothing but by being promoted.
 */
public final class ArbiterPolicy {
  /** What is to be done about a question. */
  public sealed interface Ruling {
    /** Granted once this record is in place. */
    record Swap(InSyncRecord wanted) implements Ruling {}

    /** Granted as things are. */
    record Grant() implements Ruling {}

    /** Not granted. */
    record Refuse(String reason) implements Ruling {}
  }

  private ArbiterPolicy() {}

  /**
   * Rules on one question.
   *
   * @param undo the record before this node's last change that it may have to take back; null for
   *     none
   */
  public static Ruling rule(
      Question question, Claim claim, InSyncRecord current, InSyncRecord undo) {
    return switch (question) {
      case PROBE -> new Ruling.Grant();
      case FORCE -> mine(claim, current);
      case TAKE_OVER -> takeOver(claim, current);
      case ALONE -> alone(claim, current);
      case ADMIT_PEER -> admit(claim, current);
      case WITHDRAW -> withdraw(claim, current, undo);
    };
  }

  private static Ruling takeOver(Claim claim, InSyncRecord current) {
    if (!current.exists()) {
      return claim.alone() || claim.inContact()
          ? mine(claim, current)
          : new Ruling.Refuse(
              "the arbiter holds no record, and only a node that ran alone, or both in contact, may"
                  + " begin one");
    }
    String hindrance = hindrance(claim, current);
    return hindrance == null ? mine(claim, current) : new Ruling.Refuse(hindrance);
  }

  private static Ruling alone(Claim claim, InSyncRecord current) {
    if (!current.exists()) {
      return mine(claim, current);
    }
    if (!current.primary().equals(claim.me())) {
      return new Ruling.Refuse("the arbiter's record names another primary: " + current);
    }
    String hindrance = hindrance(claim, current);
    return hindrance == null ? mine(claim, current) : new Ruling.Refuse(hindrance);
  }

  /** Why this node may not be promoted; null if it may. */
  private static String hindrance(Claim claim, InSyncRecord current) {
    if (!current.inSync().contains(claim.me())) {
      return "this node is not in sync by the arbiter's record: " + current;
    }
    if (!claim.lineage().contains(current.generation())) {
      return "this node's copy ("
          + claim.generation()
          + ") is older than the arbiter's record, as after a restore from a backup: "
          + current;
    }
    return null;
  }

  /**
   * What was before is not known any more, since the agent started anew, or was this node's own
   * already: but the peer numbers the operations of the history that this node's copy is of, and so
   * has every one that was acknowledged in it.
   */
  private static InSyncRecord theirs(Claim claim, InSyncRecord current) {
    Set<UUID> members = claim.eligible() ? Set.of(claim.me(), claim.peer()) : Set.of(claim.peer());
    return new InSyncRecord(current.view() + 1, claim.generation(), claim.peer(), members, 0);
  }

  private static Ruling mine(Claim claim, InSyncRecord current) {
    return new Ruling.Swap(
        new InSyncRecord(
            current.view() + 1, claim.generation(), claim.me(), Set.of(claim.me()), 0));
  }

  private static Ruling admit(Claim claim, InSyncRecord current) {
    if (claim.peer() == null) {
      return new Ruling.Refuse("the peer was never met");
    }
    if (current.exists() && !current.primary().equals(claim.me())) {
      return new Ruling.Refuse("the arbiter's record names another primary: " + current);
    }
    InSyncRecord wanted =
        new InSyncRecord(
            Math.max(1, current.view()),
            claim.generation(),
            claim.me(),
            Set.of(claim.me(), claim.peer()),
            0);
    // also when nothing changes: an earlier change of unknown outcome cannot come late then
    return new Ruling.Swap(wanted);
  }

  /**
   * A right that was asked for and never used is given back, or, if it was not given, kept from
   * being given late. The node has acknowledged nothing under it.
   */
  private static Ruling withdraw(Claim claim, InSyncRecord current, InSyncRecord undo) {
    boolean given = current.primary().equals(claim.me());
    boolean known = undo != null && undo.exists();
    if (given && claim.peerServes() && !(known && undo.primary().equals(claim.peer()))) {
      return new Ruling.Swap(theirs(claim, current));
    }
    if (!known) {
      return given ? new Ruling.Grant() : new Ruling.Refuse("there is nothing to take back");
    }
    if (!given && !current.sameAs(undo)) {
      return new Ruling.Refuse("the record has changed since");
    }
    Set<UUID> members = new HashSet<>(undo.inSync());
    if (!claim.eligible() && members.size() > 1) {
      members.remove(claim.me());
    }
    return new Ruling.Swap(
        new InSyncRecord(current.view() + 1, undo.generation(), undo.primary(), members, 0));
  }
}
