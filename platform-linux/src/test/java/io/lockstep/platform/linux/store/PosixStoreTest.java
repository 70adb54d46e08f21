package io.lockstep.platform.linux.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the store owes to Linux beyond the contract of every store. */
class PosixStoreTest {
  private static final TreePath ROOT = TreePath.root(0);
  private static final FileId ID = new FileId(1, 2);

  /** user::rwx group::r-x mask::r-x other::--- and user 1000 rwx, as the kernel keeps it. */
  private static final byte[] DEFAULT_ACL =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000700ffffffff"
                  + "02000700e8030000"
                  + "04000500ffffffff"
                  + "10000500ffffffff"
                  + "20000000ffffffff");

  @TempDir Path temporary;
  private Path directory;
  private FileStore store;

  @BeforeEach
  void open() throws Exception {
    directory = Files.createDirectory(temporary.resolve("data"));
    store = StoreOpener.open(List.of(directory));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noLinkLeadsOut(boolean openat2) throws Exception {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createSymbolicLink(directory.resolve("out"), outside);
    Files.createSymbolicLink(directory.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(directory.resolve("file"), outside.resolve("secret"));
    Files.createDirectory(directory.resolve("sub"));
    Files.createSymbolicLink(directory.resolve("sub/loop"), Path.of("../sub"));
    try (FileStore tested = StoreOpener.open(List.of(directory), openat2)) {
      for (String way : List.of("out/secret", "up/outside/secret", "sub/loop/x")) {
        TreePath path = TreePath.of(0, way);
        escapes(() -> tested.status(path));
        escapes(() -> tested.open(path, Access.READ_WRITE));
        escapes(() -> tested.create(path.parent().resolve("new"), NewFile.file(0, 0, 0), ID));
        escapes(() -> tested.remove(path, false));
        escapes(() -> tested.setAttributes(path, AttributeChange.modified(1)));
        escapes(() -> tested.setXattr(path, "user.x".getBytes(UTF_8), new byte[1]));
        escapes(() -> tested.identity(path));
        escapes(() -> tested.rename(path, ROOT.resolve("caught"), false));
        escapes(() -> tested.list(path.parent(), false));
      }
      escapes(() -> tested.open(ROOT.resolve("file"), Access.READ_WRITE));
    }
    assertThat(outside).isDirectoryContaining("glob:**/secret");
    assertThat(Files.readString(outside.resolve("secret"))).isEqualTo("secret");
    assertThat(outside.toFile().list()).hasSize(1);
    assertThatThrownBy(() -> TreePath.of(0, "../outside"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDefaultAclIsInheritedAsTheKernelDoes() throws Exception {
    store.setXattr(ROOT, "system.posix_acl_default".getBytes(UTF_8), DEFAULT_ACL);
    Files.createFile(directory.resolve("kernel"));
    store.create(ROOT.resolve("ours"), NewFile.file(0666, 0, 0), ID);
    store.create(ROOT.resolve("sub"), NewFile.directory(0777, 7, 7), ID);
    FileStatus ours = store.status(ROOT.resolve("ours"));
    byte[] access = "system.posix_acl_access".getBytes(UTF_8);
    assertThat(ours.permissions())
        .isEqualTo(store.status(ROOT.resolve("kernel")).permissions())
        .isEqualTo(0640);
    assertThat(store.xattr(ROOT.resolve("ours"), access))
        .isEqualTo(store.xattr(ROOT.resolve("kernel"), access));
    assertThat(store.status(ROOT.resolve("sub")).permissions()).isEqualTo(0750);
    assertThat(store.xattr(ROOT.resolve("sub"), "system.posix_acl_default".getBytes(UTF_8)))
        .isEqualTo(DEFAULT_ACL);
  }

  @Test
  void theUmaskOfTheProcessNeitherCountsNorChanges() throws Exception {
    store.create(ROOT.resolve("open"), NewFile.file(0777, 0, 0), ID);
    assertThat(store.status(ROOT.resolve("open")).permissions()).isEqualTo(0777);
    Path plain = Files.createFile(temporary.resolve("plain"));
    int permissions = (int) Files.getAttribute(plain, "unix:mode") & 0777;
    assertThat(permissions & 0022).isZero();
  }

  @Test
  void whatAKilledCreationLeftIsHiddenAndSwept() throws Exception {
    TreePath sub = ROOT.resolve("sub");
    store.create(sub, NewFile.directory(0755, 0, 0), ID);
    Files.createDirectory(directory.resolve("sub/.lockstep.new.0123456789abcdef"));
    Files.createFile(directory.resolve("sub/.lockstep.new.0123456789abcdee"));
    Files.createFile(directory.resolve("sub/.lockstep.new.not-ours"));
    assertThat(store.list(sub, false))
        .extracting(e -> new String(e.name(), UTF_8))
        .containsExactly(".lockstep.new.not-ours");
    refused(Failure.NOT_EMPTY, () -> store.remove(sub, true));
    store.remove(sub.resolve(".lockstep.new.not-ours"), false);
    store.remove(sub, true);
    assertThat(directory.resolve("sub")).doesNotExist();
  }

  @Test
  void aFailedCreationLeavesNothing() throws Exception {
    refused(
        Failure.NAME_TOO_LONG,
        () -> {
          byte[] target = "x".repeat(4096).getBytes(UTF_8);
          store.create(ROOT.resolve("link"), NewFile.symlink(target, 0, 0), ID);
        });
    TreePath taken = ROOT.resolve("taken");
    store.create(taken, NewFile.file(0644, 0, 0), ID);
    refused(Failure.EXISTS, () -> store.create(taken, NewFile.file(0644, 5, 5), ID));
    refused(Failure.EXISTS, () -> store.create(taken, NewFile.directory(0755, 5, 5), ID));
    refused(Failure.EXISTS, () -> store.create(taken, NewFile.symlink(new byte[] {'x'}, 5, 5), ID));
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("taken", ".lockstep");
    store.close();
    assertThat(directory.resolve(".lockstep")).isEmptyDirectory();
  }

  @Test
  void aBigDirectoryIsListedWhole() throws Exception {
    int files = 10_000;
    for (int i = 0; i < files; i++) {
      Files.createFile(directory.resolve("a file with quite a long name " + i));
    }
    assertThat(store.list(ROOT, false).stream().map(e -> new String(e.name(), UTF_8)).distinct())
        .hasSize(files);
  }

  @Test
  void aClosedFileIsNeverAnother() throws Exception {
    store.create(ROOT.resolve("one"), NewFile.file(0644, 0, 0), ID);
    OpenFile file = store.open(ROOT.resolve("one"), Access.READ_WRITE);
    file.close();
    file.close();
    refused(Failure.STALE, () -> store.truncate(file, 5));
    refused(Failure.STALE, () -> store.status(file));
    try (OpenFile next = store.open(ROOT.resolve("one"), Access.READ_WRITE)) {
      file.close();
      assertThat(store.status(next).links()).isEqualTo(1);
    }
  }

  @Test
  void namesOfAnyBytesSurviveTheLocaleC() throws Exception {
    ProcessBuilder child =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            LocaleC.class.getName(),
            directory.toString());
    child.environment().put("LC_ALL", "C");
    Process process = child.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    List<Entry> entries = store.list(ROOT, true);
    assertThat(entries).singleElement().extracting(Entry::name).isEqualTo(LocaleC.NAME);
    assertThat(entries.get(0).id()).contains(ID);
  }

  /** Runs in a process of its own, whose file names are ASCII as far as Java knows. */
  static final class LocaleC {
    static final byte[] NAME = "\u00ff\u00fe\u00c3 \u00a9".getBytes(ISO_8859_1);

    private LocaleC() {}

    public static void main(String[] arguments) throws Exception {
      try (FileStore store = StoreOpener.open(List.of(Path.of(arguments[0])))) {
        TreePath path = ROOT.resolve("first");
        store.create(path, NewFile.directory(0755, 0, 0), ID);
        store.rename(path, ROOT.resolve(NAME), true);
        if (store.status(ROOT.resolve(NAME)).links() != 2) {
          throw new IllegalStateException("another file");
        }
      }
    }
  }

  private static void escapes(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.failure()).isIn(Failure.LOOP, Failure.NOT_A_DIRECTORY));
  }

  private static void refused(Failure failure, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(failure));
  }
}
