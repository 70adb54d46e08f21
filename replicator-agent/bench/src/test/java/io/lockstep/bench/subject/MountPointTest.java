package io.lockstep.bench.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is reported of a mount that is not what it claims to be. */
class MountPointTest {
  @TempDir Path home;

  @Test
  void theUppermostMountCounts() throws IOException {
    assertThat(MountPoint.type(Path.of("/proc/self"))).isEqualTo("proc");
    assertThat(MountPoint.type(Path.of("/sys/kernel"))).isEqualTo("sysfs");
    assertThatThrownBy(() -> MountPoint.require(Path.of("/proc"), "fuse.lockstep"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lies on proc and not on fuse.lockstep");
  }

  @Test
  void whatDoesNotArriveBelowIsRefused() throws IOException {
    MountPoint.requireArrival(home, List.of(home));
    Path elsewhere = java.nio.file.Files.createDirectory(home.resolve("elsewhere"));
    assertThatThrownBy(() -> MountPoint.requireArrival(home, List.of(elsewhere)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not come to");
  }
}
