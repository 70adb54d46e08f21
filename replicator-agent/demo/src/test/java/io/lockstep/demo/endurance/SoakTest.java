package io.lockstep.demo.endurance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A small sample; {@code ./verify --soak} plays half an hour. */
@OneAtATime
class SoakTest {
  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void nothingGoesWrongUnderStressors() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    for (String command : Stressors.commands()) {
      assumeTrue(Shell.attempt("which", command).succeeded(), "needs " + command);
    }
    assertThat(SoakRun.play(2, 1, 8)).isEmpty();
  }
}
