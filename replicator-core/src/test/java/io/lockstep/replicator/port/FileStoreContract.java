package io.lockstep.replicator.port;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.FileStore.Region;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link FileStore} does alike. A test class of an implementation extends it and opens a
 * store over two empty directories.
 */
public abstract class FileStoreContract {
  private static final TreePath ROOT = TreePath.root(0);
  private static final FileId ID = new FileId(0x0123456789abcdefL, 0x8000000000000001L);

  private FileStore store;

  /** A store over two directories without entries. */
  protected abstract FileStore openEmpty() throws Exception;

  @BeforeEach
  void open() throws Exception {
    store = openEmpty();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aNewFileHasItsOwnerPermissionsAndIdentity() throws Exception {
    TreePath path = ROOT.resolve("file");
    store.create(path, NewFile.file(06751, 12, 34), ID);

    FileStatus status = store.status(path);
    assertThat(status.kind()).isEqualTo(FileKind.FILE);
    assertThat(status.permissions()).isEqualTo(06751);
    assertThat(status.owner()).isEqualTo(12);
    assertThat(status.group()).isEqualTo(34);
    assertThat(status.links()).isEqualTo(1);
    assertThat(status.sizeBytes()).isZero();
    assertThat(store.identity(path)).contains(ID);
    refused(Failure.EXISTS, () -> store.create(path, NewFile.file(0644, 0, 0), ID));
  }

  @Test
  void everyKindIsCreatedWithItsIdentity() throws Exception {
    TreePath directory = ROOT.resolve("directory");
    store.create(directory, NewFile.directory(01777, 5, 6), ID);
    assertThat(store.status(directory).permissions()).isEqualTo(01777);
    assertThat(store.status(directory).owner()).isEqualTo(5);
    assertThat(store.identity(directory)).contains(ID);

    TreePath link = directory.resolve("link");
    store.create(link, NewFile.symlink("/nowhere/at all".getBytes(UTF_8), 7, 8), ID);
    assertThat(store.status(link).kind()).isEqualTo(FileKind.SYMLINK);
    assertThat(store.status(link).owner()).isEqualTo(7);
    assertThat(store.readLink(link)).asString(UTF_8).isEqualTo("/nowhere/at all");
    assertThat(store.identity(link)).contains(ID);

    for (FileKind kind : List.of(FileKind.FIFO, FileKind.SOCKET, FileKind.CHARACTER_DEVICE)) {
      TreePath path = directory.resolve(kind.name());
      long device = kind == FileKind.CHARACTER_DEVICE ? 0x103 : 0;
      store.create(path, new NewFile(kind, 0606, 9, 10, device, new byte[0]), ID);
      assertThat(store.status(path).kind()).isEqualTo(kind);
      assertThat(store.status(path).device()).isEqualTo(device);
      assertThat(store.status(path).permissions()).isEqualTo(0606);
      assertThat(store.identity(path)).contains(ID);
    }
    assertThat(names(directory))
        .containsExactlyInAnyOrder("link", "FIFO", "SOCKET", "CHARACTER_DEVICE");
    refused(Failure.EXISTS, () -> store.create(directory, NewFile.directory(0755, 0, 0), ID));
    assertThat(names(ROOT)).containsExactly("directory");
  }

  @Test
  void aNewFileThatStaysOpenHasItsTimesAndTakesData() throws Exception {
    TreePath path = ROOT.resolve("file");
    try (OpenFile open =
        store.create(path, NewFile.file(06751, 12, 34), ID, 1_234_567_891L).get()) {
      FileStatus status = store.status(path);
      assertThat(status).isEqualTo(store.status(open));
      assertThat(status.permissions()).isEqualTo(06751);
      assertThat(status.accessNs()).isEqualTo(1_234_567_891L);
      assertThat(status.modifyNs()).isEqualTo(1_234_567_891L);
      assertThat(store.identity(path)).contains(ID);
      store.write(open, direct("new"), 0);
      ByteBuffer read = ByteBuffer.allocateDirect(3);
      assertThat(store.read(open, read, 0)).isEqualTo(3);
      assertThat(read).isEqualTo(direct("new"));
    }
    refused(Failure.EXISTS, () -> store.create(path, NewFile.file(0644, 0, 0), ID, 5));
    assertThat(store.status(path).sizeBytes()).isEqualTo(3);
  }

  @Test
  void everyOtherKindHasItsTimesAndIsNotOpen() throws Exception {
    TreePath directory = ROOT.resolve("directory");
    assertThat(store.create(directory, NewFile.directory(01777, 5, 6), ID, 7_000_000_001L))
        .isEmpty();
    assertThat(store.status(directory).modifyNs()).isEqualTo(7_000_000_001L);
    TreePath link = ROOT.resolve("link");
    assertThat(store.create(link, NewFile.symlink("to".getBytes(UTF_8), 0, 0), ID, 8_000_000_001L))
        .isEmpty();
    assertThat(store.status(link).accessNs()).isEqualTo(8_000_000_001L);
    assertThat(store.status(link).modifyNs()).isEqualTo(8_000_000_001L);
  }

  @Test
  void bytesAreReadBackAndBuffersStayAsTheyWere() throws Exception {
    TreePath path = newFile("data");
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      ByteBuffer data = direct("xxhello worldyy");
      data.position(2).limit(13);
      store.write(file, data, 5_000_000_000L);
      assertThat(data.position()).isEqualTo(2);
      assertThat(store.status(file).sizeBytes()).isEqualTo(5_000_000_011L);

      ByteBuffer into = ByteBuffer.allocateDirect(32).position(3);
      assertThat(store.read(file, into, 5_000_000_006L)).isEqualTo(5);
      assertThat(into.position()).isEqualTo(3);
      byte[] read = new byte[5];
      into.get(3, read);
      assertThat(read).asString(UTF_8).isEqualTo("world");
      assertThat(store.read(file, into, 5_000_000_011L)).isZero();

      store.truncate(file, 4);
      assertThat(store.status(path).sizeBytes()).isEqualTo(4);
      store.sync(file, true);
      store.sync(file, false);
    }
    store.syncDirectory(ROOT);
    store.syncAll();
  }

