package io.lockstep.platform.linux.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.platform.linux.LinuxPlatform;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.Platform.Cover;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoversTest {
  private static final int MNT_DETACH = 2;

  private final LinuxPlatform platform = new LinuxPlatform();
  @TempDir Path temporary;
  private Path directory;

  @BeforeEach
  void makeDirectory() throws Exception {
    directory = Files.createDirectory(temporary.resolve("a b\\c\u00e9"));
  }

  @AfterEach
  void detachAll() {
    int errno;
    do {
      long at = Scratch.get().path(0, directory.toString());
      errno = Libc.errno(Libc.umount2(at, MNT_DETACH));
    } while (errno == 0);
  }

  @Test
  void theViewIsReadOnlyForAllButStoresOpenedBefore() throws Exception {
    try (FileStore store = platform.openStore(List.of(directory))) {
      platform.coverReadOnly(directory);
      assertThat(platform.cover(directory)).isEqualTo(Cover.READ_ONLY_VIEW);
      TreePath file = TreePath.root(0).resolve("file");
      store.create(file, NewFile.file(0644, 0, 0), new FileId(1, 2));
      assertThat(directory.resolve("file")).exists();
      assertThatThrownBy(() -> Files.createFile(directory.resolve("other")))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("Read-only");
      store.syncAll();
    }
    platform.uncover(directory);
    assertThat(platform.cover(directory)).isEqualTo(Cover.NONE);
    Files.createFile(directory.resolve("other"));
  }

  @Test
  void coveringTwiceLeavesOneLayer() throws Exception {
    platform.coverReadOnly(directory);
    platform.coverReadOnly(directory);
    assertThat(layers()).isEqualTo(1);
  }

  @Test
  void stackedLeftoversOfEveryKindAreTakenAway() throws Exception {
    ReadOnlyView.put(directory);
    ReadOnlyView.put(directory);
    DeadMount.put(directory);
    ReadOnlyView.bindAndRemount(Scratch.get().path(0, directory.toString()));
    DeadMount.put(directory);
    assertThat(layers()).isGreaterThanOrEqualTo(4);
    assertThat(platform.cover(directory)).isEqualTo(Cover.INTERCEPTED);
    assertThatThrownBy(() -> platform.openStore(List.of(directory)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("uncover");
    platform.uncover(directory);
    assertThat(platform.cover(directory)).isEqualTo(Cover.NONE);
    assertThat(layers()).isZero();
    platform.openStore(List.of(directory)).close();
  }

  @Test
  void aHangingMountIsNotTornAway() throws Exception {
    DeadMount served = DeadMount.hanging(directory);
    try {
      assertThat(platform.cover(directory)).isEqualTo(Cover.INTERCEPTED);
      assertThatThrownBy(() -> platform.uncover(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("stop that agent");
    } finally {
      served.die();
    }
    platform.uncover(directory);
    assertThat(layers()).isZero();
  }

  @Test
  void filesHeldOpenDoNotPreventIt() throws Exception {
    Files.writeString(directory.resolve("held"), "still here");
    platform.coverReadOnly(directory);
    try (var reader = Files.newBufferedReader(directory.resolve("held"))) {
      platform.uncover(directory);
      assertThat(reader.readLine()).isEqualTo("still here");
    }
    assertThat(layers()).isZero();
  }

  @Test
  void aMountOfSomebodyElseIsForeignAndStays() throws Exception {
    run("mount", "-t", "tmpfs", "tmpfs", directory.toString());
    assertThat(platform.cover(directory)).isEqualTo(Cover.FOREIGN);
    platform.coverReadOnly(directory);
    assertThat(platform.cover(directory)).isEqualTo(Cover.READ_ONLY_VIEW);
    platform.uncover(directory);
    assertThat(platform.cover(directory)).isEqualTo(Cover.FOREIGN);
    assertThat(platform.cover(temporary)).isEqualTo(Cover.NONE);
    assertThatThrownBy(() -> platform.openStore(List.of(temporary)))
        .hasMessageContaining("mounted inside")
        .hasMessageContaining(directory.toString());
  }

  @Test
  void escapesAreUndone() {
    assertThat(MountTable.unescape("/a\\040b\\134c\\011\u00c3\u00a9")).isEqualTo("/a b\\c\té");
    MountTable table =
        MountTable.parse("36 35 98:0 /r /m\\040x ro,noatime master:1 - ext3 /dev/root rw\n");
    assertThat(table.mounts())
        .containsExactly(
            new MountTable.Mount(36, 35, "98:0", "/r", "/m x", true, "ext3", "/dev/root"));
  }

  private long layers() throws IOException {
    return MountTable.read().mounts().stream()
        .filter(m -> m.at().equals(directory.toString()))
        .count();
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
