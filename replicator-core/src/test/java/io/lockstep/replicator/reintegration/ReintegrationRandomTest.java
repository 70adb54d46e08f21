package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.testkit.TreeDigest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReintegrationRandomTest {
  @TempDir Path directory;
  private Pair pair;

  @BeforeEach
  void open() throws IOException {
    pair = new Pair(directory);
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyChangesOnBothSides(long seed) throws Exception {
    Random random = changed(seed);
    equalAfterRun();
    assertThat(random).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aWriterThatGoesOnBetweenMessages(long seed) throws Exception {
    Random random = changed(seed);
    pair.policy = new RoundPolicy(0, 0, 0, 3);
    pair.between =
        number -> {
          if (!pair.held && !pair.dual) {
            pair.app.random(random);
          }
        };
    equalAfterRun();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void interruptedAnywhereThenResumed(long seed) throws Exception {
    Random random = changed(seed);
    pair.policy = new RoundPolicy(0, 0, 0, 2);
    for (int i = 0; i < 3; i++) {
      long at = random.nextInt(60) / (isOneByOne(seed) ? 1 : 4);
      pair.between =
          number -> {
            if (number == at) {
              throw new IOException("cut");
            }
          };
      try {
        pair.run(ReintegrationMode.BY_MAP);
      } catch (IOException e) {
        assertThat(e).hasMessage("cut");
      }
      for (int n = 0; n < 5; n++) {
        pair.app.random(random);
      }
      if (random.nextBoolean()) {
        pair.crash();
      }
    }
    pair.between = number -> {};
    equalAfterRun();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void coarselyAfterACrash(long seed) throws Exception {
    changed(seed);
    pair.crash();
    equalAfterRun();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void fullVerifyRepairsWhatNobodyTracked(long seed) throws Exception {
    Random random = changed(seed);
    pair.orphans.clear();
    pair.between =
        number -> {
          if (!pair.held && !pair.dual && number % 5 == 0) {
            pair.app.random(random);
          }
        };
    pair.run(ReintegrationMode.FULL_VERIFY);
    assertThat(pair.differences()).isEmpty();
  }

  /** Seeds 1 to 25, and those that failed once; {@code -Dlockstep.seeds=n} tries more. */
  static LongStream seeds() {
    LongStream some = LongStream.rangeClosed(1, Long.getLong("lockstep.seeds", 25));
    return LongStream.concat(some, LongStream.of(91, 99)).distinct();
  }

  /** Whether each message goes alone: more can come between them. */
  private static boolean isOneByOne(long seed) {
    return seed % 2 == 1;
  }

  private Random changed(long seed) throws IOException {
    Random random = new Random(seed);
    if (isOneByOne(seed)) {
      pair.togetherBytes = 0;
    }
    for (int i = 0; i < 60; i++) {
      pair.base.random(random);
    }
    pair.split();
    for (int i = 0; i < 40; i++) {
      pair.app.random(random);
    }
    for (int i = 0; i < random.nextInt(15); i++) {
      pair.orphan.random(random);
    }
    return random;
  }

  private void equalAfterRun() throws IOException, InterruptedException {
    pair.run(ReintegrationMode.BY_MAP);
    assertThat(pair.differences()).isEmpty();
    assertThat(TreeDigest.of(pair.source).lines()).isNotEmpty();
    assertThat(pair.tracker.isEmpty()).isTrue();
    assertThat(pair.dual).isTrue();
    assertThat(pair.inSync).isTrue();
  }
}
