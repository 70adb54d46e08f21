package io.lockstep.platform.linux.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the machine's own file system. */
class TracesTest {
  @TempDir Path temporary;

  private static TreePath path(String name) {
    TreePath path = TreePath.root(0);
    for (String part : name.split("/")) {
      path = path.resolve(part.getBytes(UTF_8));
    }
    return path;
  }

  @Test
  void contentAndTimesStayAndLockstepsOwnGoes() throws Exception {
    Path directory = Files.createDirectory(temporary.resolve("desk"));
    Files.createDirectories(directory.resolve("sub"));
    Files.writeString(directory.resolve("sub/file"), "content");
    Files.writeString(directory.resolve("never touched"), "x");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("sub/file"));
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      store.setIdentity(path("sub"), new FileId(1, 1));
      store.setIdentity(path("sub/file"), new FileId(1, 2));
      store.setIdentity(path("link"), new FileId(1, 3));
      store.staging(0);
    }
    Files.createDirectories(directory.resolve(".lockstep/s1"));
    Files.writeString(directory.resolve(".lockstep/s1/lost"), "left by an interrupted return");
    FileTime time = FileTime.from(Instant.parse("2020-02-02T02:02:02Z"));
    Files.setLastModifiedTime(directory, time);

    assertThat(Traces.remove(List.of(directory))).isEqualTo(3);

    try (FileStore store = StoreOpener.open(List.of(directory))) {
      for (String name : List.of("sub", "sub/file", "link")) {
        assertThat(store.identity(path(name))).as(name).isEmpty();
      }
    }
    assertThat(directory.resolve(".lockstep")).doesNotExist();
    assertThat(directory.resolve("sub/file")).hasContent("content");
    assertThat(Files.getLastModifiedTime(directory)).isEqualTo(time);
    assertThat(Traces.remove(List.of(directory))).as("again").isZero();
  }
}