  @Test
  void anUnlinkedFileStaysReachableWhileOpen() throws Exception {
    TreePath path = newFile("gone");
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.remove(path, false);
      store.write(file, direct("still"), 0);
      assertThat(store.status(file).sizeBytes()).isEqualTo(5);
      assertThat(store.status(file).links()).isZero();
    }
    refused(Failure.NOT_FOUND, () -> store.open(path, Access.READ));
  }

  @Test
  void onlyRegularFilesAreOpened() throws Exception {
    TreePath path = newFile("file");
    store.create(ROOT.resolve("dir"), NewFile.directory(0755, 0, 0), ID);
    store.create(ROOT.resolve("link"), NewFile.symlink("file".getBytes(UTF_8), 0, 0), ID);
    refused(Failure.IS_A_DIRECTORY, () -> store.open(ROOT.resolve("dir"), Access.READ));
    refused(Failure.LOOP, () -> store.open(ROOT.resolve("link"), Access.READ));
    refused(Failure.NOT_FOUND, () -> store.open(ROOT.resolve("none"), Access.READ));
    refused(Failure.NOT_A_DIRECTORY, () -> store.open(path.resolve("below"), Access.READ));
  }

  @Test
  void aFileWithoutAnyPermissionIsOpened() throws Exception {
    TreePath path = ROOT.resolve("secret");
    store.create(path, NewFile.file(0, 77, 77), ID);
    store.open(path, Access.READ_WRITE).close();
  }

  @Test
  void spaceIsReservedFreedAndSought() throws Exception {
    TreePath path = newFile("holes");
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      int block = 1 << 20;
      ByteBuffer ones = ByteBuffer.allocateDirect(3 * block);
      while (ones.hasRemaining()) {
        ones.put((byte) 1);
      }
      store.write(file, ones.flip(), 0);
      store.allocate(file, Allocation.PUNCH_HOLE, block, block);
      assertThat(store.status(file).sizeBytes()).isEqualTo(3L * block);
      assertThat(store.seek(file, Region.HOLE, 0)).isEqualTo(block);
      assertThat(store.seek(file, Region.DATA, block)).isEqualTo(2L * block);
      ByteBuffer one = ByteBuffer.allocateDirect(1);
      assertThat(store.read(file, one, block + 7)).isEqualTo(1);
      assertThat(one.get(0)).isZero();
      store.allocate(file, Allocation.RESERVE_KEEP_SIZE, 0, 5L * block);
      assertThat(store.status(file).sizeBytes()).isEqualTo(3L * block);
      store.allocate(file, Allocation.RESERVE, 0, 4L * block);
      assertThat(store.status(file).sizeBytes()).isEqualTo(4L * block);
      refused(Failure.NO_SUCH_RANGE, () -> store.seek(file, Region.DATA, 9L * block));
    }
  }

  @Test
  void namesOfAnyBytesAreKept() throws Exception {
    byte[] odd = {(byte) 0xff, (byte) 0xfe, ' ', '\n', (byte) 0xc3, '\\'};
    byte[] longest = "x".repeat(255).getBytes(UTF_8);
    for (byte[] name : List.of(odd, longest)) {
      TreePath path = ROOT.resolve(name);
      store.create(path, NewFile.directory(0755, 0, 0), ID);
      store.create(path.resolve(name), NewFile.file(0644, 0, 0), ID);
      assertThat(store.list(path, false)).singleElement().extracting(Entry::name).isEqualTo(name);
    }
    assertThat(names(ROOT)).containsExactlyInAnyOrder(new String(odd, ISO_8859_1), "x".repeat(255));
  }

  @Test
  void aListTellsKindsInodesAndIdentities() throws Exception {
    TreePath file = newFile("file");
    store.create(ROOT.resolve("sub"), NewFile.directory(0755, 0, 0), new FileId(4, 5));
    List<Entry> entries = store.list(ROOT, true);
    assertThat(entries).hasSize(2);
    for (Entry entry : entries) {
      boolean isFile = new String(entry.name(), UTF_8).equals("file");
      assertThat(entry.kind()).isEqualTo(isFile ? FileKind.FILE : FileKind.DIRECTORY);
      assertThat(entry.id()).contains(isFile ? ID : new FileId(4, 5));
      assertThat(entry.inode()).isEqualTo(store.status(ROOT.resolve(entry.name())).inode());
    }
    assertThat(store.list(ROOT, false)).allMatch(e -> e.id().isEmpty());
    refused(Failure.NOT_A_DIRECTORY, () -> store.list(file, false));
    refused(Failure.NOT_FOUND, () -> store.list(ROOT.resolve("none"), false));
  }

  @Test
  void identitiesAreHiddenAndKept() throws Exception {
    TreePath path = newFile("file");
    byte[] own = "trusted.lockstep.id".getBytes(UTF_8);
    byte[] other = "user.colour".getBytes(UTF_8);
    store.setXattr(path, other, "red".getBytes(UTF_8));
    assertThat(store.xattrs(path)).containsExactly(other);
    assertThat(store.xattr(path, other)).asString(UTF_8).isEqualTo("red");
    store.setXattr(path, other, new byte[0]);
    assertThat(store.xattr(path, other)).isEmpty();
    refused(Failure.NO_ATTRIBUTE, () -> store.xattr(path, own));
    refused(Failure.NOT_PERMITTED, () -> store.setXattr(path, own, new byte[16]));
    refused(Failure.NOT_PERMITTED, () -> store.removeXattr(path, own));
    store.removeXattr(path, other);
    refused(Failure.NO_ATTRIBUTE, () -> store.removeXattr(path, other));
    refused(Failure.NO_ATTRIBUTE, () -> store.xattr(path, other));

    store.setIdentity(path, new FileId(8, 9));
    assertThat(store.identity(path)).contains(new FileId(8, 9));
    assertThat(store.identity(ROOT)).contains(FileId.root(0));
    assertThat(store.identity(TreePath.root(1))).contains(FileId.root(1));
    refused(Failure.NOT_FOUND, () -> store.identity(ROOT.resolve("none")));
  }

  @Test
  void namesMoveLinkAndDisappear() throws Exception {
    TreePath one = newFile("one");
    TreePath two = ROOT.resolve("two");
    store.link(one, two);
    assertThat(store.status(one).links()).isEqualTo(2);
    assertThat(store.status(two).inode()).isEqualTo(store.status(one).inode());
    refused(Failure.EXISTS, () -> store.link(one, two));

    TreePath sub = ROOT.resolve("sub");
    store.create(sub, NewFile.directory(0755, 0, 0), new FileId(2, 2));
    store.rename(two, sub.resolve("deep"), true);
    refused(Failure.EXISTS, () -> store.rename(one, sub.resolve("deep"), true));
    refused(Failure.NOT_EMPTY, () -> store.remove(sub, true));
    refused(Failure.IS_A_DIRECTORY, () -> store.remove(sub, false));
    refused(Failure.NOT_A_DIRECTORY, () -> store.remove(one, true));
    store.exchange(one, sub);
    assertThat(store.status(one).kind()).isEqualTo(FileKind.DIRECTORY);
    assertThat(store.identity(sub)).contains(ID);
    store.remove(one.resolve("deep"), false);
    store.create(one.resolve("new"), NewFile.file(0600, 0, 0), new FileId(3, 3));
    store.rename(one.resolve("new"), sub, false);
    assertThat(store.identity(sub)).contains(new FileId(3, 3));
    store.remove(one, true);
    assertThat(names(ROOT)).containsExactly("sub");
    refused(Failure.NOT_FOUND, () -> store.remove(one, false));
    refused(Failure.NOT_FOUND, () -> store.rename(one, two, false));
  }

  @Test
  void attributesChangeTogether() throws Exception {
    TreePath path = newFile("file");
    AttributeChange all =
        new AttributeChange(
            OptionalInt.of(06711),
            OptionalInt.of(41),
            OptionalInt.of(42),
            OptionalLong.of(1_000_000_007L),
            OptionalLong.of(1_700_000_000_123_456_789L));
    store.setAttributes(path, all);
    FileStatus status = store.status(path);
    assertThat(AttributeChange.all(status)).isEqualTo(all);
    store.setAttributes(path, AttributeChange.modified(5));
    assertThat(store.status(path).modifyNs()).isEqualTo(5);
    assertThat(store.status(path).accessNs()).isEqualTo(1_000_000_007L);
    assertThat(store.status(path).permissions()).isEqualTo(06711);
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.setAttributes(file, all);
      assertThat(AttributeChange.all(store.status(file))).isEqualTo(all);
    }
    store.setAttributes(ROOT, AttributeChange.modified(77));
    assertThat(store.status(ROOT).modifyNs()).isEqualTo(77);
  }

  @Test
  void attributesOfALinkAreItsOwn() throws Exception {
    TreePath path = newFile("file");
    FileStatus before = store.status(path);
    TreePath link = ROOT.resolve("link");
    store.create(link, NewFile.symlink("file".getBytes(UTF_8), 0, 0), ID);
    store.setAttributes(
        link,
        new AttributeChange(
            OptionalInt.of(0600),
            OptionalInt.of(3),
            OptionalInt.of(4),
            OptionalLong.empty(),
            OptionalLong.of(9)));
    assertThat(store.status(link).owner()).isEqualTo(3);
    assertThat(store.status(link).modifyNs()).isEqualTo(9);
    assertThat(store.status(path)).isEqualTo(before);
  }

  @Test
  void theStagingPlaceIsHidden() throws Exception {
    TreePath staging = store.staging(0);
    assertThat(staging).isEqualTo(ROOT.resolve(".lockstep"));
    assertThat(store.staging(0)).isEqualTo(staging);
    assertThat(store.status(staging).permissions()).isEqualTo(0700);
    store.create(staging.resolve("x"), NewFile.file(0600, 0, 0), ID);
    TreePath sub = ROOT.resolve("sub");
    store.create(sub, NewFile.directory(0755, 0, 0), ID);
    store.create(sub.resolve(".lockstep"), NewFile.file(0600, 0, 0), ID);
    assertThat(names(ROOT)).containsExactly("sub");
    assertThat(names(sub)).containsExactly(".lockstep");
    assertThat(names(staging)).containsExactly("x");
    assertThat(walked(ROOT)).containsExactly(sub, sub.resolve(".lockstep"));
    store.rename(staging.resolve("x"), ROOT.resolve("y"), true);
    assertThat(names(staging)).isEmpty();
  }

  @Test
  void aWalkComesToParentsFirstAndStops() throws Exception {
    TreePath a = ROOT.resolve("a");
    TreePath b = a.resolve("b");
    store.create(a, NewFile.directory(0755, 0, 0), ID);
    store.create(b, NewFile.directory(0755, 0, 0), ID);
    store.create(b.resolve("c"), NewFile.file(0755, 0, 0), ID);
    assertThat(walked(ROOT)).containsExactly(a, b, b.resolve("c"));
    assertThat(walked(b)).containsExactly(b.resolve("c"));
    List<TreePath> seen = new ArrayList<>();
    store.walk(
        ROOT,
        path -> {
          seen.add(path);
          return !path.equals(b);
        });
    assertThat(seen).containsExactly(a, b);
  }

  @Test
  void aFileThatWasThereBeforeHasNoIdentity() throws Exception {
    assertThat(store.identity(store.staging(1))).isEqualTo(Optional.empty());
  }

  @Test
  void roomIsTold() throws Exception {
    FileStore.Statistics room = store.statistics(1);
    assertThat(room.blockSizeBytes()).isPositive();
    assertThat(room.blocks()).isGreaterThanOrEqualTo(room.freeBlocks());
    assertThat(room.maxNameBytes()).isEqualTo(255);
    assertThat(store.directories()).isEqualTo(2);
  }

  @Test
  void eachDirectoryKeepsTheMarkOfItsCopyToItself() throws Exception {
    assertThat(store.mark(0)).isEmpty();
    UUID copy = UUID.fromString("01234567-89ab-cdef-fedc-ba9876543210");
    store.mark(0, copy);
    assertThat(store.mark(0)).contains(copy);
    assertThat(store.mark(1)).isEmpty();
    assertThat(store.xattrs(TreePath.root(0))).isEmpty();
    store.mark(0, new UUID(1, 2));
    assertThat(store.mark(0)).contains(new UUID(1, 2));
  }

  @Test
  void whatIsHeldStaysWithinReachAfterItsLastNameIsGone() throws Exception {
    TreePath path = newFile("f");
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.write(file, direct("kept"), 0);
    }
    try (OpenFile held = store.hold(path)) {
      store.remove(path, false);
      store.setAttributes(held, AttributeChange.permissions(0600));
      store.setXattr(held, "user.a".getBytes(UTF_8), new byte[] {7});
      FileStatus status = store.status(held);
      assertThat(status.links()).isZero();
      assertThat(status.permissions()).isEqualTo(0600);
      assertThat(store.xattrs(held)).containsExactly("user.a".getBytes(UTF_8));
      assertThat(store.xattr(held, "user.a".getBytes(UTF_8))).containsExactly(7);
      store.removeXattr(held, "user.a".getBytes(UTF_8));
      refused(Failure.NO_ATTRIBUTE, () -> store.xattr(held, "user.a".getBytes(UTF_8)));
      try (OpenFile again = store.reopen(held, Access.READ_WRITE)) {
        ByteBuffer read = ByteBuffer.allocateDirect(9);
        assertThat(store.read(again, read, 0)).isEqualTo(4);
        store.truncate(again, 1);
        assertThat(store.status(held).sizeBytes()).isEqualTo(1);
      }
    }
  }

  @Test
  void directoriesAndLinksAreHeldToo() throws Exception {
    TreePath directory = ROOT.resolve("d");
    TreePath link = ROOT.resolve("l");
    store.create(directory, NewFile.directory(0755, 0, 0), ID);
    store.create(link, NewFile.symlink("to".getBytes(UTF_8), 0, 0), ID);
    try (OpenFile heldDirectory = store.hold(directory);
        OpenFile heldLink = store.hold(link)) {
      store.remove(directory, true);
      store.remove(link, false);
      assertThat(store.status(heldDirectory).kind()).isEqualTo(FileKind.DIRECTORY);
      assertThat(store.readLink(heldLink)).isEqualTo("to".getBytes(UTF_8));
      store.setAttributes(heldDirectory, AttributeChange.permissions(0700));
      assertThat(store.status(heldDirectory).permissions()).isEqualTo(0700);
    }
  }

  @Test
  void aFileWithoutANameIsNowhereUntilItIsPublished() throws Exception {
    try (OpenFile nameless = store.createNameless(ROOT, NewFile.file(0640, 12, 34))) {
      store.write(nameless, direct("whole"), 0);
      assertThat(names(ROOT)).isEmpty();
      assertThat(store.status(nameless).links()).isZero();
      TreePath taken = newFile("taken");
      refused(Failure.EXISTS, () -> store.publish(nameless, taken, ID));
      FileId other = new FileId(1, 2);
      store.publish(nameless, ROOT.resolve("f"), other);
      FileStatus status = store.status(ROOT.resolve("f"));
      assertThat(status.sizeBytes()).isEqualTo(5);
      assertThat(status.permissions()).isEqualTo(0640);
      assertThat(status.owner()).isEqualTo(12);
      assertThat(status.links()).isEqualTo(1);
      assertThat(store.identity(ROOT.resolve("f"))).contains(other);
    }
  }

  @Test
  void whatWillNotBePublishedIsSwept() throws Exception {
    TreePath directory = ROOT.resolve("d");
    store.create(directory, NewFile.directory(0755, 0, 0), ID);
    TreePath first = directory.resolve(HiddenName.of(1));
    TreePath second = directory.resolve(HiddenName.of(-1));
    TreePath third = ROOT.resolve(HiddenName.of(3));
    for (TreePath hidden : List.of(first, second, third)) {
      store.create(hidden, NewFile.file(0644, 0, 0), ID, 5).orElseThrow().close();
    }
    store.sweep(false);
    store.rename(first, directory.resolve("f"), true);
    store.setAttributes(directory, AttributeChange.modified(12_345));
    store.sweep(true);
    refused(Failure.NOT_FOUND, () -> store.status(second));
    refused(Failure.NOT_FOUND, () -> store.status(third));
    assertThat(names(directory)).containsExactly("f");
    assertThat(store.status(directory).modifyNs()).isEqualTo(12_345);
    store.sweep(true);
    assertThat(names(directory)).containsExactly("f");
    store.rename(directory.resolve("f"), first, true);
    store.link(first, second);
    store.remove(first, false);
    assertThat(store.status(second).links()).isEqualTo(1);
    store.sweep(true);
    refused(Failure.NOT_FOUND, () -> store.status(second));
  }

  @Test
  void directoriesAreReadPieceByPieceWhileNamesGo() throws Exception {
    for (int i = 0; i < 3000; i++) {
      store.create(ROOT.resolve("name-" + i), NewFile.file(0644, 0, 0), FileId.NONE);
    }
    store.staging(0);
    List<String> seen = new ArrayList<>();
    long[] next = {0};
    try (OpenFile directory = store.openDirectory(ROOT)) {
      int before;
      do {
        before = seen.size();
        int[] room = {70};
        store.entries(
            directory,
            next[0],
            (name, kind, inode, behind) -> {
              if (room[0]-- == 0) {
                return false;
              }
              seen.add(new String(name, UTF_8));
              next[0] = behind;
              return true;
            });
        if (seen.size() > before && seen.get(before).startsWith("name")) {
          store.remove(ROOT.resolve(seen.get(before)), false);
        }
      } while (seen.size() > before);
      assertThat(seen).contains(".", "..").doesNotContain(".lockstep").doesNotHaveDuplicates();
      assertThat(seen).hasSize(3002);
      seen.clear();
      store.entries(directory, 0, (name, kind, inode, behind) -> seen.add(new String(name, UTF_8)));
      assertThat(seen.size()).isLessThan(3000);
    }
    try (OpenFile file = store.open(newFile("f"), Access.READ)) {
      refused(Failure.NOT_A_DIRECTORY, () -> store.entries(file, 0, (a, b, c, d) -> true));
    }
  }

  private TreePath newFile(String name) throws StoreException {
    TreePath path = ROOT.resolve(name);
    store.create(path, NewFile.file(0644, 0, 0), ID);
    return path;
  }

  private List<String> names(TreePath directory) throws StoreException {
    return store.list(directory, false).stream()
        .map(e -> new String(e.name(), e.name()[0] == (byte) 0xff ? ISO_8859_1 : UTF_8))
        .toList();
  }

  private List<TreePath> walked(TreePath from) throws StoreException {
    List<TreePath> seen = new ArrayList<>();
    store.walk(from, seen::add);
    return seen;
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static void refused(Failure failure, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
  }
}
