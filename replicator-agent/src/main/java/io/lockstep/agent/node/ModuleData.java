package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.replicator.journal.ChronicleJournal;
import io.lockstep.replicator.journal.JournalCorruptException;
import io.lockstep.replicator.journal.JournalOptions;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.reintegration.DirtyTracker;
import io.lockstep.replicator.reintegration.Touched;
import io.lockstep.replicator.reintegration.TouchedSet;
import io.lockstep.replicator.state.ChecksummedLog;
import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.state.NodeStateStore;
import io.lockstep.replicator.state.Standing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything of one module that outlives the process: record, journal, tree and map of what
 * changed.
 */
public final class ModuleData implements AutoCloseable {
  /** Note: the machine booted since this copy was last in order. */
  static final String LOST_POWER = "lostPower";

  /** Note: a sync of the tree failed since this copy was last whole. */
  static final String UNSYNCED = "unsynced";

  /**
   * Note: as this node stopped serving, operations had been sent and not acknowledged. Nothing of
   * them is here; a peer that loses power may have them in its tree though its journal lost them.
   */
  static final String GAVE_UP = "gaveUp";

  /** Note: the journal could not be forced, and the tree holds all that it has. */
  static final String SPENT = "spent";

  /** Note: a reintegration under this session has begun here and not ended. */
  static final String SESSION = "session";

  /** Note: what this node's mounts named new files by since the nodes last were in sync. */
  static final String EPOCHS = "epochs";

  private static final Logger LOG = LoggerFactory.getLogger(ModuleData.class);

  /** What a replay may take back is noted in parts of about so many elements. */
  private static final int TOUCHED_AT_ONCE = 4096;

  private static final String STATE = "state";
  private static final String DIRTY = "dirty.log";
  private static final long JUMP = 1_000_000;
  private static final int MOST_EPOCHS = 256;

  /** In {@link #EPOCHS}: too many to tell. */
  private static final String ANY = "any";

  final NodeStateStore state;
  final ChronicleJournal journal;
  final FileStore store;
  final DirtyTracker tracker;

  private ModuleData(
      NodeStateStore state, ChronicleJournal journal, FileStore store, DirtyTracker tracker) {
    this.state = state;
    this.journal = journal;
    this.store = store;
    this.tracker = tracker;
  }

  /** Whether the module has any state on this node. */
  static boolean exists(ModuleContext context) {
    return NodeStateStore.exists(context.host().disk(), context.stateDirectory().resolve(STATE));
  }

  /**
   * Makes this node's directories the first copy of the module.
   *
   * @throws IOException when there is state already, or a directory cannot be used
   */
  public static void initialise(ModuleContext context) throws IOException {
    if (exists(context)) {
      throw new IOException(
          "module "
              + context.name()
              + " has state on this node already ("
              + context.stateDirectory()
              + "). init is only for the first node of a new module; a node that lost its data"
              + " joins by itself once that directory is removed");
    }
    context.platform().openStore(context.directories()).close();
    context.host().disk().createDirectories(context.stateDirectory());
    Generation first = Generation.of(context.execution().randomUuid());
    NodeRecord record =
        NodeRecord.create(
                context.cluster().cluster().name(),
                context.name(),
                context.execution().randomUuid(),
                context.platform().bootId())
            .began(new Ancestor(first, Generation.NONE, 0))
            .withDataState(DataState.UP_TO_DATE)
            .withStanding(Standing.ALONE)
            .withClean(true, 0)
            .withAloneSinceMs(context.host().wallTimeMs());
    NodeStateStore.create(
            context.execution(),
            context.host().disk(),
            context.stateDirectory().resolve(STATE),
            record)
        .close();
  }

