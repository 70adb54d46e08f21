package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.state.ChecksummedLog;
import io.lockstep.replicator.testkit.sim.disk.SimDisk;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirtyTrackerTest {
  private static final DirtyBase BASE = new DirtyBase(new UUID(1, 2), new Generation(3, 4), 5);
  @TempDir Path directory;
  private final SimStore store = new SimStore();

  @Test
  void whatWasTrackedIsThereAfterCrashButCoarser() throws Exception {
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 5 << 20, 10));
      tracker.track(create(2, 9, "d/new"));
      tracker.track(new Operation.RemoveXattr(id(3), path("x"), new byte[] {1}, 0));
      assertThat(tracker.statistics().bytes()).isEqualTo(10);
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.base()).contains(BASE);
      DirtyFile file = recovered.map().file(id(1));
      assertThat(file.exact.isEmpty()).isTrue();
      assertThat(file.coarse.toString()).isEqualTo("{" + (4 << 20) + "=" + (8 << 20) + "}");
      assertThat(recovered.map().directory(id(9)).all).isTrue();
      assertThat(recovered.map().file(id(3)).xattrs).isTrue();
    }
  }

  @Test
  void whatThePeerMayHaveIsNotLeftToItsDirectory() throws Exception {
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(create(2, 9, "d/new"), true);
      assertThat(tracker.map().file(id(2)).fresh).isFalse();
      tracker.track(write(2, "d/new", 5 << 20, 10));
      tracker.track(create(3, 2, "d/new/below"));
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.map().file(id(2)).coarse.isEmpty()).isFalse();
      assertThat(recovered.map().directory(id(2)).all).isTrue();
    }
  }

  @Test
  void secondWriteToAnExtentCostsNoRecord() throws Exception {
    try (ChecksummedLog log = log();
        DirtyTracker tracker = DirtyTracker.open(new SystemExecution(), log, store)) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      long records = log.recordCount();
      tracker.track(write(1, "f", 100, 10));
      tracker.track(create(2, 9, "d/a"));
      long withDirectory = log.recordCount();
      tracker.track(create(3, 9, "d/b"));
      tracker.track(write(3, "d/b", 0, 10));
      assertThat(withDirectory).isEqualTo(records + 1);
      assertThat(log.recordCount()).isEqualTo(withDirectory);
    }
  }

  @Test
  void writesAfterCompactionAreAheadAgain() throws Exception {
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      tracker.compact();
      tracker.track(write(1, "f", 100, 10));
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.map().file(id(1)).exact.toString()).isEqualTo("{0=10}");
      assertThat(recovered.map().file(id(1)).coarse.toString()).isEqualTo("{0=" + (4 << 20) + "}");
    }
  }

  @Test
  void whatIsInARoundOutlivesACrashUntilItIsConfirmed() throws Exception {
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(create(1, 9, "d/new"));
      tracker.drain();
      assertThat(tracker.isEmpty()).isTrue();
    }
    try (DirtyTracker recovered = open()) {
      DirtyMap taken = recovered.drain();
      assertThat(taken.file(id(1)).created).isTrue();
      assertThat(taken.file(id(1)).fresh).isFalse();
      recovered.track(write(2, "g", 0, 10));
      taken.retain(Set.of());
      recovered.confirm(taken, new UUID(8, 8));
    }
    try (DirtyTracker last = open()) {
      assertThat(last.map().file(id(1))).isNull();
      assertThat(last.map().file(id(2)).exact.toString()).isEqualTo("{0=10}");
      assertThat(last.session()).contains(new UUID(8, 8));
      last.clear();
    }
    try (DirtyTracker cleared = open()) {
      assertThat(cleared.isEmpty()).isTrue();
      assertThat(cleared.base()).isEmpty();
    }
  }

  @Test
  void removedFileWithAnotherNameStaysDirty() throws Exception {
    store.create(path("f"), NewFile.file(0644, 0, 0), id(1));
    store.link(path("f"), path("g"));
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      tracker.track(new Operation.Remove(id(1), FileId.root(0), path("f"), false, 0));
      assertThat(tracker.map().file(id(1)).exact.toString()).isEqualTo("{0=10}");
    }
  }

  @Test
  void whatATakeoverTracksBeforeItServesIsNoOperationOfItsOwn() throws Exception {
    Generation next = new Generation(6, 7);
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.add(TouchedSet.of(write(1, "f", 0, 10)));
      tracker.beginsUnnumbered(next);
      tracker.markEverything();
      tracker.compact();
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.isEmpty()).isFalse();
      assertThat(recovered.isUnnumbered(next)).isTrue();
      assertThat(recovered.isUnnumbered(BASE.generation())).isFalse();
      recovered.track(write(1, "f", 0, 10));
      assertThat(recovered.isUnnumbered(next)).isFalse();
    }
    try (DirtyTracker last = open()) {
      assertThat(last.isUnnumbered(next)).isFalse();
    }
  }

  @Test
  void whatIsRemovedIsForgottenWhenItHasLeftTheTree() throws Exception {
    Operation removal = new Operation.Remove(id(1), FileId.root(0), path("f"), false, 0);
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      tracker.track(removal);
      tracker.settled(new Operation.Compensate(removal, 3));
      tracker.compact();
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.map().file(id(1))).isNull();
    }
  }

  @Test
  void whatIsNotRemovedAfterAllIsKnownAgain() throws Exception {
    Operation removal = new Operation.Remove(id(1), FileId.root(0), path("f"), false, 0);
    try (DirtyTracker tracker = open()) {
      tracker.failed(removal);
      assertThat(tracker.isEmpty()).isTrue();
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      tracker.track(removal);
      tracker.failed(removal);
      assertThat(tracker.map().file(id(1)).coarse.isEmpty()).isFalse();
    }
  }

  @Test
  void aRoundThatIsOutOutlivesTheBeginOfAnotherPeriod() throws Exception {
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      tracker.drain();
      tracker.beginAgain(new DirtyBase(new UUID(1, 2), new Generation(6, 7), 8));
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.map().file(id(1))).isNotNull();
    }
  }

  @Test
  void whatThePeerLacksOutlivesTheBeginOfAnotherPeriod() throws Exception {
    DirtyBase next = new DirtyBase(new UUID(1, 2), new Generation(6, 7), 8);
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.track(write(1, "f", 0, 10));
      tracker.beginAgain(next);
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.base()).contains(next);
      assertThat(recovered.map().file(id(1))).isNotNull();
    }
  }

  @Test
  void aRoundOfAReturnEndsThatNothingIsNumbered() throws Exception {
    Generation next = new Generation(6, 7);
    try (DirtyTracker tracker = open()) {
      tracker.begin(BASE);
      tracker.beginsUnnumbered(next);
      tracker.drain();
    }
    try (DirtyTracker recovered = open()) {
      assertThat(recovered.isUnnumbered(next)).isFalse();
      recovered.beginsUnnumbered(next);
      recovered.begin(BASE);
      assertThat(recovered.isUnnumbered(next)).isFalse();
    }
  }

  /** A full disk refuses one operation, and not the note that the next one needs. */
  @Test
  void whatCouldNotBeNotedIsNotedByTheNextThatTouchesIt() throws Exception {
    Generation next = new Generation(6, 7);
    SimDisk disk = new SimDisk(new Random(1));
    try (DirtyTracker tracker = open(disk)) {
      tracker.begin(BASE);
      tracker.beginsUnnumbered(next);
      disk.hook(DirtyTrackerTest::refuseWrites);
      assertThatThrownBy(() -> tracker.track(write(1, "f", 0, 10))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> tracker.track(create(2, 9, "d/new")))
          .isInstanceOf(IOException.class);
      assertThat(tracker.broken()).isFalse();
      assertThat(tracker.isUnnumbered(next)).isTrue();
      assertThat(tracker.map().file(id(1))).as("the peer may have it").isNotNull();
      disk.hook((call, path) -> {});
      tracker.track(write(1, "f", 0, 10));
      tracker.track(create(2, 9, "d/new"));
    }
    try (DirtyTracker recovered = open(disk)) {
      assertThat(recovered.map().file(id(1))).isNotNull();
      assertThat(recovered.map().directory(id(9)).all).isTrue();
      assertThat(recovered.isUnnumbered(next)).isFalse();
    }
  }

  @Test
  void aRoundThatCouldNotBeNotedLeavesThatNothingIsNumbered() throws Exception {
    Generation next = new Generation(6, 7);
    SimDisk disk = new SimDisk(new Random(1));
    try (DirtyTracker tracker = open(disk)) {
      tracker.begin(BASE);
      tracker.beginsUnnumbered(next);
      disk.hook(DirtyTrackerTest::refuseWrites);
      assertThatThrownBy(tracker::drain).isInstanceOf(IOException.class);
      disk.hook((call, path) -> {});
      tracker.track(write(1, "f", 0, 10));
    }
    try (DirtyTracker recovered = open(disk)) {
      assertThat(recovered.isUnnumbered(next)).isFalse();
    }
  }

  private static void refuseWrites(SimDisk.Call call, Path path) throws IOException {
    if (call == SimDisk.Call.WRITE) {
      throw new IOException("the disk is full");
    }
  }

  private DirtyTracker open(SimDisk disk) throws IOException {
    ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), disk, Path.of("/dirty.log"));
    return DirtyTracker.open(new SystemExecution(), log, store);
  }

  private DirtyTracker open() throws IOException {
    return DirtyTracker.open(new SystemExecution(), log(), store);
  }

  private ChecksummedLog log() throws IOException {
    return ChecksummedLog.open(
        new SystemExecution(), new SystemDisk(), directory.resolve("dirty.log"));
  }

  private static Operation write(long number, String path, long offset, int length) {
    return new Operation.Write(id(number), path(path), offset, ByteBuffer.allocate(length), 0);
  }

  private static Operation create(long number, long parent, String path) {
    return new Operation.Create(id(number), id(parent), path(path), NewFile.file(0644, 0, 0), 0);
  }

  private static FileId id(long number) {
    return new FileId(7, number);
  }

  private static TreePath path(String text) {
    return TreePath.of(0, text);
  }
}
