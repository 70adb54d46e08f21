package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.configuration.ClusterConfiguration;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An agent that ends bounds itself, and gives each application its whole time. */
class StepDownTimeTest {
  private static ClusterConfiguration with(String timing, String application) throws Exception {
    return ClusterConfiguration.parse(
        "test",
        """
        cluster: {name: c, keyFile: /key}
        nodes:
          a: {link: "198.51.100.1:7400", heartbeats: ["198.51.100.1:7401"]}
          b: {link: "198.51.100.2:7400", heartbeats: ["198.51.100.2:7401"]}
        journal: {directory: /state}
        logs: {directory: /logs}
        timing: {%s}
        console: {listen: "127.0.0.1:39517"}
        modules:
          files: {directories: [{path: /files}]}
          desk: {directories: [{path: /desk}]%s}
        """
            .formatted(timing, application));
  }

  @Test
  void theStopsOfAllStepsAreWaitedFor() throws Exception {
    String steps =
        """
        , application: {steps: [
            {name: db, unit: db.service, stop: {timeout: 20m}},
            {name: web, after: [db], start: {run: x}, stop: {run: y, timeout: 90s}}]}""";
    ClusterConfiguration slow = with("", steps);
    assertThat(StepDownTime.inOrder(slow)).isEqualTo(Duration.ofSeconds(120 + 20 * 60 + 90));
    assertThat(StepDownTime.inOrder(with("", ""))).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void theGuardianIsGivenItsTimeAndThenItIsOver() throws Exception {
    ClusterConfiguration patient = with("guardianWait: 1h", "");
    assertThat(StepDownTime.inAll(patient)).isEqualTo(Duration.ofSeconds(120 + 2 * 3600 + 10 + 30));
  }

  @Test
  void whatHasNotEndedThenIsEnded() throws Exception {
    CountDownLatch halted = new CountDownLatch(1);
    StepDownTime.after(Duration.ofMillis(20), halted::countDown);
    assertThat(halted.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
