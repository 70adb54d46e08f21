package io.lockstep.failover.contact;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What a node tells of a module when it meets its peer.
 *
 * @param incarnation random, drawn when the node's state directory was created
 * @param generation {@link Generation#NONE} without data
 * @param history how the generation came about, newest first; at least 32 are kept
 * @param role now
 * @param wasPrimary whether this node's durable record says that it numbered the operations
 * @param clean whether it last stopped, or stepped down, in good order
 * @param lostPower whether the machine booted since the record was last written: what was not
 *     forced may be gone
 * @param empty whether it holds no data at all
 * @param verify whether its copy must be compared in full before it counts again
 * @param lastSequence last operation in its journal, or numbered by it; the final one when clean
 * @param durableSequence up to which its journal survives a loss of power
 * @param checkpoint up to which its tree does
 * @param resendFrom first operation that it can still send again; {@code lastSequence + 1} for none
 * @param hotSetKnown whether it knows durably what it may have touched above its checkpoint
 * @param mapBasePeer incarnation that its dirty map is good for; null for none
 * @param mapBaseSequence operation from which on the map holds everything
 * @param yieldsTo generation that an operator preferred to this node's branch; NONE otherwise
 * @param barred incarnations never to be talked to again
 * @param ballot what it brings to the decision of a split
 */
public record ContactRecord(
    String cluster,
    String module,
    UUID incarnation,
    Generation generation,
    List<Ancestor> history,
    Role role,
    boolean wasPrimary,
    DataState dataState,
    boolean clean,
    boolean lostPower,
    boolean empty,
    boolean verify,
    long lastSequence,
    long durableSequence,
    long checkpoint,
    long resendFrom,
    boolean hotSetKnown,
    UUID mapBasePeer,
    long mapBaseSequence,
    Generation yieldsTo,
    Set<UUID> barred,
    SplitBallot ballot) {
  public ContactRecord {
    history = List.copyOf(history);
    barred = Set.copyOf(barred);
  }

  /** Of a node that leaves the decision of a split to an operator. */
  public ContactRecord(
      String cluster,
      String module,
      UUID incarnation,
      Generation generation,
      List<Ancestor> history,
      Role role,
      boolean wasPrimary,
      DataState dataState,
      boolean clean,
      boolean lostPower,
      boolean empty,
      boolean verify,
      long lastSequence,
      long durableSequence,
      long checkpoint,
      long resendFrom,
      boolean hotSetKnown,
      UUID mapBasePeer,
      long mapBaseSequence,
      Generation yieldsTo,
      Set<UUID> barred) {
    this(
        cluster,
        module,
        incarnation,
        generation,
        history,
        role,
        wasPrimary,
        dataState,
        clean,
        lostPower,
        empty,
        verify,
        lastSequence,
        durableSequence,
        checkpoint,
        resendFrom,
        hotSetKnown,
        mapBasePeer,
        mapBaseSequence,
        yieldsTo,
        barred,
        SplitBallot.NONE);
  }

  /** The same with another ballot. */
  public ContactRecord with(SplitBallot ballot) {
    return new ContactRecord(
        cluster,
        module,
        incarnation,
        generation,
        history,
        role,
        wasPrimary,
        dataState,
        clean,
        lostPower,
        empty,
        verify,
        lastSequence,
        durableSequence,
        checkpoint,
        resendFrom,
        hotSetKnown,
        mapBasePeer,
        mapBaseSequence,
        yieldsTo,
        barred,
        ballot);
  }

  /** Whether it serves now. */
  boolean live() {
    return role == Role.PRIMARY || role == Role.BLOCKED || role == Role.ALONE;
  }

  /** Last operation that it holds for certain. */
  long position() {
    return lostPower ? Math.max(checkpoint, durableSequence) : lastSequence;
  }

  /** Whether {@code ancestor} is this generation or one that it came from. */
  boolean descendsFrom(Generation ancestor) {
    return generation.equals(ancestor) || forkAfter(ancestor) != null;
  }

  /** The fork by which this node's history left {@code ancestor}; null if it never did. */
  Ancestor forkAfter(Generation ancestor) {
    Generation at = generation;
    for (Ancestor fork : history) {
      if (!fork.generation().equals(at)) {
        continue;
      }
      if (fork.parent().equals(ancestor)) {
        return fork;
      }
      at = fork.parent();
    }
    return null;
  }

  /** Whether this node numbered nothing since it left {@code ancestor}. */
  boolean branchEmpty(Generation ancestor) {
    Ancestor fork = forkAfter(ancestor);
    return fork != null && lastSequence <= fork.forkSequence();
  }

  /** Newest generation that both histories hold; null for none. */
  Generation commonWith(ContactRecord other) {
    if (other.descendsFrom(generation)) {
      return generation;
    }
    Generation at = generation;
    for (Ancestor fork : history) {
      if (fork.generation().equals(at)) {
        at = fork.parent();
        if (!at.isNone() && other.descendsFrom(at)) {
          return at;
        }
      }
    }
    return null;
  }
}