  /**
   * Opens what is there, or begins as a node that holds nothing yet.
   *
   * @throws IOException when something cannot be used: the message says what and what to do
   */
  public static ModuleData open(ModuleContext context) throws IOException {
    for (Path directory : context.directories()) {
      context.platform().uncover(directory);
    }
    FileStore store = context.platform().openStore(context.directories());
    NodeStateStore state = null;
    ChronicleJournal journal = null;
    try {
      context.host().disk().createDirectories(context.stateDirectory());
      state = openState(context);
      refuseStrangers(context, state.current(), store);
      Scope scope = Scope.of(context);
      scope.recognise(state.current(), store);
      sweep(context.name(), store, false);
      noteBoot(context.platform(), scope, state);
      journal = openJournal(context, state);
      ChecksummedLog log =
          ChecksummedLog.open(
              context.execution(), context.host().disk(), context.stateDirectory().resolve(DIRTY));
      DirtyTracker tracker = DirtyTracker.open(context.execution(), log, store);
      if (lostUntracked(state.current())) {
        tracker.markEverything();
      }
      ModuleData data = new ModuleData(state, journal, store, tracker);
      if (state.current().dataState() == DataState.INCONSISTENT) {
        data.servesNoMore();
      }
      return data;
    } catch (IOException | RuntimeException e) {
      if (journal != null) {
        journal.close();
      }
      if (state != null) {
        state.close();
      }
      store.close();
      throw e;
    }
  }

  /**
   * Removes what was to be published by operations that will not come any more: the peer numbers
   * none of this history, or this node begins to number itself.
   */
  void sweepUnpublished(String module) {
    sweep(module, store, true);
  }

  /** What cannot be removed stays hidden, and hinders nothing. */
  private static void sweep(String module, FileStore store, boolean unpublished) {
    try {
      store.sweep(unpublished);
    } catch (IOException e) {
      LOG.warn(
          "Module {}: what an interrupted creation left stays until the next start: {}",
          module,
          e.getMessage());
    }
  }

  private static NodeStateStore openState(ModuleContext context) throws IOException {
    Path path = context.stateDirectory().resolve(STATE);
    Host host = context.host();
    if (NodeStateStore.exists(host.disk(), path)) {
      return NodeStateStore.open(host.execution(), host.disk(), path);
    }
    return NodeStateStore.create(
        host.execution(),
        host.disk(),
        path,
        NodeRecord.create(
            context.cluster().cluster().name(),
            context.name(),
            context.execution().randomUuid(),
            context.platform().bootId()));
  }

  /** A node that holds nothing of the module must not overwrite what its directories hold. */
  private static void refuseStrangers(ModuleContext context, NodeRecord record, FileStore store)
      throws IOException {
    if (!record.cluster().equals(context.cluster().cluster().name())) {
      throw new IOException(
          "the state in "
              + context.stateDirectory()
              + " belongs to cluster "
              + record.cluster()
              + ", not "
              + context.cluster().cluster().name());
    }
    if (!record.generation().isNone() || record.notes().containsKey(SESSION)) {
      return;
    }
    for (int directory = 0; directory < store.directories(); directory++) {
      if (!store.list(TreePath.root(directory), false).isEmpty()) {
        throw new IOException(
            "directory "
                + context.directories().get(directory)
                + " is not empty, and this node holds no copy of module "
                + context.name()
                + " yet. To make this node's files the first copy run 'lockstep init'; to let it"
                + " join and receive the peer's copy, move these files away first");
      }
    }
  }

  private static void noteBoot(Platform platform, Scope scope, NodeStateStore state)
      throws IOException {
    String boot = platform.bootId();
    state.update(
        record -> {
          Map<String, String> notes = scope.noted(record);
          if (!record.bootId().equals(boot)) {
            notes.put(LOST_POWER, "true");
          }
          DataState data =
              record.dataState() == DataState.UP_TO_DATE && record.standing() != Standing.ALONE
                  ? DataState.CONSISTENT
                  : record.dataState();
          return record.withBootId(boot).withNotes(notes).withDataState(data);
        });
  }

