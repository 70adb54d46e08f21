package io.lockstep.demo.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import java.io.File;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A round each; {@code ./verify --failover-times} plays twenty, with the promise for a bound. */
@OneAtATime
class FailoverTimesTest {
  /** The promise is 1.5 s; more on a machine that is busy with other things. */
  private static final long BOUND_MS = Long.getLong("failover.bound", 5_000);

  @Test
  @Timeout(value = 240, unit = TimeUnit.SECONDS)
  void theAddressAnswersFromTheOtherNodeOnTheFirstAttempt() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    List<FailoverRound> rounds =
        FailoverTimes.play(1, List.of(Cause.NODE_KILLED, Cause.AGENT_KILLED), BOUND_MS);
    assertThat(rounds).hasSize(2);
    assertThat(rounds)
        .allSatisfy(one -> assertThat(one.failures()).as(one.cause().title()).isEmpty());
  }
}
