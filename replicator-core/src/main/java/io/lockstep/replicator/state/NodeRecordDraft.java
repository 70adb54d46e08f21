package io.lockstep.replicator.state;

import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A {@link NodeRecord} while some of its fields change. */
final class NodeRecordDraft {
  private final String cluster;
  private final String module;
  private final UUID incarnation;
  long view;
  long promisedView;
  Generation generation;
  List<Ancestor> history;
  Optional<Ancestor> intent;
  Standing standing;
  boolean clean;
  long finalSequence;
  String bootId;
  DataState dataState;
  long ownCheckpoint;
  long peerCheckpoint;
  long journalDurable;
  long aloneSinceMs;
  Set<UUID> barred;
  Map<String, String> notes;

  NodeRecordDraft(NodeRecord from) {
    cluster = from.cluster();
    module = from.module();
    incarnation = from.incarnation();
    view = from.view();
    promisedView = from.promisedView();
    generation = from.generation();
    history = from.history();
    intent = from.intent();
    standing = from.standing();
    clean = from.clean();
    finalSequence = from.finalSequence();
    bootId = from.bootId();
    dataState = from.dataState();
    ownCheckpoint = from.ownCheckpoint();
    peerCheckpoint = from.peerCheckpoint();
    journalDurable = from.journalDurable();
    aloneSinceMs = from.aloneSinceMs();
    barred = from.barred();
    notes = from.notes();
  }

  NodeRecord record() {
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
        barred,
        notes);
  }
}
