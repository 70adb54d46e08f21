package io.lockstep.demo.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.topology.Cleanup;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What real agents ask of the kernel for this machine's processors, while they work and rest. */
@OneAtATime
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class WakefulProcessorsTest {
  private static final Path DEVICE = Path.of("/dev/cpu_dma_latency");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int BLOCK = 4096;

  private Path home;
  private Bench bench;

  @AfterEach
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Cleanup.deleteTree(home);
    }
  }

  private void start(String configuration) throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    assumeTrue(Files.isWritable(DEVICE), "this machine has no PM QoS");
    assumeTrue(!awake(), "somebody else keeps this machine's processors awake");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-awake");
    bench =
        Bench.open(
            home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", configuration));
    bench.start();
    bench.cluster().awaitProtected(PATIENCE);
  }

  /** Whether the kernel is to let no processor sleep: the shortest of all requests is none. */
  private static boolean awake() throws IOException {
    try (FileChannel device = FileChannel.open(DEVICE, StandardOpenOption.READ)) {
      ByteBuffer value = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
      assertThat(device.read(value)).isEqualTo(Integer.BYTES);
      return value.flip().getInt() == 0;
    }
  }

  /** Writes without a pause for so long; returns whether the processors were kept awake at all. */
  private boolean awakeWhileWriting(Duration duration) throws IOException {
    Path file = bench.cluster().serving().orElseThrow().directory().resolve("busy");
    boolean seen = false;
    long untilNs = System.nanoTime() + duration.toNanos();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (System.nanoTime() - untilNs < 0) {
        channel.write(ByteBuffer.allocate(BLOCK), 0);
        seen |= awake();
      }
    }
    return seen;
  }

  @Test
  void aBusyPairKeepsThemAwakeAndAQuietOneLetsThemSleep() throws IOException {
    start("");
    await().atMost(PATIENCE).until(() -> !awake());
    assertThat(awakeWhileWriting(Duration.ofSeconds(2))).isTrue();
    await().atMost(Duration.ofSeconds(10)).until(() -> !awake());
  }

  @Test
  void theSystemHasItsWayWhereThatIsConfigured() throws IOException {
    start("link: {processors: system}\n");
    assertThat(awakeWhileWriting(Duration.ofSeconds(2))).isFalse();
  }
}
