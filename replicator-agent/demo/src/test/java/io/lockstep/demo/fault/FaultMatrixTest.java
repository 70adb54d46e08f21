package io.lockstep.demo.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sample of the fault matrix; {@code ./verify --fault-matrix} plays all of it. */
@OneAtATime
class FaultMatrixTest {
  @TempDir Path output;

  @Test
  @Timeout(value = 240, unit = TimeUnit.SECONDS)
  void nothingIsLostInAPartitionOrWhenTheAgentHangs() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    List<FaultOutcome> outcomes =
        FaultMatrix.play(
            output,
            List.of(
                new FaultCase(Third.FILE, Fault.PARTITION, Load.LOADED),
                new FaultCase(Third.FILE, Fault.AGENT_HUNG, Load.IDLE)));
    assertThat(outcomes).hasSize(2);
    assertThat(outcomes)
        .allSatisfy(one -> assertThat(one.failures()).as(one.what().toString()).isEmpty());
  }

  @Test
  void aResultIsReadAsItWasWritten() {
    FaultCase what = new FaultCase(Third.ETCD, Fault.AGENT_HUNG, Load.IDLE);
    FaultOutcome outcome = new FaultOutcome(what, "the peer serves", 1_234, 9_876, List.of("a, b"));
    assertThat(FaultOutcome.of(outcome.line())).isEqualTo(outcome);
    assertThat(new FaultTable(Map.of(what, outcome)).markdown())
        .contains(
            "| agent hung | not played | not played | **FAILED** the peer serves, 1.2 / – s"
                + " | not played | not played |")
        .contains("| arbiter lost | – | not played |");
  }
}
