package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * A journal replayed over a tree that already holds any prefix of it ends at the journal's end,
 * exactly.
 */
class ReplayTest {
  /** Keeps every operation as it went over the link. */
  private static final class Recorder implements Sequencer {
    final List<byte[]> operations = new ArrayList<>();

    @Override
    public long submit(Operation operation, boolean force) {
      ByteBuffer buffer = ByteBuffer.allocate(OperationCodec.maxBytes(operation));
      OperationCodec.encode(operation, buffer);
      operations.add(Arrays.copyOf(buffer.array(), buffer.position()));
      return operations.size();
    }

    @Override
    public void awaitReceived(long sequence, Operation operation) {}

    @Override
    public void completed(long sequence, Operation operation) {}

    @Override
    public void failed(Operation operation) {}

    @Override
    public long requestForce() {
      return operations.size();
    }

    @Override
    public void awaitDurable(long sequence) {}
  }

  private static Operation decode(byte[] bytes) throws IOException {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
    return OperationCodec.decode(direct.put(bytes).flip());
  }

  private static List<byte[]> record(long seed, SimStore store) {
    Recorder recorder = new Recorder();
    ReplicatedVolume volume =
        new ReplicatedVolume(
            new SystemExecution(),
            store,
            recorder,
            7,
            path -> false,
            reason -> {
              throw new AssertionError(reason);
            });
    VolumeWorkload workload = new VolumeWorkload(volume, seed);
    workload.run(300);
    assertThat(workload.succeeded).as("successful modifications").isGreaterThan(10);
    return recorder.operations;
  }

  @Property(tries = 150, seed = "20261121")
  void applyingInOrderGivesTheSameTree(@ForAll long seed) throws IOException {
    SimStore primary = new SimStore();
    List<byte[]> operations = record(seed, primary);
    SimStore secondary = new SimStore();
    try (OperationApplier applier = new OperationApplier(secondary)) {
      for (byte[] each : operations) {
        applier.apply(decode(each));
      }
    }
    assertThat(TreeDigest.of(secondary)).isEqualTo(TreeDigest.of(primary));
  }

  @Property(tries = 400, seed = "20261121")
  void replayOverAnyLaterTreeEndsAtTheEnd(
      @ForAll long seed,
      @ForAll @IntRange(max = 100) int checkpointPercent,
      @ForAll @IntRange(max = 100) int treePercent)
      throws IOException {
    SimStore primary = new SimStore();
    List<byte[]> operations = record(seed, primary);
    int tree = operations.size() * treePercent / 100;
    int checkpoint = tree * checkpointPercent / 100;
    SimStore secondary = replayed(operations, tree, checkpoint);
    assertThat(TreeDigest.of(secondary)).isEqualTo(TreeDigest.of(primary));
  }

  /** A tree that lost power holds any part of what followed its last sync, pages torn. */
  @Property(tries = 300, seed = "20261126")
  void replayOverWhatALossOfPowerLeftEndsAtTheEnd(
      @ForAll long seed,
      @ForAll @IntRange(max = 100) int checkpointPercent,
      @ForAll @IntRange(max = 100) int treePercent,
      @ForAll @IntRange(max = 300) int writebackPerMille)
      throws IOException {
    SimStore primary = new SimStore();
    List<byte[]> operations = record(seed, primary);
    int tree = operations.size() * treePercent / 100;
    int checkpoint = tree * checkpointPercent / 100;
    long[] clock = {0};
    SimStore secondary = new SimStore(1, new SplittableRandom(seed), () -> clock[0] += 1_000_000);
    secondary.activity(writebackPerMille, writebackPerMille / 3);
    try (OperationApplier applier = new OperationApplier(secondary)) {
      for (byte[] each : operations.subList(0, checkpoint)) {
        applier.apply(decode(each));
      }
      secondary.syncAll();
      for (byte[] each : operations.subList(checkpoint, tree)) {
        applier.apply(decode(each));
      }
    }
    secondary.powerLoss();
    try (OperationApplier applier = new OperationApplier(secondary)) {
      for (byte[] each : operations.subList(checkpoint, operations.size())) {
        applier.replay(decode(each));
      }
      applier.replayed();
    }
    assertThat(TreeDigest.of(secondary).differences(TreeDigest.of(primary))).isEmpty();
  }

