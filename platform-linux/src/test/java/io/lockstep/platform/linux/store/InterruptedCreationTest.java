package io.lockstep.platform.linux.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.FileStore;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a creation leaves that is killed before its file has its own name, and who removes it. */
class InterruptedCreationTest {
  private static final TreePath ROOT = TreePath.root(0);
  private static final TreePath SUB = ROOT.resolve("sub");
  private static final FileId ID = new FileId(1, 2);
  private static final byte[] ATTRIBUTE = "user.x".getBytes(UTF_8);

  @TempDir Path temporary;
  private Path directory;

  @BeforeEach
  void begin() throws Exception {
    directory = Files.createDirectories(temporary.resolve("data"));
    Files.createDirectory(directory.resolve("sub"));
  }

  @ParameterizedTest
  @EnumSource(names = {"DIRECTORY", "SYMLINK", "FIFO"})
  void theNextStartRemovesIt(FileKind kind) throws Exception {
    killedAfter(1, kind, "sub/new");
    assertThat(hidden(directory.resolve("sub"))).hasSize(1);
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.setAttributes(SUB, AttributeChange.modified(12_345));
      store.sweep(false);
      assertThat(store.status(SUB).modifyNs()).isEqualTo(12_345);
      nothingIsLeft();
    }
  }

  @Test
  void itIsFoundInWhateverDirectoryItIs() throws Exception {
    killedAfter(101, FileKind.DIRECTORY, "");
    assertThat(hidden(directory.resolve("d49"))).hasSize(1);
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.sweep(false);
      nothingIsLeft();
    }
    assertThat(directory.resolve("d48/sub")).isEmptyDirectory();
    assertThat(directory.resolve("d49")).isEmptyDirectory();
  }

  @Test
  void whatIsToBePublishedOutlivesAStart() throws Exception {
    TreePath one = SUB.resolve(HiddenName.of(1));
    TreePath other = SUB.resolve(HiddenName.of(2));
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.create(one, NewFile.file(0644, 0, 0), ID);
      store.create(other, NewFile.file(0644, 0, 0), ID);
    }
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.sweep(false);
      store.rename(one, SUB.resolve("published"), true);
    }
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.sweep(true);
    }
    nothingIsLeft();
    assertThat(directory.resolve("sub/published")).exists();
  }

  @Test
  void creationsInFewDirectoriesShareTheirNotes() throws Exception {
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      for (int i = 0; i < 100; i++) {
        store.create(SUB.resolve("d" + i), NewFile.directory(0755, 0, 0), new FileId(1, i + 2));
      }
      assertThat(hidden(directory.resolve(".lockstep"))).hasSize(1);
      for (int i = 0; i < 100; i++) {
        TreePath path = SUB.resolve("d" + i).resolve("l");
        store.create(path, NewFile.symlink("x".getBytes(UTF_8), 0, 0), new FileId(2, i + 2));
      }
      assertThat(hidden(directory.resolve(".lockstep"))).hasSizeBetween(2, 33);
      store.sweep(true);
      assertThat(hidden(directory.resolve(".lockstep"))).hasSizeBetween(2, 33);
    }
    nothingIsLeft();
  }

  @Test
  void thePlaceOfTheNotesDoesNotShow() throws Exception {
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.setAttributes(ROOT, AttributeChange.modified(12_345));
      FileStatus before = store.status(ROOT);
      store.sweep(true);
      store.create(SUB.resolve("d"), NewFile.directory(0755, 0, 0), ID);
      assertThat(directory.resolve(".lockstep")).exists();
      assertThat(store.status(ROOT))
          .extracting(FileStatus::links, FileStatus::modifyNs)
          .containsExactly(before.links(), 12_345L);
      store.leaveStaging(0);
      assertThat(directory.resolve(".lockstep")).exists();
    }
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.leaveStaging(0);
      assertThat(directory.resolve(".lockstep")).doesNotExist();
    }
  }

  @Test
  void aDirectoryMayHaveTheLongestPath() throws Exception {
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      TreePath path = ROOT;
      for (int i = 0; i < 15; i++) {
        path = path.resolve("x".repeat(255));
        store.create(path, NewFile.directory(0755, 0, 0), new FileId(3, i));
      }
      path = path.resolve("y".repeat(TreePath.MAX_PATH_BYTES - 3 - path.bytes().length));
      store.create(path, NewFile.directory(0755, 0, 0), ID);
      TreePath last = path.resolve("z");
      assertThat(last.bytes()).hasSize(TreePath.MAX_PATH_BYTES);
      store.create(last, NewFile.directory(0755, 0, 0), new FileId(4, 4));
      assertThat(store.status(last).kind()).isEqualTo(FileKind.DIRECTORY);
      try (FileStore next = StoreOpener.open(List.of(directory))) {
        next.sweep(false);
        assertThat(hidden(directory.resolve(".lockstep"))).isEmpty();
      }
      for (; !last.isRoot(); last = last.parent()) {
        store.remove(last, true);
      }
    }
  }

  @Test
  void aNoteThatIsNoneHindersNothing() throws Exception {
    Path place = Files.createDirectories(directory.resolve(".lockstep"));
    Files.createFile(place.resolve(".lockstep.new.0000000000000001"));
    Files.writeString(place.resolve(".lockstep.new.0000000000000002"), "c/../up");
    Files.createSymbolicLink(place.resolve(".lockstep.new.0000000000000003"), Path.of("c/gone"));
    Files.createSymbolicLink(place.resolve("link"), Path.of("c/sub"));
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.sweep(false);
    }
    assertThat(place.toFile().list()).containsExactly("link");
  }

  /** Whose hidden names are all over the tree, the notes of them included. */
  private void nothingIsLeft() throws Exception {
    try (Stream<Path> all = Files.walk(directory)) {
      assertThat(all.filter(path -> HiddenName.is(path.getFileName().toString().getBytes(UTF_8))))
          .isEmpty();
    }
  }

  private static List<String> hidden(Path in) {
    List<String> found = new ArrayList<>();
    for (String name : in.toFile().list()) {
      if (HiddenName.is(name.getBytes(UTF_8))) {
        found.add(name);
      }
    }
    return found;
  }

  private void killedAfter(int creations, FileKind kind, String path) throws Exception {
    Path services = Files.createDirectories(temporary.resolve("actor/META-INF/services"));
    Files.writeString(services.resolve(CrashPoint.Actor.class.getName()), Killer.class.getName());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                temporary.resolve("actor")
                    + File.pathSeparator
                    + System.getProperty("java.class.path"),
                Killer.class.getName(),
                directory.toString(),
                Integer.toString(creations),
                kind.name(),
                path)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(Killer.STATUS);
  }

  /** A process that ends at once in the middle of its last creation. */
  public static final class Killer implements CrashPoint.Actor {
    static final int STATUS = 77;
    private static int left = Integer.MAX_VALUE;

    /** For the service loader. */
    public Killer() {}

    @Override
    public void reached(CrashPoint point) {
      if (point == CrashPoint.CREATION_HIDDEN && --left == 0) {
        Runtime.getRuntime().halt(STATUS);
      }
    }

    /** Makes one file, or a tree of directories. */
    public static void main(String[] arguments) throws Exception {
      left = Integer.parseInt(arguments[1]);
      try (FileStore store = StoreOpener.open(List.of(Path.of(arguments[0])))) {
        if (!arguments[3].isEmpty()) {
          FileKind kind = FileKind.valueOf(arguments[2]);
          byte[] target = kind == FileKind.SYMLINK ? ATTRIBUTE : new byte[0];
          store.create(TreePath.of(0, arguments[3]), new NewFile(kind, 0700, 0, 0, 0, target), ID);
        }
        for (int i = 0; arguments[3].isEmpty(); i++) {
          TreePath made = ROOT.resolve("d" + i);
          store.create(made, NewFile.directory(0755, 0, 0), new FileId(5, i));
          if (i > 0) {
            TreePath below = ROOT.resolve("d" + (i - 1)).resolve("sub");
            store.create(below, NewFile.directory(0755, 0, 0), new FileId(6, i));
          }
        }
      }
    }
  }
}
