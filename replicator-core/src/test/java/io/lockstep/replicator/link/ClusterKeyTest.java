package io.lockstep.replicator.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of the cluster key. */
class ClusterKeyTest {
  @TempDir Path directory;

  @Test
  void aGeneratedKeyIsOwnerOnlyAndLoadsAsTheSame() throws Exception {
    Path file = directory.resolve("cluster.key");
    ClusterKey made = ClusterKey.generate(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    byte[] part = {1};
    assertThat(ClusterKey.load(file).mac("p", part)).isEqualTo(made.mac("p", part));
    assertThat(made.mac("q", part)).isNotEqualTo(made.mac("p", part));
    assertThatThrownBy(() -> ClusterKey.generate(file))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void partsCannotBeShiftedIntoEachOther() {
    ClusterKey key = ClusterKey.of(new byte[32]);
    assertThat(key.mac("p", new byte[] {1}, new byte[] {2, 3}))
        .isNotEqualTo(key.mac("p", new byte[] {1, 2}, new byte[] {3}));
  }

  @Test
  void aFileThatOthersCanReadIsRefused() throws Exception {
    Path file = directory.resolve("open.key");
    ClusterKey.generate(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> ClusterKey.load(file))
        .hasMessageContaining("rw-r-----")
        .hasMessageContaining("chmod 600");
  }

  @Test
  void aMissingOrWrongFileIsExplained() throws Exception {
    Path file = directory.resolve("short.key");
    assertThatThrownBy(() -> ClusterKey.load(file)).hasMessageContaining("does not exist");
    Files.write(file, new byte[31]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThatThrownBy(() -> ClusterKey.load(file)).hasMessageContaining("has 31 bytes");
    assertThatThrownBy(() -> ClusterKey.load(directory)).hasMessageContaining("not a regular");
  }
}
