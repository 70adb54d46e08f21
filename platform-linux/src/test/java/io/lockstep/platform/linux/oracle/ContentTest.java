package io.lockstep.platform.linux.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The content of one file under thousands of random writes, stores, truncations, holes and copies,
 * read back by every way against a model in memory; then the files of both nodes, byte for byte.
 * {@code -Dlockstep.content.seed=N} plays another seed, {@code -Dlockstep.content.steps=N} longer.
 */
class ContentTest {
  private static final int STEPS = Integer.getInteger("lockstep.content.steps", 2000);
  private static final int PATIENCE_SECONDS = 60 + STEPS / 50;

  @TempDir Path directory;
  private MountedPair pair;

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    assumeTrue("amd64".equals(System.getProperty("os.arch")), "needs a 64-bit x86");
    pair = new MountedPair(directory, 512);
  }

  @AfterEach
  void unmount() throws IOException {
    if (pair != null) {
      pair.close();
    }
  }

  static List<Long> seeds() {
    Long wanted = Long.getLong("lockstep.content.seed");
    return wanted == null ? List.of(1L, 20261127L) : List.of(wanted);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyWayReadsWhatEveryWayWrote(long seed) throws Exception {
    play(seed, 1);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void severalAtOnceShareFileAndPages(long seed) throws Exception {
    play(seed, 4);
  }

  private void play(long seed, int players) throws Exception {
    Path file = pair.mount.resolve("file");
    Path held = directory.resolve("held");
    JavaProcess.start(ContentProcess.class, file, held, seed, STEPS, players)
        .join(PATIENCE_SECONDS);
    byte[] wanted = Files.readAllBytes(held);
    ContentPlayer.assertSame(Files.readAllBytes(file), wanted, 0);
    pair.assertInSync();
    ContentPlayer.assertSame(Files.readAllBytes(pair.secondary.resolve("file")), wanted, 0);
    assertThat(pair.operations()).as("replicated operations").isGreaterThan(STEPS / 4);
  }
}
