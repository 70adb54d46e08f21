package io.lockstep.platform.linux.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyRequestTest {
  private static final Path DEVICE = Path.of("/dev/cpu_dma_latency");

  @TempDir Path directory;

  /** What the kernel keeps to now, in microseconds: the shortest of all requests. */
  private static int inForce() throws IOException {
    try (FileChannel device = FileChannel.open(DEVICE, StandardOpenOption.READ)) {
      ByteBuffer value = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
      assertThat(device.read(value)).isEqualTo(Integer.BYTES);
      return value.flip().getInt();
    }
  }

  @Test
  void theKernelKeepsToItFromTheFirstWordToTheLast() throws IOException {
    assumeTrue(Files.isWritable(DEVICE), "this machine has no PM QoS, or is not ours to ask");
    assumeTrue(inForce() > 0, "somebody else keeps this machine's processors awake");
    LatencyRequest request = new LatencyRequest();
    assertThat(request.stayAwake(false)).isFalse();
    assertThat(inForce()).isPositive();
    assertThat(request.stayAwake(true)).isTrue();
    assertThat(inForce()).isZero();
    assertThat(request.stayAwake(true)).as("again").isTrue();
    assertThat(inForce()).isZero();
    assertThat(request.stayAwake(false)).isFalse();
    assertThat(inForce()).isPositive();
    request.stayAwake(true);
    request.close();
    assertThat(inForce()).isPositive();
  }

  @Test
  void aMachineThatHasNoneIsLeftAsItIs() throws IOException {
    Path absent = directory.resolve("absent");
    try (LatencyRequest request = new LatencyRequest(absent)) {
      assertThat(request.stayAwake(true)).isFalse();
      Files.createFile(absent);
      assertThat(request.stayAwake(true)).as("asked once, not at every look").isFalse();
      assertThat(Files.size(absent)).isZero();
      assertThat(request.stayAwake(false)).isFalse();
    }
  }
}
