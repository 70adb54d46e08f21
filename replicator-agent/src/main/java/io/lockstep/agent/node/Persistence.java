package io.lockstep.agent.node;

import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.DurableStanding;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.reintegration.DirtyBase;
import io.lockstep.replicator.reintegration.Touched;
import io.lockstep.replicator.reintegration.TouchedSet;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.state.Standing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes each {@link Change} of a role machine durable, with everything that must be durable
 * together with it: the map of what the peer may lack comes before the generation that makes it
 * needed.
 *
 * <p>One thread at a time: the module's effects.
 */
final class Persistence {
  /** Note: who stopped the module. */
  static final String STOPPED_BY = "stoppedBy";

  /** Note: who left decisions to the operator. */
  private static final String PAUSED_BY = "pausedBy";

  /** Note: the generation that an operator preferred to this node's branch. */
  static final String YIELDS_TO = "yieldsTo";

  /** Note: this copy must be compared in full before it counts again. */
  static final String VERIFY = "verify";

  private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);
  private static final UUID NOBODY = new UUID(0, 0);
  private static final int TOUCHED_AT_ONCE = 4096;

  private final Host host;
  private final ModuleData data;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Serving serving;
  private final Checkpoints checkpoints;
  private final ModuleContext context;

  Persistence(
      ModuleContext context,
      ModuleData data,
      PrimaryStream primary,
      SecondaryStream secondary,
      Serving serving,
      Checkpoints checkpoints) {
    this.serving = serving;
    this.checkpoints = checkpoints;
    this.context = context;
    this.host = context.host();
    this.data = data;
    this.primary = primary;
    this.secondary = secondary;
  }

  /** What the role machine learns at boot. */
  DurableStanding standing() {
    NodeRecord record = data.record();
    String stoppedBy = record.notes().get(STOPPED_BY);
    return new DurableStanding(
        record.generation(),
        record.view(),
        stoppedBy != null,
        record.standing() == Standing.ALONE,
        stoppedBy == null ? "" : stoppedBy,
        record.clean(),
        record.dataState(),
        record.notes().getOrDefault(PAUSED_BY, ""),
        !data.lostPower());
  }

  /**
   * Performs {@code change}; durable on return.
   *
   * @param peer the peer's record as of the last contact, or null
   * @return the generation drawn, or null
   */
  Generation perform(Change change, ContactRecord peer) throws IOException, InterruptedException {
    if (change instanceof Change.BeginGeneration begin) {
      return switch (begin.stage()) {
        case INTENT -> intend(peer);
        case COMMIT -> commit();
        case ALONE -> alone(peer);
      };
    } else if (change instanceof Change.Promise promise) {
      data.state.update(record -> record.withView(promise.view()).withPromisedView(promise.view()));
    } else if (change instanceof Change.AbandonIntent) {
      data.state.update(record -> record.withIntent(Optional.empty()));
    } else if (change instanceof Change.Standing standing) {
      stand(standing);
    } else if (change instanceof Change.Data state) {
      data.state.update(record -> record.withDataState(state.dataState()));
      if (state.verify()) {
        data.note(VERIFY, "true");
      }
    } else if (change instanceof Change.Followed followed) {
      followed(followed.generation(), peer);
    } else if (change instanceof Change.StepDown down) {
      stepDown(down);
    } else if (change instanceof Change.DropBranch drop) {
      refuseIfNumbered(drop.back());
      data.state.update(record -> dropped(record, drop.back()));
    } else if (change instanceof Change.Maintenance maintenance) {
      data.note(PAUSED_BY, maintenance.by().isEmpty() ? null : maintenance.by());
    } else if (change instanceof Change.YieldTo yield) {
      data.note(YIELDS_TO, yield.keeps().toString());
      data.state.update(record -> record.withDataState(DataState.OUTDATED));
    }
    return null;
  }

  private Generation intend(ContactRecord peer) throws IOException {
    NodeRecord record = data.record();
    long fork = lastSequence();
    if (record.standing() != Standing.ALONE) {
      long kept = keptByPeer(record, peer, fork);
      data.tracker.beginAgain(base(record, peer, kept));
      if (doubtsAll(record)) {
        data.tracker.markEverything();
      } else {
        trackFromJournal(kept, fork);
      }
    }
    CrashPoint.TAKEOVER_TOUCHED_TRACKED.reached();
    Generation next = Generation.of(host.execution().randomUuid());
    data.tracker.beginsUnnumbered(next);
    data.state.update(
        r ->
            r.withIntent(Optional.of(new Ancestor(next, r.generation(), fork)))
                // Not the fork: a node that ran alone numbered beyond what its journal ever held.
                .withJournalDurable(data.journal.durableSequence()));
    CrashPoint.TAKEOVER_INTENT.reached();
    return next;
  }

  /**
   * Whether no journal here tells in what the trees may differ: has what this node numbered itself,
   * and what the peer was sent and this node gave up, or what a loss of power took of what the peer
   * did. Either tree may hold any part of it.
   */
  static boolean doubtsAll(NodeRecord record) {
    boolean numbered = record.standing() == Standing.PRIMARY && !record.clean();
    return numbered
        || record.notes().containsKey(ModuleData.LOST_POWER)
        || record.notes().containsKey(ModuleData.GAVE_UP);
  }

  /**
   * Up to which operation the peer has everything even if it loses power now: its tree's
   * checkpoint, or, if it stopped in order and told of this very history, the end of what its
   * journal has on stable storage. The latter spares two nodes that stopped in order the comparison
   * of all they have: nobody's journal has what the serving one numbered itself. One that serves
   * does not count: its end is what it numbered, in no journal of its own and not yet synced.
   *
   * @param peer what it told when both met last; null if they have not met
   */
  static long keptByPeer(NodeRecord record, ContactRecord peer, long fork) {
    boolean told =
        peer != null
            && peer.generation().equals(record.generation())
            && peer.dataState() == DataState.UP_TO_DATE
            && peer.clean()
            && !peer.verify()
            && !peer.lostPower();
    long journaled = told ? Math.min(fork, peer.durableSequence()) : 0;
    return Math.max(record.peerCheckpoint(), journaled);
  }

  private long lastSequence() {
    return Math.max(secondary.progress().received(), data.lastSequence());
  }

  private static DirtyBase base(NodeRecord record, ContactRecord peer, long sequence) {
    return new DirtyBase(peer == null ? NOBODY : peer.incarnation(), record.generation(), sequence);
  }

  /**
   * The peer may lack any operation above what it keeps if it loses power, and those that it never
   * applied. Most likely it has them all, so their content is compared, not sent.
   */
  private void trackFromJournal(long kept, long fork) throws IOException {
    if (kept >= fork) {
      return;
    }
    if (data.journal.firstSequence() > kept + 1) {
      data.tracker.markEverything();
      return;
    }
    List<Touched> touched = new ArrayList<>();
    data.journal.read(
        kept + 1,
        (sequence, payload) -> {
          Operation operation = OperationCodec.decode(payload);
          touched.addAll(TouchedSet.inDoubt(operation.plain()));
          if (touched.size() > TOUCHED_AT_ONCE) {
            data.tracker.add(touched);
            touched.clear();
          }
          return true;
        });
    data.tracker.add(touched);
  }

  private Generation commit() throws IOException {
    data.state.update(
        record ->
            servesAlone(
                record
                    .intent()
                    .map(record::began)
                    .orElseThrow(() -> new IllegalStateException("no intent"))));
    CrashPoint.TAKEOVER_COMMITTED.reached();
    data.forget(ModuleData.LOST_POWER, ModuleData.GAVE_UP);
    return null;
  }

  private NodeRecord servesAlone(NodeRecord record) {
    return record
        .withStanding(Standing.ALONE)
        .withClean(false, 0)
        .withDataState(DataState.UP_TO_DATE)
        .withAloneSinceMs(host.wallTimeMs());
  }

  private Generation alone(ContactRecord peer) throws IOException, InterruptedException {
    checkpoints.soon();
    if (!checkpoints.await(context.cluster().timing().ackTimeout())) {
      LOG.warn(
          "Module {} goes on alone before its files are on stable storage: a loss of power now"
              + " takes what was not synced",
          context.name());
    }
    NodeRecord record = data.record();
    PrimaryStream.Progress progress = primary.progress();
    if (record.standing() != Standing.ALONE || data.tracker.base().isEmpty()) {
      data.tracker.begin(base(record, peer, progress.durable()));
    }
    CrashPoint.ALONE_MAP_BEGUN.reached();
    List<Touched> touched = new ArrayList<>();
    for (Operation operation : primary.unconfirmed()) {
      touched.addAll(TouchedSet.of(operation));
    }
    data.tracker.add(touched);
    Generation next = Generation.of(host.execution().randomUuid());
    long fork = progress.received();
    CrashPoint.ALONE_UNCONFIRMED_TRACKED.reached();
    data.state.update(r -> servesAlone(r.began(new Ancestor(next, r.generation(), fork))));
    CrashPoint.ALONE_RECORDED.reached();
    return next;
  }

  private void stand(Change.Standing standing) throws IOException {
    if (standing.role() == Role.STOPPED) {
      data.note(STOPPED_BY, standing.who().isEmpty() ? "an operator" : standing.who());
    } else if (standing.role() == Role.PRIMARY) {
      checkpoints.sync();
      CrashPoint.SOURCE_PRIMARY_SYNCED.reached();
      long completed = primary.completedSequence();
      data.state.update(
          record ->
              record
                  .withStanding(Standing.PRIMARY)
                  .withAloneSinceMs(0)
                  .withOwnCheckpoint(completed));
      CrashPoint.SOURCE_PRIMARY_RECORDED.reached();
      // the return compared everything, if either copy was doubtful
      data.note(VERIFY, null);
      data.note(ModuleData.EPOCHS, ModuleData.stillNames(data.record().notes()));
      data.tracker.clear();
      CrashPoint.SOURCE_MAP_CLEARED.reached();
      primary.tellCheckpoint(completed);
    } else {
      data.note(STOPPED_BY, null);
      if (standing.role() == Role.SECONDARY) {
        // it holds again what a loss of power may have taken
        data.forget(ModuleData.LOST_POWER, ModuleData.GAVE_UP);
        data.state.update(record -> record.withStanding(Standing.SECONDARY).withClean(false, 0));
      }
    }
  }

  private void followed(Generation generation, ContactRecord peer) throws IOException {
    removeStaging();
    SecondaryStream.Progress progress = secondary.progress();
    data.state.update(
        record -> {
          Map<String, String> notes = new HashMap<>(record.notes());
          notes.remove(ModuleData.LOST_POWER);
          notes.remove(ModuleData.SESSION);
          notes.remove(YIELDS_TO);
          notes.remove(ModuleData.EPOCHS);
          notes.remove(VERIFY);
          notes.remove(ModuleData.UNSYNCED);
          notes.remove(ModuleData.GAVE_UP);
          return record
              .withGeneration(generation, peer.history())
              .withIntent(Optional.empty())
              .withStanding(Standing.SECONDARY)
              .withDataState(DataState.UP_TO_DATE)
              .withClean(false, 0)
              .withAloneSinceMs(0)
              .withOwnCheckpoint(progress.checkpoint())
              .withPeerCheckpoint(0)
              .withJournalDurable(progress.durable())
              .withNotes(notes);
        });
    CrashPoint.TARGET_RECORDED.reached();
    data.tracker.clear();
    CrashPoint.TARGET_MAP_CLEARED.reached();
  }

  /**
   * The place for files on their way to another name is needed no more, and is not seen where the
   * store keeps nothing of its own there. It goes, durably, before this copy counts as whole: a
   * loss of power that kept the removal and not the directory's time, or an operation applied in
   * between, would leave that time another one.
   */
  private void removeStaging() throws IOException {
    secondary.setApplying(false);
    try {
      for (int directory = 0; directory < data.store.directories(); directory++) {
        TreePath root = TreePath.root(directory);
        long modifiedNs = data.store.status(root).modifyNs();
        data.store.leaveStaging(directory);
        data.store.setAttributes(root, AttributeChange.modified(modifiedNs));
      }
      data.store.syncAll();
    } catch (IOException e) {
      data.syncFailed();
      throw e;
    } finally {
      secondary.setApplying(true);
    }
  }

  private void stepDown(Change.StepDown down) throws IOException, InterruptedException {
    boolean numbered =
        primary.mode() != PrimaryStream.Mode.CLOSED || primary.completedSequence() > 0;
    primary.close("this node has handed the module over");
    if (!serving.settled(Serving.SETTLE_TIMEOUT_MS)) {
      throw new IOException("operations of the service that was taken down have not ended");
    }
    long last = numbered ? primary.completedSequence() : lastSequence();
    if (numbered) {
      checkpoints.sync();
      CrashPoint.HANDOVER_SYNCED.reached();
      if (gaveUp(primary.progress())) {
        data.note(ModuleData.GAVE_UP, "true");
      }
      data.state.update(record -> record.withOwnCheckpoint(last));
      secondary.rebase(last);
      CrashPoint.HANDOVER_REBASED.reached();
      primary.forget();
    }
    data.state.update(
        record ->
            record
                .withStanding(left(record, numbered, down))
                // what it counts as its end is in its journal: less, when it opens next, is damage
                .withJournalDurable(data.journal.durableSequence())
                .withClean(down.clean(), down.clean() ? last : 0)
                .withDataState(down.dataState()));
    CrashPoint.HANDOVER_STEPPED_DOWN.reached();
  }

  /** Whether the peer was sent what this node never had its word for. */
  static boolean gaveUp(PrimaryStream.Progress progress) {
    return progress.received() < progress.last();
  }

  /**
   * A node that died as primary and stops before it met its peer still numbered what the peer may
   * lack: it stays the one that did until they have compared.
   *
   * @param settled whether this process numbered operations, and has now synced them all
   */
  static Standing left(NodeRecord record, boolean settled, Change.StepDown down) {
    if (down.alone()) {
      return Standing.ALONE;
    }
    boolean died = record.standing() == Standing.PRIMARY && !record.clean();
    return died && !settled && !down.clean() ? Standing.PRIMARY : Standing.WAITING;
  }

  /** Something may have been acknowledged since the branch was found to be empty. */
  private void refuseIfNumbered(Generation back) throws IOException {
    NodeRecord record = data.record();
    long last = data.lastSequence();
    for (Ancestor fork : record.history()) {
      if (fork.parent().equals(back) && last > fork.forkSequence()) {
        throw new IOException("this node has numbered operations since " + back + " after all");
      }
    }
  }

  private static NodeRecord dropped(NodeRecord record, Generation back) {
    List<Ancestor> history = new ArrayList<>(record.history());
    Generation at = record.generation();
    while (!history.isEmpty() && !at.equals(back)) {
      at = history.remove(0).parent();
    }
    return record.withGeneration(back, history).withStanding(Standing.WAITING).withAloneSinceMs(0);
  }
}
