package io.lockstep.replicator.testkit.sim.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.testkit.sim.disk.SimStore.Call;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimStoreTest {
  private final SimStore store = new SimStore();

  @Test
  void readsBackWhatWasWrittenAndShowsHoles() throws Exception {
    TreePath path = file("a", 1);
    try (OpenFile open = store.open(path, FileStore.Access.READ_WRITE)) {
      store.write(open, direct("end"), 3 * 4096);
      assertThat(store.status(open).sizeBytes()).isEqualTo(3 * 4096 + 3);
      assertThat(store.seek(open, FileStore.Region.DATA, 0)).isEqualTo(3 * 4096);
      assertThat(store.seek(open, FileStore.Region.HOLE, 0)).isZero();
      assertThat(store.seek(open, FileStore.Region.HOLE, 3 * 4096)).isEqualTo(3 * 4096 + 3);
      ByteBuffer into = ByteBuffer.allocateDirect(8);
      assertThat(store.read(open, into, 3 * 4096 - 2)).isEqualTo(5);
      assertThat(into.position()).isZero();
      assertThat(into.get(1)).isZero();
      assertThat(into.get(2)).isEqualTo((byte) 'e');
      store.allocate(open, Allocation.PUNCH_HOLE, 3 * 4096, 3);
      assertThatThrownBy(() -> store.seek(open, FileStore.Region.DATA, 0))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NO_SUCH_RANGE));
    }
  }

  @Test
  void cutBytesReadAsZerosWhenTheFileGrowsAgain() throws Exception {
    TreePath path = file("a", 1);
    try (OpenFile open = store.open(path, FileStore.Access.READ_WRITE)) {
      store.write(open, direct("secret"), 0);
      store.truncate(open, 2);
      store.truncate(open, 6);
      ByteBuffer into = ByteBuffer.allocateDirect(6);
      assertThat(store.read(open, into, 0)).isEqualTo(6);
      assertThat(into.get(1)).isEqualTo((byte) 'e');
      assertThat(into.get(2)).isZero();
    }
  }

  @Test
  void hardLinksShareOneFileAndSurviveTheFirstName() throws Exception {
    TreePath first = file("first", 1);
    TreePath second = path("second");
    store.link(first, second);
    assertThat(store.status(first).links()).isEqualTo(2);
    store.remove(first, false);
    assertThat(store.status(second).links()).isEqualTo(1);
    assertThat(store.identity(second)).contains(new FileId(7, 1));
  }

  @Test
  void refusesWhatPosixRefuses() throws Exception {
    TreePath directory = path("d");
    store.create(directory, NewFile.directory(0755, 0, 0), new FileId(7, 2));
    file("d/x", 3);
    refused(Failure.NOT_EMPTY, () -> store.remove(directory, true));
    refused(Failure.IS_A_DIRECTORY, () -> store.remove(directory, false));
    refused(Failure.INVALID, () -> store.rename(directory, path("d/e"), false));
    refused(Failure.EXISTS, () -> file("d/x", 4));
    refused(Failure.NOT_A_DIRECTORY, () -> file("d/x/y", 4));
    refused(Failure.NOT_FOUND, () -> store.status(path("none")));
  }

  @Test
  void namesMoveTheTimeOfTheDirectory() throws Exception {
    long before = store.status(TreePath.root(0)).modifyNs();
    file("a", 1);
    assertThat(store.status(TreePath.root(0)).modifyNs()).isGreaterThan(before);
  }

  @Test
  void stagingIsHidden() throws Exception {
    TreePath staging = store.staging(0);
    store.create(staging.resolve("x"), NewFile.file(0600, 0, 0), new FileId(7, 9));
    assertThat(store.list(TreePath.root(0), true)).isEmpty();
    List<TreePath> walked = new ArrayList<>();
    store.walk(TreePath.root(0), walked::add);
    assertThat(walked).isEmpty();
    assertThat(store.list(staging, true)).hasSize(1);
  }

  @Test
  void failsOnceWhenTold() throws Exception {
    store.failOnce(Call.CREATE, path -> true, Failure.NO_SPACE);
    refused(Failure.NO_SPACE, () -> file("a", 1));
    assertThat(file("a", 1)).isEqualTo(path("a"));
  }

  @Test
  void digestNamesEveryDifference() throws Exception {
    file("same", 1);
    SimStore other = store.copy();
    assertThat(TreeDigest.of(store)).isEqualTo(TreeDigest.of(other));
    other.setXattr(path("same"), "user.a".getBytes(StandardCharsets.UTF_8), new byte[] {1});
    other.create(path("extra"), NewFile.symlink("x".getBytes(StandardCharsets.UTF_8), 0, 0), id(5));
    assertThat(TreeDigest.of(store).differences(TreeDigest.of(other)))
        .anySatisfy(line -> assertThat(line).contains("+ 0:/same").contains("user.a=01"))
        .anySatisfy(line -> assertThat(line).contains("+ 0:/extra").contains("-> x"));
  }

  @Test
  void aHoleIsADifference() throws Exception {
    SimStore other = new SimStore();
    for (SimStore each : List.of(store, other)) {
      file(each, "a", 1);
      try (OpenFile open = each.open(path("a"), FileStore.Access.READ_WRITE)) {
        each.truncate(open, 3 * 4096);
        if (each == other) {
          each.write(open, ByteBuffer.allocateDirect(4096), 4096);
        }
      }
      each.setAttributes(path("a"), AttributeChange.modified(1));
      each.setAttributes(TreePath.root(0), AttributeChange.modified(1));
    }
    assertThat(TreeDigest.of(store)).isEqualTo(TreeDigest.of(other));
    assertThat(TreeDigest.differences(store, other))
        .containsExactly("- 0:/a data in ", "+ 0:/a data in 4096..8192 ");
    assertThat(TreeDigest.differences(other, other)).isEmpty();
  }

  private TreePath file(String name, long number) throws StoreException {
    return file(store, name, number);
  }

  private static TreePath file(SimStore store, String name, long number) throws StoreException {
    TreePath path = path(name);
    store.create(path, NewFile.file(0644, 1, 2), id(number));
    return path;
  }

  private static FileId id(long number) {
    return new FileId(7, number);
  }

  private static TreePath path(String name) {
    return TreePath.of(0, name);
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static void refused(
      Failure failure, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
  }
}
