package io.lockstep.replicator.testkit.sim.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.testkit.TreeDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** One test for each rule about what a crash of the process or a loss of power leaves. */
class SimStoreCrashTest {
  private static final int SEEDS = 400;
  private static final TreePath ROOT = TreePath.root(0);
  private static final TreePath A = ROOT.resolve("a");
  private static final TreePath B = ROOT.resolve("b");

  /** What a test does to a fresh store, and what it then looks at. */
  private interface Story {
    String tell(SimStore store) throws IOException;
  }

  /** All endings of the story that seeds lead to. */
  private static Set<String> endings(Story story) throws IOException {
    Set<String> endings = new TreeSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      endings.add(story.tell(fresh(seed)));
    }
    return endings;
  }

  private static SimStore fresh(long seed) {
    long[] clock = {0};
    return new SimStore(1, new SplittableRandom(seed), () -> clock[0] += 1_000_000);
  }

  @Test
  void aProcessCrashKeepsEverythingButWhatIsOpen() throws IOException {
    SimStore store = fresh(1);
    create(store, A);
    OpenFile open = store.open(A, Access.READ_WRITE);
    store.write(open, bytes("kept"), 0);
    create(store, B);
    OpenFile unlinked = store.open(B, Access.READ_WRITE);
    store.remove(B, false);
    store.processCrash();
    assertThat(content(store, A)).isEqualTo("kept");
    assertThat(names(store)).containsExactly("a");
    refused(Failure.STALE, () -> store.status(open));
    refused(Failure.STALE, () -> store.read(unlinked, ByteBuffer.allocateDirect(1), 0));
  }

  @Test
  void aPowerLossKeepsAPrefixOfTheNames() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              create(store, B);
              store.rename(A, ROOT.resolve("c"), true);
              store.remove(B, false);
              store.powerLoss();
              return names(store).toString();
            });
    assertThat(endings).containsExactly("[]", "[a, b]", "[a]", "[b, c]", "[c]");
  }

  @Test
  void aCreationIsThereWithItsIdentityOrNotAtAll() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              store.create(A, NewFile.file(0640, 3, 4), new FileId(7, 7));
              store.powerLoss();
              if (names(store).isEmpty()) {
                return "none";
              }
              return store.identity(A).orElseThrow() + " " + store.status(A).owner();
            });
    assertThat(endings).containsExactly("7:7 3", "none");
  }

  @Test
  void anExchangeHappensWholeOrNotAtAll() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              store.create(A, NewFile.file(0600, 0, 0), new FileId(7, 1));
              store.create(B, NewFile.file(0600, 0, 0), new FileId(7, 2));
              store.syncAll();
              store.exchange(A, B);
              store.powerLoss();
              return store.identity(A).orElseThrow() + " " + store.identity(B).orElseThrow();
            });
    assertThat(endings).containsExactly("7:1 7:2", "7:2 7:1");
  }

  @Test
  void overwrittenPagesAreOldOrNewEachByItself() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              write(store, A, 0, "o".repeat(2 * Page.BYTES));
              store.syncAll();
              write(store, A, 0, "n".repeat(2 * Page.BYTES));
              store.powerLoss();
              return summary(content(store, A), Page.BYTES);
            });
    assertThat(endings).contains("nn", "no", "on", "oo");
  }

  @Test
  void anInterruptedOverwriteIsTornBetweenSectors() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              write(store, A, 0, "o".repeat(Page.BYTES));
              store.syncAll();
              write(store, A, 0, "n".repeat(Page.BYTES));
              store.powerLoss();
              return summary(content(store, A), Page.SECTOR_BYTES);
            });
    assertThat(endings).hasSizeGreaterThan(10).allMatch(each -> each.matches("[no]{8}"));
  }

  @Test
  void whatAFileGrewByHoldsTheDataOrZerosOrIsNotThere() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              store.syncAll();
              write(store, A, 0, "n".repeat(3 * Page.BYTES));
              store.powerLoss();
              return summary(content(store, A), Page.BYTES);
            });
    assertThat(endings)
        .contains("", "nnn", "n", "00n", "0n", "n0n")
        .allMatch(each -> each.isEmpty() || each.endsWith("n"));
  }

  @Test
  void aSyncedFileIsThereWithItsNameAndAllItsBytes() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              write(store, A, 0, "n".repeat(2 * Page.BYTES + 5));
              sync(store, A, true);
              create(store, B);
              store.powerLoss();
              return summary(content(store, A), Page.BYTES) + content(store, A).length();
            });
    assertThat(endings).containsExactly("nnn" + (2 * Page.BYTES + 5));
  }

  @Test
  void aDataSyncLeavesTheAttributesToTheJournal() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              store.syncAll();
              store.setXattr(A, new byte[] {'u'}, new byte[1]);
              sync(store, A, true);
              store.powerLoss();
              return "" + store.xattrs(A).size();
            });
    assertThat(endings).containsExactly("0", "1");
  }

  @Test
  void aSyncedDirectoryHasItsNamesButNotTheirContent() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              create(store, A);
              write(store, A, 0, "n");
              store.syncDirectory(ROOT);
              store.powerLoss();
              return content(store, A);
            });
    assertThat(endings).containsExactly("", "n");
  }

  @Test
  void aCutThatIsSyncedNeitherBringsBackNorLosesBytes() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              store.activity(300, 100);
              create(store, A);
              write(store, A, 0, "o".repeat(100));
              store.syncAll();
              resize(store, A, 10);
              write(store, A, 20, "n".repeat(10));
              create(store, B);
              sync(store, A, false);
              store.powerLoss();
              return content(store, A);
            });
    assertThat(endings).containsExactly("o".repeat(10) + "\0".repeat(10) + "n".repeat(10));
  }

  @Test
  void theTailOfACutNeverComesBackWhenTheFileGrows() throws IOException {
    Set<String> endings =
        endings(
            store -> {
              store.activity(50, 50);
              create(store, A);
              write(store, A, 0, "o".repeat(100));
              store.syncAll();
              resize(store, A, 2);
              resize(store, A, 4);
              create(store, B);
              store.powerLoss();
              return content(store, A).replace("o".repeat(100), "whole");
            });
    assertThat(endings)
        .contains("whole", "oo", "oo\0\0")
        .allMatch(e -> e.equals("whole") || e.replaceFirst("oo", "").replace("\0", "").isEmpty());
  }

  @Test
  void aFailedSyncLosesWhatProgramsStillRead() throws IOException {
    SimStore store = fresh(1);
    create(store, A);
    write(store, A, 0, "old");
    store.syncAll();
    write(store, A, 0, "new");
    store.failSyncs(1);
    refused(Failure.IO, () -> sync(store, A, false));
    assertThat(content(store, A)).isEqualTo("new");
    sync(store, A, false);
    store.syncAll();
    store.processCrash();
    assertThat(content(store, A)).isEqualTo("new");
    store.powerLoss();
    assertThat(content(store, A)).isEqualTo("old");
  }

  @Test
  void aFullDiskTakesAPartAndSaysSo() throws IOException {
    SimStore store = fresh(1);
    create(store, A);
    store.fullAfter(2 * Page.BYTES);
    refused(Failure.NO_SPACE, () -> write(store, A, 0, "n".repeat(3 * Page.BYTES)));
    assertThat(store.status(A).sizeBytes()).isEqualTo(2 * Page.BYTES);
    assertThat(store.statistics(0).availableBlocks()).isZero();
    refused(Failure.NO_SPACE, () -> create(store, B));
    write(store, A, 0, "overwriting needs no room");
    resize(store, A, Page.BYTES);
    create(store, B);
    write(store, B, 0, "n");
    refused(Failure.NO_SPACE, () -> write(store, B, Page.BYTES, "n"));
    store.roomAgain();
    write(store, B, Page.BYTES, "n");
  }

  @Test
  void aFileThatIsOpenKeepsItsRoomUntilItIsClosed() throws IOException {
    SimStore store = fresh(1);
    create(store, A);
    write(store, A, 0, "n");
    store.fullAfter(0);
    OpenFile open = store.open(A, Access.READ);
    store.remove(A, false);
    refused(Failure.NO_SPACE, () -> create(store, B));
    open.close();
    create(store, B);
  }

  @Test
  void oneSeedGivesOneDisk() throws IOException {
    List<TreeDigest> digests = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      SimStore store = fresh(42);
      store.activity(200, 100);
      for (int i = 0; i < 100; i++) {
        create(store, ROOT.resolve("f" + i));
        write(store, ROOT.resolve("f" + i / 2), i * 100L, "x".repeat(300));
      }
      store.powerLoss();
      digests.add(TreeDigest.of(store));
    }
    assertThat(digests.get(0)).isEqualTo(digests.get(1));
    assertThat(digests.get(0).lines().size()).isBetween(2, 101);
  }

  @Test
  void theHookSeesEveryCallAndMayRefuseIt() throws IOException {
    SimStore store = fresh(1);
    Set<SimStore.Call> seen = new TreeSet<>();
    store.hook((call, path) -> seen.add(call));
    create(store, A);
    write(store, A, 0, "n");
    resize(store, A, 0);
    sync(store, A, false);
    store.syncDirectory(ROOT);
    store.syncAll();
    names(store);
    store.statistics(0);
    store.staging(0);
    store.walk(ROOT, path -> true);
    assertThat(seen)
        .contains(
            SimStore.Call.CREATE,
            SimStore.Call.OPEN,
            SimStore.Call.WRITE,
            SimStore.Call.TRUNCATE,
            SimStore.Call.SYNC,
            SimStore.Call.SYNC_DIRECTORY,
            SimStore.Call.SYNC_ALL,
            SimStore.Call.LIST,
            SimStore.Call.STATISTICS,
            SimStore.Call.STAGING,
            SimStore.Call.WALK);
  }

  private static void create(SimStore store, TreePath path) throws StoreException {
    store.create(path, NewFile.file(0600, 0, 0), new FileId(9, path.hashCode()));
  }

  private static void write(SimStore store, TreePath path, long offset, String text)
      throws StoreException {
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.write(file, bytes(text), offset);
    }
  }

  private static void resize(SimStore store, TreePath path, long size) throws StoreException {
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.truncate(file, size);
    }
  }

  private static void sync(SimStore store, TreePath path, boolean dataOnly) throws StoreException {
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.sync(file, dataOnly);
    }
  }

  private static String content(SimStore store, TreePath path) throws StoreException {
    try (OpenFile file = store.open(path, Access.READ)) {
      ByteBuffer into = ByteBuffer.allocateDirect((int) store.status(file).sizeBytes());
      store.read(file, into, 0);
      byte[] bytes = new byte[into.capacity()];
      into.get(bytes);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  private static List<String> names(SimStore store) throws StoreException {
    return store.list(ROOT, false).stream()
        .map(Entry::name)
        .map(name -> new String(name, StandardCharsets.UTF_8))
        .sorted()
        .toList();
  }

  /** One letter for each piece, which must be all of one letter; 0 for zeros. */
  private static String summary(String content, int pieceBytes) {
    StringBuilder letters = new StringBuilder();
    for (int at = 0; at < content.length(); at += pieceBytes) {
      String piece = content.substring(at, Math.min(content.length(), at + pieceBytes));
      char first = piece.charAt(0);
      boolean mixed = !piece.equals(String.valueOf(first).repeat(piece.length()));
      letters.append(mixed ? '?' : first == 0 ? '0' : first);
    }
    return letters.toString();
  }

  private static ByteBuffer bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static void refused(
      Failure failure, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
  }
}
