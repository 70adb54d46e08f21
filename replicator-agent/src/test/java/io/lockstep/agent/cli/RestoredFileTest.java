package io.lockstep.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.agent.split.QuarantineEntry;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files on their way back from quarantine. */
class RestoredFileTest {
  @TempDir Path home;

  private QuarantineEntry was() throws IOException {
    int owner = (Integer) Files.getAttribute(home, "unix:uid");
    int group = (Integer) Files.getAttribute(home, "unix:gid");
    return new QuarantineEntry(
        "0:/f", false, "FILE", 3, 0640, owner, group, 5_000_000_000L, 0, 1, 0, null, Map.of(), "x");
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.list(home)) {
      return all.count();
    }
  }

  @Test
  void getsItsContentAndItsAttributesAtOnce() throws IOException {
    Path target = home.resolve("f");
    try (RestoredFile file = RestoredFile.at(target)) {
      file.write("abc".getBytes(StandardCharsets.UTF_8));
      assertThat(target).doesNotExist();
      file.finish(was());
    }
    assertThat(target).hasContent("abc");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("rw-r-----");
    assertThat(Files.getLastModifiedTime(target).toMillis()).isEqualTo(5_000);
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void leavesNothingWhenItIsNotFinished() throws IOException {
    try (RestoredFile file = RestoredFile.at(home.resolve("f"))) {
      file.write("abc".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(files()).isZero();
  }

  @Test
  void elsewhereReplacesNothing() throws IOException {
    Path target = Files.writeString(home.resolve("f"), "mine");
    try (RestoredFile file = RestoredFile.at(target)) {
      assertThatThrownBy(() -> file.finish(was())).hasMessageContaining("exists already");
    }
    assertThat(target).hasContent("mine");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void withoutTheMountNothingIsWritten() throws IOException {
    assertThatThrownBy(() -> RestoredFile.inTree(home, TreePath.of(0, "f")))
        .hasMessageContaining("is not mounted for the application");
    assertThat(files()).isZero();
  }

  @Test
  void noSymbolicLinkLeadsItElsewhere() throws IOException {
    Path outside = Files.createDirectory(home.resolve("outside"));
    Path root = Files.createDirectory(home.resolve("root"));
    Files.createSymbolicLink(root.resolve("d"), outside);
    Files.createDirectory(root.resolve("real"));
    assertThatThrownBy(() -> RestoredFile.below(root, TreePath.of(0, "d/f")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> RestoredFile.below(root, TreePath.of(0, "gone/f")))
        .hasMessageContaining("is not there any more");
    try (Stream<Path> all = Files.list(outside)) {
      assertThat(all).isEmpty();
    }
    Files.createSymbolicLink(root.resolve("real/f"), outside.resolve("victim"));
    try (RestoredFile file = RestoredFile.below(root, TreePath.of(0, "real/f"))) {
      file.write("abc".getBytes(StandardCharsets.UTF_8));
      file.finish(was());
    }
    assertThat(root.resolve("real/f")).isRegularFile().hasContent("abc");
    assertThat(outside.resolve("victim")).doesNotExist();
  }
}
