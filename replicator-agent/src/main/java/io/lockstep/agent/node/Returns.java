package io.lockstep.agent.node;

import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.Extent;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.reintegration.ReintegrationMode;
import io.lockstep.replicator.reintegration.ReintegrationProgress;
import io.lockstep.replicator.reintegration.ReintegrationSource;
import io.lockstep.replicator.reintegration.ReintegrationTarget;
import io.lockstep.replicator.reintegration.RoundPolicy;
import io.lockstep.replicator.reintegration.Touched;
import io.lockstep.replicator.reintegration.TouchedSet;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reintegration that a module has under way, if any: runs the engine's side on a thread of its
 * own over the bulk lane, and reports how it ended. Any thread.
 */
final class Returns implements AutoCloseable {
  /** How it goes on; called from the session's own thread. */
  interface Listener {
    /** As source: brings this node's tree to stable storage. */
    void sync() throws IOException;

    /** As source: from now on every operation waits for the peer too. */
    void lastRound();

    /** As source: the peer is durably in sync. */
    void supplied();

    /** As target: everything is here and on stable storage; returns when UP_TO_DATE is durable. */
    void received(Generation generation) throws IOException;

    /** It ended early. */
    void failed(String reason);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Returns.class);
  private static final int WAITING_MESSAGES = 256;
  private static final long WAITING_BYTES = 16 << 20;
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

  /** A source that works has something to say within this, whatever it compares. */
  private static final Duration SOURCE_PATIENCE = Duration.ofMinutes(10);

  /** The source's engine has a time limit of its own. */
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private static final int HEADER_BYTES = 8;
  private static final long STOP_TIMEOUT_S = 10;

  private final ModuleContext context;
  private final ModuleData data;
  private final Link link;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Quarantining quarantining;
  private final Listener listener;

  private ReintegrationSource source;
  private Execution.Task thread;

  /** Guards what follows. */
  private final ReentrantLock lock;

  /** Of {@link #lock}: a message came or went, or the run is not current any more. */
  private final Condition changed;

  private final Deque<Message> inbound = new ArrayDeque<>();
  private long inboundBytes;
  private long runs;
  private boolean stopping;
  private boolean fullNext;
  private long epoch = -1;
  private volatile boolean received;
  private volatile Generation following = Generation.NONE;

  Returns(
      ModuleContext context,
      ModuleData data,
      Link link,
      PrimaryStream primary,
      SecondaryStream secondary,
      Quarantining quarantining,
      Listener listener) {
    this.quarantining = quarantining;
    this.lock = context.execution().lock();
    this.changed = lock.newCondition();
    this.context = context;
    this.data = data;
    this.link = link;
    this.primary = primary;
    this.secondary = secondary;
    this.listener = listener;
  }