  private static final FileId ROOT = FileId.root(0);
  private static final FileId ONE = new FileId(7, 1);
  private static final FileId TWO = new FileId(7, 2);
  private static final TreePath A = TreePath.root(0).resolve(new byte[] {'a'});
  private static final TreePath B = TreePath.root(0).resolve(new byte[] {'b'});

  private static Operation create(FileId id, TreePath path) {
    return new Operation.Create(
        id, ROOT, path, new NewFile(FileKind.FILE, 0644, 5, 6, 0, new byte[0]), 1);
  }

  @Example
  void aFileThatMovesToANameItHadLostIsKept() throws IOException {
    endsAlike(
        create(ONE, A),
        new Operation.Link(ONE, A, ROOT, B, 2),
        new Operation.Remove(ONE, ROOT, B, false, 3),
        new Operation.Rename(ONE, ROOT, A, ROOT, B, FileId.NONE, 4));
  }

  /** As a loss of power in the middle of that very rename can leave it: a rename does nothing. */
  @Example
  void aFileThatHasTheNewNameAlreadyIsNotRenamedInSilence() throws IOException {
    SimStore store = new SimStore();
    try (OperationApplier applier = new OperationApplier(store)) {
      applier.apply(create(ONE, A));
      applier.apply(create(TWO, B));
      applier.apply(new Operation.Remove(TWO, ROOT, B, false, 2));
      store.link(A, B);
      for (FileId replaced : List.of(FileId.NONE, TWO)) {
        Operation rename = new Operation.Rename(ONE, ROOT, A, ROOT, B, replaced, 3);
        assertThatThrownBy(() -> applier.apply(rename)).isInstanceOf(ApplyFailure.class);
      }
    }
  }

  @Example
  void whatAFileReplacedBeforeItWasRemovedStaysGone() throws IOException {
    endsAlike(
        create(ONE, A),
        create(TWO, B),
        new Operation.Rename(ONE, ROOT, A, ROOT, B, TWO, 3),
        new Operation.Remove(ONE, ROOT, B, false, 4));
  }

  @Example
  void directoriesThatChangedPlacesDoNotGoIntoThemselves() throws IOException {
    TreePath below = A.resolve(new byte[] {'d'});
    NewFile directory = new NewFile(FileKind.DIRECTORY, 0755, 5, 6, 0, new byte[0]);
    endsAlike(
        new Operation.Create(ONE, ROOT, A, directory, 1),
        new Operation.Create(TWO, ONE, below, directory, 2),
        new Operation.Rename(TWO, ONE, below, ROOT, B, FileId.NONE, 3),
        new Operation.Rename(ONE, ROOT, A, TWO, B.resolve(new byte[] {'p'}), FileId.NONE, 4));
  }

  /** Replays from every checkpoint over every later tree. */
  private static void endsAlike(Operation... operations) throws IOException {
    Recorder recorder = new Recorder();
    for (Operation each : operations) {
      recorder.submit(each, false);
    }
    List<byte[]> all = recorder.operations;
    SimStore whole = replayed(all, all.size(), all.size());
    for (int tree = 0; tree <= all.size(); tree++) {
      for (int checkpoint = 0; checkpoint <= tree; checkpoint++) {
        assertThat(TreeDigest.of(replayed(all, tree, checkpoint)))
            .as("checkpoint %d, tree %d", checkpoint, tree)
            .isEqualTo(TreeDigest.of(whole));
      }
    }
  }

  private static SimStore replayed(List<byte[]> operations, int tree, int checkpoint)
      throws IOException {
    SimStore secondary = new SimStore();
    try (OperationApplier applier = new OperationApplier(secondary)) {
      for (byte[] each : operations.subList(0, tree)) {
        applier.apply(decode(each));
      }
    }
    try (OperationApplier applier = new OperationApplier(secondary)) {
      for (byte[] each : operations.subList(checkpoint, operations.size())) {
        applier.replay(decode(each));
      }
      applier.replayed();
    }
    return secondary;
  }
}
