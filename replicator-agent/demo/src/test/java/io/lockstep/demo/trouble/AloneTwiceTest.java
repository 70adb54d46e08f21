package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The last node that is left crashes again and again. It numbers operations that its journal never
 * held: a restart that expects them there calls the only good copy damaged and INCONSISTENT.
 */
class AloneTwiceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path home;

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void aNodeThatIsAloneServesAfterEveryCrash() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    Bench.Plan plan = new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", "");
    try (Bench bench = Bench.open(home, plan)) {
      bench.start();
      DemoNode a = bench.cluster().a();
      bench.killAgent(bench.cluster().b());
      for (int crash = 1; crash <= 3; crash++) {
        bench.awaitRole(a, "ALONE", PATIENCE);
        Files.writeString(a.directory().resolve("before-crash-" + crash), "kept");
        bench.killAgent(a);
        a.perform(a.commands().start());
      }
      bench.awaitRole(a, "ALONE", PATIENCE);
      assertThat(a.directory().resolve("before-crash-3")).hasContent("kept");
      assertThat(bench.log(a)).doesNotContain("is damaged");
    }
  }
}