  /** A new connection: what the last one brought is void. */
  void connected(long newEpoch) {
    lock.lock();
    try {
      epoch = newEpoch;
      inbound.clear();
      inboundBytes = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** One message of the bulk lane; blocks while too many wait. Bulk event loop only. */
  void message(long frameEpoch, ByteBuffer payload) throws InterruptedException {
    lock.lock();
    try {
      while (frameEpoch == epoch
          && (inbound.size() >= WAITING_MESSAGES || inboundBytes >= WAITING_BYTES)) {
        changed.await();
      }
      if (frameEpoch == epoch) {
        long session = payload.getLong();
        byte[] copy = new byte[payload.remaining()];
        payload.get(copy);
        inbound.add(new Message(session, copy));
        inboundBytes += copy.length;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * One message of the bulk lane. The source numbers its sessions on a connection, so that none is
   * mixed up.
   */
  private record Message(long session, byte[] bytes) {}

  /** Begins as source. */
  void supply(Extent extent, ContactRecord peer, ReplicatedVolume volume) {
    lock.lock();
    try {
      ReintegrationMode mode =
          fullNext && extent != Extent.FULL
              ? ReintegrationMode.FULL_VERIFY
              : mode(extent, doubtful(peer));
      fullNext = false;
      begin("reintegration-source", run -> supplyOn(run, mode, peer, volume));
    } finally {
      lock.unlock();
    }
  }

  /** Begins as target. The stream must have been fenced. */
  void fetch(ContactRecord peer) {
    lock.lock();
    try {
      following = peer.generation();
      begin("reintegration-target", run -> fetchOn(run, peer));
    } finally {
      lock.unlock();
    }
  }

  private interface Session {
    void run(Run run) throws IOException, InterruptedException;
  }

  /** One session's thread: over when the connection is, or when a later one began. */
  private record Run(long epoch, long number) {}

  private void checkCurrent(Run run) throws IOException {
    lock.lock();
    try {
      if (stopping || epoch != run.epoch() || runs != run.number()) {
        throw new IOException("the connection is gone");
      }
    } finally {
      lock.unlock();
    }
  }

  private void begin(String name, Session session) {
    if (source != null) {
      source.abort("a new reintegration begins");
      source = null;
    }
    stopping = false;
    Run run = new Run(epoch, ++runs);
    changed.signalAll();
    Execution.Task before = thread;
    thread =
        context
            .execution()
            .task(
                name + "-" + context.name(),
                () -> {
                  try {
                    if (before != null) {
                      // as source it has a part of the map until it ends, as target the tree
                      boolean unused = before.join(0);
                    }
                    session.run(run);
                  } catch (InterruptedException e) {
                    report(run, "interrupted");
                  } catch (IOException | RuntimeException e) {
                    LOG.info("Reintegration ended early", e);
                    report(run, String.valueOf(e.getMessage()));
                  }
                });
    thread.start();
  }

  private void report(Run run, String reason) {
    boolean wanted;
    lock.lock();
    try {
      wanted = stopping || runs != run.number();
      fullNext |= reason.contains("in full");
    } finally {
      lock.unlock();
    }
    if (!wanted) {
      listener.failed(reason);
    }
  }

  /** Whether either copy must be compared in full, whatever the maps say. */
  private boolean doubtful(ContactRecord peer) {
    return peer.verify()
        || data.unsynced()
        || data.record().notes().containsKey(Persistence.VERIFY);
  }

  private static ReintegrationMode mode(Extent extent, boolean doubtful) {
    return switch (extent) {
      case BY_MAP -> ReintegrationMode.BY_MAP;
      case SPLIT -> doubtful ? ReintegrationMode.FULL_VERIFY : ReintegrationMode.BY_MAP;
      case FULL_VERIFY -> ReintegrationMode.FULL_VERIFY;
      case FULL -> ReintegrationMode.FULL_COPY;
    };
  }

  private void supplyOn(
      Run run, ReintegrationMode mode, ContactRecord peer, ReplicatedVolume volume)
      throws IOException, InterruptedException {
    ReintegrationSource.Options options =
        new ReintegrationSource.Options(
            context.execution().randomUuid(),
            mode,
            Optional.of(peer.incarnation()),
            context.excluded(),
            policy(),
            ANSWER_TIMEOUT);
    long session = sessionOf(run);
    ReintegrationSource engine =
        new ReintegrationSource(
            context.execution(),
            data.store,
            data.tracker,
            volume.gate(),
            message -> send(run, session, message),
            sourceEvents(run, volume),
            options);
    Execution.Task pump =
        context
            .execution()
            .task("reintegration-answers-" + context.name(), () -> pump(run, session, engine));
    lock.lock();
    try {
      checkCurrent(run);
      source = engine;
    } finally {
      lock.unlock();
    }
    pump.start();
    try {
      ReintegrationProgress done = engine.run();
      LOG.info(
          "The peer has everything: {} bytes in {} files sent", done.bytesSent(), done.filesDone());
      listener.supplied();
    } finally {
      pump.interrupt();
    }
  }

  /** Counted when the run begins, so that the run that is current has the highest number. */
  private long sessionOf(Run run) {
    return 2 * run.number() + parity();
  }

  /** The nodes number their sessions apart, so that neither takes an answer for a question. */
  private long parity() {
    return context.node().compareTo(context.peer()) < 0 ? 0 : 1;
  }

  private RoundPolicy policy() {
    return new RoundPolicy(
        context.cluster().resync().quiesceBelow(),
        RoundPolicy.USUAL.finalElements(),
        context.cluster().resync().quiesceLimit().toMillis(),
        context.cluster().resync().maxRounds());
  }

  private ReintegrationSource.Events sourceEvents(Run run, ReplicatedVolume volume) {
    return new ReintegrationSource.Events() {
      @Override
      public FileId identityOf(TreePath path) throws IOException {
        return volume.identityOf(path);
      }

      @Override
      public void sync() throws IOException {
        listener.sync();
      }

      @Override
      public void dualStreamFrom() throws IOException {
        lock.lock();
        try {
          // whoever stopped this run counts on it that writes wait for nobody because of it
          checkCurrent(run);
          primary.beginDual(run.epoch());
        } finally {
          lock.unlock();
        }
        listener.lastRound();
      }

      @Override
      public void inSync() throws IOException {
        if (!primary.commitDual()) {
          throw new IOException("the connection broke at the very end");
        }
      }
    };
  }

  private void pump(Run run, long session, ReintegrationSource engine) {
    try {
      while (true) {
        Message message = take(run, FOR_EVER);
        if (message.session() == session) {
          engine.onMessage(ByteBuffer.wrap(message.bytes()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      engine.abort(e.getMessage());
    }
  }

  /**
   * The next message; one that a later session should have is left to it.
   *
   * @param patience after which the other side is taken to know nothing of this session
   */
  private Message take(Run run, Duration patience) throws IOException, InterruptedException {
    long endNs = context.execution().nanoTime() + patience.toNanos();
    lock.lock();
    try {
      checkCurrent(run);
      while (inbound.isEmpty()) {
        long leftNs = endNs - context.execution().nanoTime();
        if (leftNs <= 0) {
          throw new IOException("nothing came for " + patience.toMinutes() + " minutes");
        }
        long unused = changed.awaitNanos(leftNs);
        checkCurrent(run);
      }
      changed.signalAll();
      Message oldest = inbound.remove();
      inboundBytes -= oldest.bytes().length;
      return oldest;
    } finally {
      lock.unlock();
    }
  }

  private void send(Run run, long session, ByteBuffer... message) throws IOException {
    checkCurrent(run);
    try {
      while (!link.awaitWritable(Link.Lane.BULK, 1_000)) {
        checkCurrent(run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    ByteBuffer[] parts = new ByteBuffer[message.length + 1];
    parts[0] = ByteBuffer.allocate(HEADER_BYTES).putLong(session).flip();
    System.arraycopy(message, 0, parts, 1, message.length);
    if (!link.send(
        run.epoch(), Link.Lane.BULK, StreamMessages.REINTEGRATION, context.number(), parts)) {
      throw new IOException("the connection is gone");
    }
  }

  private void fetchOn(Run run, ContactRecord peer) throws IOException, InterruptedException {
    secondary.giveWay();
    received = false;
    List<Touched> own = ownTouched(peer);
    if (quarantining.missing()) {
      throw new IOException("what only this side of the split has is not in quarantine");
    }
    String known = data.record().notes().get(ModuleData.SESSION);
    UUID before = known == null ? new UUID(0, 0) : UUID.fromString(known);
    ReintegrationTarget.Identity identity =
        new ReintegrationTarget.Identity(data.record().incarnation(), before, own);
    Message message = newer(run, 0);
    while (!engineDone()) {
      long session = message.session();
      try (ReintegrationTarget engine =
          new ReintegrationTarget(
              data.store,
              answer -> send(run, session, answer),
              identity,
              context.excluded(),
              targetEvents(peer))) {
        while (!engineDone() && message.session() == session) {
          engine.onMessage(direct(message.bytes()));
          message = engineDone() ? message : newer(run, session);
        }
      }
    }
  }

  /** The next message, of this session or one begun after it. */
  private Message newer(Run run, long session) throws IOException, InterruptedException {
    Message message = take(run, SOURCE_PATIENCE);
    while (message.session() < session || (message.session() & 1) == parity()) {
      message = take(run, SOURCE_PATIENCE);
    }
    return message;
  }

  private boolean engineDone() {
    return received;
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  /**
   * What this copy may have that the source lacks: its own map, and what it journaled beyond the
   * fork.
   */
  private List<Touched> ownTouched(ContactRecord peer) throws IOException {
    List<Touched> touched = ownChanges(peer);
    for (int directory = 0; directory < data.store.directories(); directory++) {
      // a return makes and removes its staging there, and may have broken off in between
      touched.add(new Touched.Metadata(FileId.root(directory), TreePath.root(directory), false));
    }
    return touched;
  }

  /**
   * What the operations touched that this copy may have and the source lacks, and those that the
   * source knows to be here though this tree never got them, since the copy failed before: they
   * wait in its journal, and no map names them.
   *
   * @param peer null before both have met: then the journal is left out
   */
  List<Touched> ownChanges(ContactRecord peer) throws IOException {
    List<Touched> touched = new ArrayList<>(data.tracker.touched());
    if (peer == null || data.record().generation().isNone()) {
      return touched;
    }
    if (quarantining.yields() && !holdsBase(peer)) {
      touched.add(new Touched.Everything());
    }
    long fork = forkFrom(peer, data.record().generation());
    long sure = Math.min(fork, secondary.progress().applied());
    data.journal.read(
        Math.max(sure + 1, data.journal.firstSequence()),
        (sequence, payload) -> {
          touched.addAll(TouchedSet.of(OperationCodec.decode(payload).plain()));
          return true;
        });
    return touched;
  }

  /**
   * Whether the peer's branch has all that this node's map takes for known there. It has not when
   * it began, by an operator's order, from a copy that had lost some of it: then this branch has
   * operations of which no map tells, acknowledged by both nodes.
   */
  private boolean holdsBase(ContactRecord peer) {
    return data.tracker
        .base()
        .filter(base -> base.peer().equals(peer.incarnation()))
        .filter(
            base ->
                base.generation().equals(peer.generation())
                    || forkFrom(peer, base.generation()) >= base.sequence())
        .isPresent();
  }

  /** Where the peer's history left {@code mine}; 0 if it never did. */
  private static long forkFrom(ContactRecord peer, Generation mine) {
    for (Ancestor fork : peer.history()) {
      if (fork.parent().equals(mine)) {
        return fork.forkSequence();
      }
    }
    return 0;
  }

  private ReintegrationTarget.Events targetEvents(ContactRecord peer) {
    return new ReintegrationTarget.Events() {
      @Override
      public void begin(UUID session, ReintegrationMode mode) throws IOException {
        data.note(ModuleData.SESSION, session.toString());
        data.sweepUnpublished(context.name());
      }

      @Override
      public boolean writesAnew() {
        return data.unsynced();
      }

      @Override
      public void syncFailed() {
        data.syncFailed();
      }

      @Override
      public void live() {
        secondary.setApplying(true);
      }

      @Override
      public void inSync() throws IOException {
        listener.received(peer.generation());
        received = true;
      }
    };
  }

  /** The generation whose stream may begin while this node fetches; NONE when it does not. */
  Generation following() {
    return following;
  }

  /** As source, how far it is; empty when none is under way here. */
  Optional<ReintegrationProgress> progress() {
    lock.lock();
    try {
      return source == null || thread == null || !thread.isAlive()
          ? Optional.empty()
          : Optional.of(source.progress());
    } finally {
      lock.unlock();
    }
  }

  /** Ends what is under way without a report. */
  void stop() {
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
      following = Generation.NONE;
      if (source != null) {
        source.abort("stopped");
      }
      source = null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the session's thread has ended, after {@link #stop}. */
  void awaitStopped() throws InterruptedException {
    Execution.Task last;
    lock.lock();
    try {
      last = stopping ? thread : null;
    } finally {
      lock.unlock();
    }
    if (last != null
        && !last.isCurrent()
        && !last.join(TimeUnit.SECONDS.toMillis(STOP_TIMEOUT_S))) {
      LOG.warn("A reintegration of {} goes on although it was stopped", context.name());
    }
  }

  @Override
  public void close() {
    stop();
  }
}