  /** What the tree has, it does not take from the journal again. */
  private static ChronicleJournal openJournal(ModuleContext context, NodeStateStore state)
      throws IOException {
    NodeRecord before = state.current();
    if (before.notes().containsKey(SPENT)) {
      ChronicleJournal anew = startOver(context, before);
      Map<String, String> notes = new HashMap<>(before.notes());
      notes.remove(SPENT);
      state.update(r -> r.withNotes(notes).withJournalDurable(0));
      return anew;
    }
    Host host = context.host();
    JournalOptions options = options(context);
    try {
      return ChronicleJournal.open(
          host.execution(),
          host.disk(),
          host.appenders(),
          options,
          state.current().journalDurable(),
          state.current().notes().containsKey(LOST_POWER));
    } catch (JournalCorruptException e) {
      LOG.error(
          "The journal of module {} is damaged: {}. This copy is INCONSISTENT and will be compared"
              + " with the peer's",
          context.name(),
          e.getMessage());
      return startOver(context, state.update(r -> doubtful(r).withJournalDurable(0)));
    }
  }

  /**
   * Whether a loss of power took something from before this node ran alone: what it changed then is
   * in the peer's copy, and not in the map.
   */
  private static boolean lostUntracked(NodeRecord record) {
    return record.standing() == Standing.ALONE
        && record.notes().containsKey(LOST_POWER)
        && record.history().stream()
            .filter(fork -> fork.generation().equals(record.generation()))
            .anyMatch(fork -> record.ownCheckpoint() < fork.forkSequence());
  }

  private static ChronicleJournal startOver(ModuleContext context, NodeRecord record)
      throws IOException {
    Host host = context.host();
    return ChronicleJournal.startOver(
        host.execution(),
        host.disk(),
        host.appenders(),
        options(context),
        record.ownCheckpoint() + 1);
  }

  private static JournalOptions options(ModuleContext context) {
    ClusterConfiguration.Journal configured = context.cluster().journal();
    return new JournalOptions(
        context.stateDirectory().resolve("journal"),
        configured.segmentSize(),
        configured.maxSize(),
        configured.reserve());
  }

  /**
   * That of a copy which cannot be brought to its journal's end: no map tells what it lacks, so
   * that it is compared in full.
   */
  static NodeRecord doubtful(NodeRecord record) {
    Map<String, String> notes = new HashMap<>(record.notes());
    notes.put(Persistence.VERIFY, "true");
    return record.withDataState(DataState.INCONSISTENT).withNotes(notes);
  }

  /** This copy cannot be brought to its journal's end. Durable. */
  void doubt() throws IOException {
    state.update(ModuleData::doubtful);
    servesNoMore();
  }

  /**
   * A takeover that served nothing gives no right to serve a copy that is not whole: what its
   * journal had of the peer's operations may be missing from it.
   */
  private void servesNoMore() throws IOException {
    NodeRecord record = record();
    if (record.standing() == Standing.ALONE && tracker.isUnnumbered(record.generation())) {
      state.update(r -> r.withStanding(Standing.WAITING).withAloneSinceMs(0));
    }
  }

  /** What this node knows of the module, as it is on stable storage. */
  public NodeRecord record() {
    return state.current();
  }

  /** What the peer does not have. */
  public DirtyTracker tracker() {
    return tracker;
  }

  /** Changes one note; null removes it. Durable on return. */
  void note(String key, String value) throws IOException {
    state.update(
        record -> {
          Map<String, String> notes = new HashMap<>(record.notes());
          if (value == null) {
            notes.remove(key);
          } else {
            notes.put(key, value);
          }
          return record.withNotes(notes);
        });
  }

  /** Takes notes out of the record, with one forced write. */
  void forget(String... keys) throws IOException {
    state.update(
        record -> {
          Map<String, String> notes = new HashMap<>(record.notes());
          notes.keySet().removeAll(List.of(keys));
          return record.withNotes(notes);
        });
  }

  /**
   * From now on new files here have identities of that epoch; durable before the first has. A map
   * of changes that a crash made coarse knows what was created only by that.
   */
  void names(long epoch) throws IOException {
    String before = record().notes().getOrDefault(EPOCHS, "");
    boolean many = before.equals(ANY) || before.split(" ").length >= MOST_EPOCHS;
    note(EPOCHS, many ? ANY : (before + " " + Long.toHexString(epoch)).strip());
  }

