package io.lockstep.replicator.state;

import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

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
        Set.of(),
        Map.of());
  }

  /** This record after {@code step} began: its generation is current, and no intent is left. */
  public NodeRecord began(Ancestor step) {
    List<Ancestor> longer = new ArrayList<>(history);
    longer.add(0, step);
    return withGeneration(step.generation(), longer).withIntent(Optional.empty());
  }

  private NodeRecord changed(Consumer<NodeRecordDraft> change) {
    NodeRecordDraft draft = new NodeRecordDraft(this);
    change.accept(draft);
    return draft.record();
  }

  /** This record in another view. */
  public NodeRecord withView(long view) {
    return changed(draft -> draft.view = view);
  }

  /** This record with a higher promise. */
  public NodeRecord withPromisedView(long promisedView) {
    return changed(draft -> draft.promisedView = promisedView);
  }

  /** This record in another generation, with its whole history. */
  public NodeRecord withGeneration(Generation generation, List<Ancestor> history) {
    return changed(
        draft -> {
          draft.generation = generation;
          draft.history = history;
        });
  }

  /** This record with another intent. */
  public NodeRecord withIntent(Optional<Ancestor> intent) {
    return changed(draft -> draft.intent = intent);
  }

  /** This record in another role. */
  public NodeRecord withStanding(Standing standing) {
    return changed(draft -> draft.standing = standing);
  }

  /** This record after a clean stop, or no longer so. */
  public NodeRecord withClean(boolean clean, long finalSequence) {
    return changed(
        draft -> {
          draft.clean = clean;
          draft.finalSequence = finalSequence;
        });
  }

  /** This record in another boot. */
  public NodeRecord withBootId(String bootId) {
    return changed(draft -> draft.bootId = bootId);
  }

  /** This record with another state of the data. */
  public NodeRecord withDataState(DataState dataState) {
    return changed(draft -> draft.dataState = dataState);
  }

  /** This record with another checkpoint. */
  public NodeRecord withOwnCheckpoint(long ownCheckpoint) {
    return changed(draft -> draft.ownCheckpoint = ownCheckpoint);
  }

  /** This record with another checkpoint of the peer. */
  public NodeRecord withPeerCheckpoint(long peerCheckpoint) {
    return changed(draft -> draft.peerCheckpoint = peerCheckpoint);
  }

  /** This record with another durable mark of the journal. */
  public NodeRecord withJournalDurable(long journalDurable) {
    return changed(draft -> draft.journalDurable = journalDurable);
  }

  /** This record alone since then, 0 for not alone. */
  public NodeRecord withAloneSinceMs(long aloneSinceMs) {
    return changed(draft -> draft.aloneSinceMs = aloneSinceMs);
  }

  /** This record with other barred incarnations. */
  public NodeRecord withBarred(Set<UUID> barred) {
    return changed(draft -> draft.barred = barred);
  }

  /** This record with other notes. */
  public NodeRecord withNotes(Map<String, String> notes) {
    return changed(draft -> draft.notes = notes);
  }
}
