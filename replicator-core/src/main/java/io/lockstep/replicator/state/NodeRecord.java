package io.lockstep.replicator.state;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Everything that a node must still know of one module after a crash or a loss of power.
 *
 * @param incarnation random, drawn when this state was created
 * @param view highest view this node acted in
 * @param promisedView highest view it promised; it refuses lower ones
 * @param history newest first, at most {@link #MAX_HISTORY}
 * @param intent a generation to take over with, not committed yet
 * @param finalSequence last sequence at the clean stop; meaningless unless {@code clean}
 * @param bootId of the machine when this was written
 * @param ownCheckpoint sequence up to which this node's tree is on stable storage
 * @param peerCheckpoint the same of the peer, as it told
 * @param journalDurable sequence up to which the journal is known to be on stable storage
 * @param aloneSinceMs wall clock, milliseconds since 1970; 0 when not alone
 * @param barred incarnations of the peer that are never accepted again
 * @param notes room for more, by key
 */
public record NodeRecord(
    String cluster,
    String module,
    UUID incarnation,
    long view,
    long promisedView,
    Generation generation,
    List<Ancestor> history,
    Optional<Ancestor> intent,
    Standing standing,
    boolean clean,
    long finalSequence,
    String bootId,
    DataState dataState,
    long ownCheckpoint,
    long peerCheckpoint,
    long journalDurable,
    long aloneSinceMs,
    Optional<DirtyBase> dirtyBase,
    Set<UUID> barred,
    Map<String, String> notes) {
  /** Most steps of history that are kept. */
  public static final int MAX_HISTORY = 64;

  /** Copies the collections and cuts the history to its newest {@link #MAX_HISTORY} steps. */
  public NodeRecord {
    history = List.copyOf(history.subList(0, Math.min(history.size(), MAX_HISTORY)));
    barred = Set.copyOf(barred);
    notes = Map.copyOf(notes);
  }

  /** A node that knows nothing yet: no history, INCONSISTENT, WAITING. */
  public static NodeRecord create(String cluster, String module, UUID incarnation, String bootId) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        0,
        0,
        Generation.NONE,
        List.of(),
        Optional.empty(),
        Standing.WAITING,
        false,
        0,
        bootId,
        DataState.INCONSISTENT,
        0,
        0,
        0,
        0,
        Optional.empty(),
        Set.of(),
        Map.of());
  }

  /** This record after {@code step} began: its generation is current, and no intent is left. */
  public NodeRecord began(Ancestor step) {
    List<Ancestor> longer = new ArrayList<>(history);
    longer.add(0, step);
    return withGeneration(step.generation(), longer).withIntent(Optional.empty());
  }

  /** This record in another view. */
  public NodeRecord withView(long view) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with a higher promise. */
  public NodeRecord withPromisedView(long promisedView) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record in another generation, with its whole history. */
  public NodeRecord withGeneration(Generation generation, List<Ancestor> history) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with another intent. */
  public NodeRecord withIntent(Optional<Ancestor> intent) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record in another role. */
  public NodeRecord withStanding(Standing standing) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record after a clean stop, or no longer so. */
  public NodeRecord withClean(boolean clean, long finalSequence) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record in another boot. */
  public NodeRecord withBootId(String bootId) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with another state of the data. */
  public NodeRecord withDataState(DataState dataState) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with another checkpoint. */
  public NodeRecord withOwnCheckpoint(long ownCheckpoint) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with another checkpoint of the peer. */
  public NodeRecord withPeerCheckpoint(long peerCheckpoint) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with another durable mark of the journal. */
  public NodeRecord withJournalDurable(long journalDurable) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record alone since then, 0 for not alone. */
  public NodeRecord withAloneSinceMs(long aloneSinceMs) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with another base of the dirty map. */
  public NodeRecord withDirtyBase(Optional<DirtyBase> dirtyBase) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with other barred incarnations. */
  public NodeRecord withBarred(Set<UUID> barred) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }

  /** This record with other notes. */
  public NodeRecord withNotes(Map<String, String> notes) {
    return new NodeRecord(
        cluster,
        module,
        incarnation,
        view,
        promisedView,
        generation,
        history,
        intent,
        standing,
        clean,
        finalSequence,
        bootId,
        dataState,
        ownCheckpoint,
        peerCheckpoint,
        journalDurable,
        aloneSinceMs,
        dirtyBase,
        barred,
        notes);
  }
}
