package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving node's side of a reintegration: sends what changed in rounds while the application
 * writes, holds writers for a last short round, and ends with both trees equal.
 *
 * <p>{@link #run} blocks, on a thread of its own; {@link #onMessage}, {@link #abort} and {@link
 * #progress} may be called from any. Whatever ends it early, nothing is lost: what the target does
 * not have on stable storage is in the tracker again, and a new source with the same session goes
 * on with that.
 */
public final class ReintegrationSource {
  private static final Logger LOG = LoggerFactory.getLogger(ReintegrationSource.class);
  private static final int LAST_ROUND_ATTEMPTS = 4;

  /** Parts of the heap for what the target says; what it touched is in the dirty map as well. */
  private static final int WAITING_PART = 16;

  private static final int TOUCHED_PART = 8;
  private static final int NEEDED_PART = 2;

  /** What the engine asks of the node. */
  public interface Events {
    /** Gives a file of this node's tree, found without an identity, a new one. */
    FileId identityOf(TreePath path) throws IOException;

    /**
     * What the target has on stable storage is about to be taken off the map: returns when this
     * node's tree is on stable storage too. Losing power would else bring this tree back to before
     * what the target keeps, and nobody would know.
     */
    void sync() throws IOException;

    /**
     * Called with the gate shut, when the target's tree equals this one: operations from now on are
     * streamed to the target, and tracked too until {@link #inSync}.
     */
    void dualStreamFrom() throws IOException;

    /** The target is durably up to date; the tracker is cleared when this returns. */
    void inSync() throws IOException;
  }

  /**
   * How to go about it.
   *
   * @param session names the reintegration; the same again to resume
   * @param target incarnation that the target must have; empty for any
   * @param excluded paths that are this node's own business
   * @param answerTimeout longest silence of the target
   */
  public record Options(
      UUID session,
      ReintegrationMode mode,
      Optional<UUID> target,
      Predicate<TreePath> excluded,
      RoundPolicy policy,
      Duration answerTimeout) {
    /** The usual options. */
    public static Options of(UUID session, ReintegrationMode mode) {
      return new Options(
          session, mode, Optional.empty(), path -> false, RoundPolicy.USUAL, Duration.ofMinutes(5));
    }
  }

  private final Execution execution;
  private final DirtyTracker tracker;
  private final WriteGate gate;
  private final Events events;
  private final Options options;
  private final SourceSession session;
  private final SourceTree tree;
  private final long startNs;
  private final long heapBytes;
  private long limit;
  private Set<FileId> missing = Set.of();
  private Set<FileId> missingBefore = Set.of();
  private volatile int round;
  private volatile long bytesDone;
  private volatile long bytesTotal;
  private volatile long filesDone;
  private volatile long filesTotal;

  /** Prepares; nothing is sent before {@link #run}. */
  public ReintegrationSource(
      Execution execution,
      FileStore store,
      DirtyTracker tracker,
      WriteGate gate,
      BulkChannel channel,
      Events events,
      Options options) {
    this(execution, store, tracker, gate, channel, events, options, Bounds.usual());
  }

  /**
   * What it may take.
   *
   * @param heapBytes of which what the target says takes a part at most
   * @param togetherBytes of messages that are sent in one piece; 0 for each alone
   */
  record Bounds(long heapBytes, int togetherBytes) {
    static final int TOGETHER_BYTES = 16 << 10;

    static Bounds usual() {
      return new Bounds(Runtime.getRuntime().maxMemory(), TOGETHER_BYTES);
    }
  }

  /** The same with other bounds. */
  ReintegrationSource(
      Execution execution,
      FileStore store,
      DirtyTracker tracker,
      WriteGate gate,
      BulkChannel channel,
      Events events,
      Options options,
      Bounds bounds) {
    this.heapBytes = bounds.heapBytes();
    this.execution = execution;
    this.tracker = tracker;
    this.gate = gate;
    this.events = events;
    this.options = options;
    this.session =
        new SourceSession(
            execution,
            channel,
            options.answerTimeout().toMillis(),
            heapBytes / WAITING_PART,
            bounds.togetherBytes());
    this.tree = new SourceTree(store, options.excluded(), tracker.map()::moves, events::identityOf);
    this.startNs = execution.nanoTime();
  }

  /** Takes one message of the target. */
  public void onMessage(ByteBuffer message) throws IOException {
    session.onMessage(message);
  }

  /** Ends {@link #run} with an exception, for instance when the connection is gone. */
  public void abort(String reason) {
    session.abort(reason);
  }

  /**
   * Brings the target up to date.
   *
   * @return the final state of progress
   * @throws IOException when it could not be finished; what remains is in the tracker
   */
  public ReintegrationProgress run() throws IOException, InterruptedException {
    try {
      greet();
      CrashPoint.SOURCE_GREETED.reached();
      rounds();
      lastRound();
    } finally {
      gate.limitBytesPerSecond(0);
    }
    LOG.info("reintegration {} is complete: {}", options.session(), progress());
    return progress();
  }

  /** How far it is. */
  public ReintegrationProgress progress() {
    long elapsedNs = Math.max(1, execution.nanoTime() - startNs);
    long sent = session.sentBytes();
    long rate = rate(sent, elapsedNs);
    long left = Math.max(0, bytesTotal - bytesDone) + 1024 * Math.max(0, filesTotal - filesDone);
    long speed = rate(bytesDone + 1024 * filesDone, elapsedNs);
    Optional<Duration> remaining =
        speed == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(left * 1000 / speed));
    return new ReintegrationProgress(
        round,
        bytesDone,
        Math.max(bytesTotal, bytesDone),
        filesDone,
        Math.max(filesTotal, filesDone),
        sent,
        rate,
        remaining);
  }

  private static long rate(long bytes, long ns) {
    return (long) (bytes * 1e9 / ns);
  }

  private void greet() throws IOException {
    session.send(new Message.Hello(options.session(), options.mode()));
    Message message = session.next();
    List<Touched> touched = new ArrayList<>();
    PeerMemory room = new PeerMemory(heapBytes / TOUCHED_PART);
    boolean fits = true;
    while (message instanceof Message.Touches part) {
      for (Touched each : part.touched()) {
        fits = fits && room.take(each.path());
        if (fits) {
          touched.add(each);
        }
      }
      message = session.next();
    }
    if (!fits) {
      touched = List.of(new Touched.Everything());
    }
    if (!(message instanceof Message.Welcome welcome)) {
      throw new IOException(message.getClass().getSimpleName() + " instead of a welcome");
    }
    if (options.target().filter(id -> !id.equals(welcome.incarnation())).isPresent()) {
      throw new IOException(
          "the target is " + welcome.incarnation() + ", not " + options.target().get());
    }
    boolean full = options.mode() != ReintegrationMode.BY_MAP;
    Optional<UUID> before = tracker.session();
    if (!full && before.isPresent() && !before.get().equals(welcome.session())) {
      throw new IOException(
          "parts of the changes went to a target in session "
              + before.get()
              + ", but this target knows of "
              + welcome.session()
              + ": it must be compared in full");
    }
    tracker.add(touched);
    if (full) {
      tracker.markEverything();
    }
  }

  private void rounds() throws IOException, InterruptedException {
    RoundPolicy.Remaining before = new RoundPolicy.Remaining(0, 0, true);
    while (true) {
      RoundPolicy.Remaining now = tracker.map().remaining(gone());
      RoundPolicy.Decision decision =
          options.policy().decide(round, before, now, progress().bytesPerSecond(), limit);
      if (decision.limit() != limit) {
        limit = decision.limit();
        gate.limitBytesPerSecond(limit);
      }
      if (decision.last()) {
        return;
      }
      before = now;
      DirtyMap taken;
      try (WriteGate.Hold hold = gate.hold()) {
        taken = tracker.drain();
      }
      CrashPoint.SOURCE_ROUND_TAKEN.reached();
      settle(taken);
    }
  }

  /**
   * What two rounds, one after the other, looked for in the whole tree and did not find. A rename
   * can hide a file from one search; twice it hardly does, and then the last round finds it. So
   * there is nothing in it to compare, and no further round, which would search again, because of
   * it alone.
   */
  private Set<FileId> gone() {
    Set<FileId> gone = new HashSet<>(missing);
    gone.retainAll(missingBefore);
    return gone;
  }

  /** One round that the target has on stable storage at the end. */
  private void settle(DirtyMap taken) throws IOException {
    boolean done = false;
    try {
      Set<FileId> again = transfer(taken, false);
      CrashPoint.SOURCE_ROUND_ACKNOWLEDGED.reached();
      if (taken.everything()) {
        // before that is forgotten: until then it stands for what was passed by
        expandMoved();
      }
      taken.retain(again);
      events.sync();
      tracker.confirm(taken, options.session());
      CrashPoint.SOURCE_ROUND_CONFIRMED.reached();
      done = true;
    } finally {
      if (!done) {
        tracker.giveBack(taken);
      }
    }
  }

  private void lastRound() throws IOException, InterruptedException {
    DirtyMap taken = null;
    boolean done = false;
    try {
      try (WriteGate.Hold hold = gate.hold()) {
        taken = tracker.drain();
        CrashPoint.SOURCE_HELD.reached();
        int attempts = 0;
        while (!transfer(taken, true).isEmpty()) {
          if (++attempts == LAST_ROUND_ATTEMPTS) {
            throw new IOException(
                "the trees cannot be made equal by what is known to have changed;"
                    + " compare them in full");
          }
          tracker.giveBack(taken);
          taken = tracker.drain();
        }
        events.dualStreamFrom();
        CrashPoint.SOURCE_DUAL.reached();
      }
      session.send(new Message.Commit());
      session.flush();
      CrashPoint.SOURCE_COMMIT_SENT.reached();
      session.next(Message.Committed.class);
      CrashPoint.SOURCE_COMMITTED.reached();
      events.inSync();
      CrashPoint.SOURCE_STREAMING.reached();
      tracker.map().forget(taken);
      tracker.clear();
      done = true;
    } finally {
      if (!done && taken != null) {
        tracker.giveBack(taken);
      }
    }
  }

  /** Sends a round; returns the elements that must be sent again. */
  private Set<FileId> transfer(DirtyMap taken, boolean last) throws IOException {
    DirtyStatistics size = taken.statistics();
    long bytesBefore = bytesDone;
    bytesTotal = bytesDone + size.bytes();
    filesTotal = filesDone + size.files() + size.directories();
    SourceRound sender =
        new SourceRound(
            tree,
            session,
            taken,
            this::settled,
            touched -> tracker.addTo(taken, touched),
            last,
            new PeerMemory(heapBytes / NEEDED_PART));
    int next = round + 1;
    round = next;
    List<Message.Need> unresolved = sender.send(round);
    filesDone = filesTotal;
    Set<FileId> again = new HashSet<>(sender.unsent());
    missingBefore = missing;
    missing = sender.missing();
    tracker.add(sender.left());
    for (Message.Need need : unresolved) {
      again.add(need.id());
      tracker.add(listAgain(need));
    }
    LOG.debug(
        "round {}: {} files, {} directories, {} bytes settled, {} again",
        round,
        size.files(),
        size.directories(),
        bytesDone - bytesBefore,
        again.size());
    return again;
  }

  /** What the target did not find where it should be: its directory is told anew. */
  private List<Touched> listAgain(Message.Need need) throws IOException {
    List<Touched> touched = new ArrayList<>();
    if (!need.path().isRoot()) {
      TreePath parent = need.path().parent();
      FileStatus status = tree.status(parent);
      if (status != null && status.kind() == FileKind.DIRECTORY) {
        touched.add(Touched.Name.of(tree.identity(parent), parent, need.path().name()));
      }
    }
    if (need.kind() == FileKind.DIRECTORY) {
      touched.add(Touched.Name.all(need.id(), need.path()));
    } else {
      touched.add(new Touched.Whole(need.id(), need.path()));
    }
    return touched;
  }

  /** Directories that were renamed while everything was compared may have been passed by. */
  private void expandMoved() throws IOException {
    for (Map.Entry<FileId, TreePath> moved : tracker.map().takeMoved().entrySet()) {
      List<Touched> below = new ArrayList<>();
      below.add(new Touched.Whole(moved.getKey(), moved.getValue()));
      FileStatus status = tree.status(moved.getValue());
      if (status != null && status.kind() == FileKind.DIRECTORY) {
        below.add(Touched.Name.all(moved.getKey(), moved.getValue()));
        tree.walk(
            moved.getValue(),
            (path, id, kind) -> {
              below.add(new Touched.Whole(id, path));
              if (kind == FileKind.DIRECTORY) {
                below.add(Touched.Name.all(id, path));
              }
            });
      }
      tracker.add(below);
    }
  }

  private synchronized void settled(long bytes) {
    bytesDone += bytes;
  }
}