  /** Whether this node may have given that identity to a new file since then. */
  boolean mayHaveNamed(FileId id) {
    String epochs = record().notes().getOrDefault(EPOCHS, "");
    return epochs.equals(ANY) || List.of(epochs.split(" ")).contains(Long.toHexString(id.epoch()));
  }

  /** That note once the nodes are in sync: only a mount that is still there goes on naming. */
  static String stillNames(Map<String, String> notes) {
    String epochs = notes.getOrDefault(EPOCHS, "");
    return epochs.substring(epochs.lastIndexOf(' ') + 1);
  }

  /**
   * A sync of the tree failed: what it shows may not be on the disk, and the system will not write
   * it again. Durable, if this node can still write its record at all.
   */
  void syncFailed() {
    try {
      note(UNSYNCED, "true");
    } catch (IOException e) {
      LOG.error("It cannot be recorded that a sync of the tree failed", e);
    }
  }

  /**
   * A copy that had failed holds everything to its own checkpoint, on stable storage. A journal
   * that could not be forced is not needed for it any more. Durable.
   */
  void mended() throws IOException {
    state.update(
        record -> {
          Map<String, String> notes = new HashMap<>(record.notes());
          notes.remove(UNSYNCED);
          if (journal.failed()) {
            notes.put(SPENT, "true");
          }
          return record.withNotes(notes);
        });
  }

  /** Whether a sync failed since this copy was last whole. */
  boolean unsynced() {
    return record().notes().containsKey(UNSYNCED);
  }

  boolean lostPower() {
    return record().notes().containsKey(LOST_POWER);
  }

  /**
   * The last operation that this copy may hold, as far as it is known without a running stream. A
   * node that numbered operations and did not stop in order counts on from well above its last
   * checkpoint, so that no number is used twice. One that ended before its takeover served anything
   * ends where its generation began.
   */
  long lastSequence() {
    NodeRecord record = record();
    boolean unnumbered = tracker.isEmpty() || tracker.isUnnumbered(record.generation());
    return lastSequence(record, journal.lastSequence(), unnumbered);
  }

  /**
   * @param journaled last operation in the journal
   * @param unnumbered whether this node, if it is alone, is known to have numbered no operation; a
   *     primary keeps no map to tell by
   */
  static long lastSequence(NodeRecord record, long journaled, boolean unnumbered) {
    long known = beganAt(record, Math.max(journaled, record.ownCheckpoint()));
    if (record.clean()) {
      return Math.max(known, record.finalSequence());
    }
    return switch (record.standing()) {
      case PRIMARY -> known + JUMP;
      case ALONE -> known + (unnumbered ? 0 : JUMP);
      case STOPPED, WAITING, SECONDARY -> known;
    };
  }

  /**
   * Where the generation began, if that is beyond what is known to be here: a node that ran alone,
   * died, and stepped down from its next takeover has no other trace of how far it had numbered.
   */
  private static long beganAt(NodeRecord record, long known) {
    boolean began =
        !record.history().isEmpty()
            && record.history().get(0).generation().equals(record.generation());
    return began ? Math.max(known, record.history().get(0).forkSequence()) : known;
  }

  /** The history of this copy, for first contact. */
  List<Ancestor> history() {
    return record().history();
  }

  @Override
  public void close() throws IOException {
    try (NodeStateStore closesState = state;
        ChronicleJournal closesJournal = journal;
        DirtyTracker closesTracker = tracker) {
      store.close();
    }
  }

  /**
   * The journal is about to be replayed over a tree that a return had brought on in part: what that
   * replay may take back is this copy's own change from now on, durably, so that the next return
   * brings it again. The source counts it as sent.
   */
  void trackReplay() throws IOException {
    if (record().dataState() != DataState.INCONSISTENT) {
      return;
    }
    List<Touched> touched = new ArrayList<>();
    journal.read(
        Math.max(record().ownCheckpoint() + 1, journal.firstSequence()),
        (sequence, payload) -> {
          touched.addAll(TouchedSet.of(OperationCodec.decode(payload).plain()));
          if (touched.size() > TOUCHED_AT_ONCE) {
            tracker.add(touched);
            touched.clear();
          }
          return true;
        });
    tracker.add(touched);
  }
}
