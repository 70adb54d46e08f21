package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * The returning node's side of a reintegration: does what the source's messages say, and answers.
 * Nothing else may change the tree until the last round was acknowledged.
 *
 * <p>One thread at a time. After an {@link IOException} the tree is as inconsistent as it was
 * announced to be by {@link Events#begin}; a new session, on a new connection, goes on from there.
 */
public final class ReintegrationTarget implements AutoCloseable {
  private static final int PART = 1024;
  private static final long RECEIVED_STEP = 1 << 20;

  /** What the node must do at the turning points; each returns only when it is durable. */
  public interface Events {
    /** The tree is about to change: persist INCONSISTENT and the session. */
    void begin(UUID session, ReintegrationMode mode) throws IOException;

    /**
     * Everything of the last round is in the tree, though not yet on stable storage; live
     * operations follow on the other lane and may be applied.
     */
    void live() throws IOException;

    /** All of it is on stable storage: persist UP_TO_DATE. */
    void inSync() throws IOException;

    /**
     * Whether a sync failed since this copy was last whole: what the tree shows may not be on the
     * disk, so that content is written anew even where it is the same.
     */
    default boolean writesAnew() {
      return false;
    }

    /** A sync failed: from the next session on {@link #writesAnew}. */
    default void syncFailed() {}
  }

  /**
   * Who the target is.
   *
   * @param incarnation of this node
   * @param session that {@link Events#begin} persisted last and that did not end in sync; all zeros
   *     if none
   * @param touched what this node may have that the source lacks: its own map, its orphan tail
   */
  public record Identity(UUID incarnation, UUID session, List<Touched> touched) {}

  private final FileStore store;
  private final BulkChannel channel;
  private final Identity identity;
  private final Predicate<TreePath> excluded;
  private final Events events;
  private TargetNames names;
  private TargetFiles files;
  private long received;
  private long reported;

  /** Waits for the source's first message. Excluded paths are left as they are. */
  public ReintegrationTarget(
      FileStore store,
      BulkChannel channel,
      Identity identity,
      Predicate<TreePath> excluded,
      Events events) {
    this.store = store;
    this.channel = channel;
    this.identity = identity;
    this.excluded = excluded;
    this.events = events;
  }

  /**
   * Takes what the source sent together; blocks while it is carried out.
   *
   * @throws IOException when it is malformed or this node's store failed; the source was told
   */
  public void onMessage(ByteBuffer message) throws IOException {
    try {
      ByteBuffer rest = message.duplicate();
      while (rest.hasRemaining()) {
        perform(MessageCodec.decodeNext(rest));
      }
      received += message.remaining();
      if (received - reported >= RECEIVED_STEP) {
        reported = received;
        send(new Message.Received(received));
      }
    } catch (IOException e) {
      tell(e);
      throw e;
    } catch (RuntimeException e) {
      tell(e);
      throw new IOException("the source's messages do not fit together", e);
    }
  }

  /** Frees what is open. The tree stays as it is. */
  @Override
  public void close() {
    if (files != null) {
      files.close();
    }
  }

  private void perform(Message message) throws IOException {
    if (message instanceof Message.Hello hello) {
      hello(hello);
    } else if (names == null) {
      throw new IOException(message.getClass().getSimpleName() + " before the session began");
    } else if (message instanceof Message.Data data) {
      files.data(data);
      CrashPoint.TARGET_DATA.reached();
    } else if (message instanceof Message.Hashes hashes) {
      Message.Differs differs = files.compare(hashes);
      if (differs != null) {
        send(differs);
      }
    } else if (message instanceof Message.Hole hole) {
      files.hole(hole);
    } else if (message instanceof Message.File file) {
      CrashPoint.TARGET_FILE_BEGUN.reached();
      files.begin(file);
    } else if (message instanceof Message.FileEnd end) {
      files.end(end);
      CrashPoint.TARGET_FILE_ENDED.reached();
    } else if (message instanceof Message.Directory directory) {
      names.directory(directory);
    } else if (message instanceof Message.Hint hint) {
      names.hint(hint);
    } else if (message instanceof Message.DirectoryEnd end) {
      files.directory(end);
    } else {
      turn(message);
    }
  }

  private void turn(Message message) throws IOException {
    if (message instanceof Message.Round) {
      names.round();
      files.round();
    } else if (message instanceof Message.NamesEnd end) {
      namesEnd(end.wantNeeds());
    } else if (message instanceof Message.BatchEnd end) {
      send(new Message.BatchAnswer(end.number()));
    } else if (message instanceof Message.RoundEnd end) {
      roundEnd(end);
    } else if (message instanceof Message.Commit) {
      names.deleteStaged();
      syncAll();
      CrashPoint.TARGET_COMMIT_SYNCED.reached();
      events.inSync();
      CrashPoint.TARGET_DONE.reached();
      send(new Message.Committed());
    } else {
      throw new IOException("unexpected " + message.getClass().getSimpleName());
    }
  }

  private void hello(Message.Hello hello) throws IOException {
    List<Touched> touched = identity.touched();
    for (int i = 0; i < touched.size(); i += PART) {
      send(new Message.Touches(touched.subList(i, Math.min(touched.size(), i + PART))));
    }
    CrashPoint.TARGET_TOLD.reached();
    events.begin(hello.session(), hello.mode());
    CrashPoint.TARGET_BEGUN.reached();
    names =
        new TargetNames(
            store, excluded, Runtime.getRuntime().maxMemory() / 2, this::stillSettlingNames);
    files = new TargetFiles(store, names, events.writesAnew());
    send(new Message.Welcome(identity.incarnation(), identity.session()));
  }

  /** A part of the list with nothing on it: the source does not take this node for gone. */
  private void stillSettlingNames() throws IOException {
    send(new Message.Needs(List.of(), false));
  }

  /** Settles names; where the source compares everything anyway, nothing needs to be told. */
  private void namesEnd(boolean wanted) throws IOException {
    List<Message.Need> list = List.of();
    if (wanted) {
      names.makeAnnounced();
      list = names.settle();
    } else {
      names.settleUntold();
    }
    CrashPoint.TARGET_NAMES_SETTLED.reached();
    if (list.isEmpty()) {
      names.end();
    }
    int next = 0;
    do {
      int end = Math.min(list.size(), next + PART);
      send(new Message.Needs(list.subList(next, end), end == list.size()));
      next = end;
    } while (next < list.size());
  }

  private void roundEnd(Message.RoundEnd end) throws IOException {
    List<Message.Need> unresolved = new ArrayList<>(names.unresolved());
    unresolved.addAll(files.unresolved());
    files.close();
    if (!end.last()) {
      syncAll();
      CrashPoint.TARGET_ROUND_SYNCED.reached();
    } else if (unresolved.isEmpty()) {
      events.live();
      CrashPoint.TARGET_LIVE.reached();
    }
    send(new Message.RoundAck(end.number(), unresolved));
  }

  private void syncAll() throws IOException {
    try {
      store.syncAll();
    } catch (IOException e) {
      events.syncFailed();
      throw e;
    }
  }

  private void send(Message message) throws IOException {
    channel.send(MessageCodec.encode(message));
  }

  private void tell(Exception failure) {
    try {
      send(new Message.Failed(String.valueOf(failure.getMessage())));
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
