package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.state.ChecksummedLog;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** Source and target over channels that deliver at once, in one thread. */
final class Pair implements AutoCloseable {
  /** Happens before each message of the source is delivered. */
  @FunctionalInterface
  interface Between {
    void message(long number) throws IOException;
  }

  static final UUID SESSION = new UUID(5, 5);
  private static final UUID TARGET = new UUID(6, 6);

  final SimStore source = new SimStore();
  final SimStore target = new SimStore();
  final List<Touched> orphans = new ArrayList<>();
  final List<Long> limits = new ArrayList<>();
  final TreeMutator base = new TreeMutator(source, 100, operation -> {});
  final TreeMutator app;
  final TreeMutator orphan;
  final AtomicLong nanos = new AtomicLong();
  Between between = number -> {};
  RoundPolicy policy = RoundPolicy.USUAL;
  int togetherBytes = ReintegrationSource.Bounds.TOGETHER_BYTES;
  DirtyTracker tracker;
  boolean held;
  boolean dual;
  boolean inSync;
  long sent;
  long messages;
  int rounds;

  /** Parts of the target's lists that are not the last. */
  int signs;

  UUID targetSession = new UUID(0, 0);
  private final Path log;
  private long identities;

  Pair(Path directory) throws IOException {
    log = directory.resolve(UUID.randomUUID() + ".log");
    tracker =
        DirtyTracker.open(
            new SystemExecution(),
            ChecksummedLog.open(new SystemExecution(), new SystemDisk(), log),
            source);
    app = new TreeMutator(source, 200, operation -> tracker.track(operation));
    orphan = new TreeMutator(target, 300, op -> orphans.addAll(TouchedSet.of(op)));
  }

  /** Both nodes have what the source has now; changes count from here. */
  void split() throws IOException {
    target.become(source);
    tracker.begin(new DirtyBase(TARGET, new Generation(1, 1), 10));
  }

  /** The source's process dies and comes back. */
  void crash() throws IOException {
    tracker.close();
    tracker =
        DirtyTracker.open(
            new SystemExecution(),
            ChecksummedLog.open(new SystemExecution(), new SystemDisk(), log),
            source);
  }

  void run(ReintegrationMode mode) throws IOException, InterruptedException {
    ReintegrationSource[] engine = new ReintegrationSource[1];
    messages = 0;
    try (ReintegrationTarget receiver =
        new ReintegrationTarget(
            target,
            parts -> answer(engine[0], joined(parts)),
            new ReintegrationTarget.Identity(TARGET, targetSession, List.copyOf(orphans)),
            path -> false,
            new TargetEvents())) {
      engine[0] =
          new ReintegrationSource(
              new Clocked(),
              source,
              tracker,
              new Gate(),
              parts -> deliver(receiver, parts),
              new Identities(),
              options(mode),
              new ReintegrationSource.Bounds(Runtime.getRuntime().maxMemory(), togetherBytes));
      rounds = engine[0].run().round();
    }
  }

  private void answer(ReintegrationSource engine, ByteBuffer message) throws IOException {
    if (MessageCodec.decode(message.duplicate()) instanceof Message.Needs needs && !needs.last()) {
      signs++;
    }
    engine.onMessage(message);
  }

  private ReintegrationSource.Options options(ReintegrationMode mode) {
    return new ReintegrationSource.Options(
        SESSION,
        mode,
        Optional.of(TARGET),
        path -> false,
        policy,
        java.time.Duration.ofMillis(200));
  }

  /** The clock goes on with what is sent. */
  private final class Clocked extends SystemExecution {
    @Override
    public long nanoTime() {
      return nanos.get();
    }
  }

  private void deliver(ReintegrationTarget receiver, ByteBuffer[] parts) throws IOException {
    ByteBuffer message = joined(parts);
    sent += message.remaining();
    nanos.addAndGet(message.remaining() * 100L + 1000);
    between.message(messages++);
    receiver.onMessage(message);
  }

  List<String> differences() throws IOException {
    return TreeDigest.of(source).differences(TreeDigest.of(target));
  }

  @Override
  public void close() throws IOException {
    tracker.close();
  }

  private static ByteBuffer joined(ByteBuffer[] parts) {
    int size = 0;
    for (ByteBuffer part : parts) {
      size += part.remaining();
    }
    ByteBuffer message = ByteBuffer.allocate(size);
    for (ByteBuffer part : parts) {
      message.put(part.duplicate());
    }
    return message.flip();
  }

  private final class Gate implements WriteGate {
    @Override
    public Hold hold() {
      held = true;
      return () -> held = false;
    }

    @Override
    public void limitBytesPerSecond(long bytesPerSecond) {
      limits.add(bytesPerSecond);
    }
  }

  private final class Identities implements ReintegrationSource.Events {
    @Override
    public FileId identityOf(TreePath path) throws IOException {
      FileId id = new FileId(400, ++identities);
      tracker.track(new Operation.Identify(id, path, identities));
      source.setIdentity(path, id);
      return id;
    }

    @Override
    public void sync() throws IOException {
      source.syncAll();
    }

    @Override
    public void dualStreamFrom() {
      if (!held) {
        throw new IllegalStateException("not under the gate");
      }
      dual = true;
    }

    @Override
    public void inSync() {
      if (!inSync) {
        throw new IllegalStateException("the target did not persist first");
      }
    }
  }

  private final class TargetEvents implements ReintegrationTarget.Events {
    @Override
    public void begin(UUID session, ReintegrationMode mode) {
      targetSession = session;
    }

    @Override
    public void live() {}

    @Override
    public void inSync() {
      inSync = true;
    }
  }
}
