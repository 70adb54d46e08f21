package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.platform.linux.syscall.IoUring;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where requests come from, and that nothing of it is left when the mount is gone. */
class ProcessorQueuesTest {
  private static final int BYTES = 3_000_000;

  @TempDir Path directory;

  /** Of mounts that other tests left to whoever still has something mapped. */
  private long others;

  @BeforeEach
  void kernelHasThem() throws IOException {
    others = rings();
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    assumeTrue(KernelVersion.current().atLeast(6, 18), "needs Linux 6.18");
    assumeTrue(
        Files.exists(Path.of("/sys/module/fuse/parameters/enable_uring")),
        "needs a kernel with CONFIG_FUSE_IO_URING");
    try {
      IoUring.open().close();
    } catch (IOException e) {
      assumeTrue(false, "needs io_uring: " + e.getMessage());
    }
  }

  private MountedVolume mounted(boolean queues) throws IOException {
    return new MountedVolume(
        Files.createDirectories(directory.resolve("data")),
        new FuseInterceptor(4, new KnownFiles(100_000), queues));
  }

  @Test
  void requestsComeThroughQueuesAndLargeOnesArriveWhole() throws Exception {
    try (MountedVolume mounted = mounted(true)) {
      String sums =
          mounted.sh(
              "head -c "
                  + BYTES
                  + " /dev/urandom > ../random; cp ../random f; cat f | sha1sum; sha1sum < ../random");
      assertThat(sums.lines().distinct()).hasSize(1);
      assertThat(mounted.sequencer.threads)
          .isNotEmpty()
          .allMatch(ProcessorQueuesTest::isOfAProcessor);
    }
    await().until(() -> rings() <= others);
  }

  @Test
  void withoutThemRequestsComeThroughTheDevice() throws Exception {
    try (MountedVolume mounted = mounted(false)) {
      mounted.sh("echo x > f");
      assertThat(mounted.sequencer.threads)
          .isNotEmpty()
          .noneMatch(ProcessorQueuesTest::isOfAProcessor);
    }
  }

  /** A kernel that offers its queues and does not take the memory that it is given. */
  @Test
  void whereThePlacesAreRefusedRequestsComeThroughTheDevice() throws Exception {
    FuseInterceptor refused = new FuseInterceptor(4, new KnownFiles(100_000), 65_536, true);
    Path data = Files.createDirectories(directory.resolve("data"));
    try (MountedVolume mounted = new MountedVolume(data, refused)) {
      assertThat(mounted.sh("echo x > f; cat f")).isEqualTo("x");
      assertThat(mounted.sequencer.threads)
          .isNotEmpty()
          .noneMatch(ProcessorQueuesTest::isOfAProcessor);
    }
    await().until(() -> rings() <= others);
  }

  /**
   * All places wait for the disk; a place that is made then must see what came before it, and be
   * enough the next time.
   */
  @Test
  void whatComesWhileAllPlacesWaitIsServedAndTheNextTimeThereAreEnough() throws Exception {
    try (MountedVolume mounted = mounted(true)) {
      mounted.sh("for i in $(seq 30); do echo $i > $i; done");
      thirtySyncs(mounted);
      long places = rings();
      thirtySyncs(mounted);
      // the last of the first time were made when all had come
      assertThat(rings()).isLessThanOrEqualTo(places + 2);
    }
    await().until(() -> rings() <= others);
  }

  private static void thirtySyncs(MountedVolume mounted) throws Exception {
    mounted.sequencer.hang();
    Process syncs =
        new ProcessBuilder(
                "taskset", "-c", "0", "sh", "-c", "for i in $(seq 30); do sync $i & done; wait")
            .directory(mounted.at.toFile())
            .start();
    await().until(() -> mounted.sequencer.waiting.get() >= 30);
    assertThat(mounted.sh("taskset -c 0 ls | wc -l")).isEqualTo("30");
    mounted.sequencer.goOn();
    assertThat(syncs.waitFor()).isZero();
  }

  private static boolean isOfAProcessor(String thread) {
    return thread.matches("fuse-data-cpu\\d+");
  }

  /** How many this process has: one for each place. */
  private static long rings() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(ProcessorQueuesTest::isRing).count();
    }
  }

  private static boolean isRing(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString().contains("io_uring");
    } catch (java.nio.file.NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
