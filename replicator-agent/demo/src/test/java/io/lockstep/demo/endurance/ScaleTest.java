package io.lockstep.demo.endurance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import java.io.File;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A small sample; {@code ./verify --scale} plays a million files. */
@OneAtATime
class ScaleTest {
  /** The promise is 5 s; more on a machine that is busy with other things. */
  private static final long START_MS = Long.getLong("scale.start", 20_000);

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void manyFilesAreWalkedOpenedAndStartedWith() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    assertThat(
            ScaleRun.play(
                20_000, 1_000, "export LOCKSTEP_HEAP=128m", new ScaleRun.Bounds(512, START_MS)))
        .isEmpty();
  }
}
