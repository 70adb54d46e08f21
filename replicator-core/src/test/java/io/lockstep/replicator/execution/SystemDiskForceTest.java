package io.lockstep.replicator.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemDiskForceTest {
  @TempDir Path home;

  @Test
  void aThreadThatIsInterruptedForcesAndLeavesTheFileOpen() throws IOException {
    try (Disk.DiskFile file = new SystemDisk().open(home.resolve("file"), true)) {
      file.write(ByteBuffer.wrap("one".getBytes(StandardCharsets.US_ASCII)), 0);
      Thread.currentThread().interrupt();
      file.force();
      assertThat(Thread.interrupted()).isTrue();
      file.write(ByteBuffer.wrap("two".getBytes(StandardCharsets.US_ASCII)), 3);
      file.force();
      assertThat(file.size()).isEqualTo(6);
    }
  }

  @Test
  void aClosedFileCannotBeForced() throws IOException {
    Disk.DiskFile file = new SystemDisk().open(home.resolve("file"), true);
    file.close();
    assertThatThrownBy(file::force).isInstanceOf(IOException.class);
  }
}
