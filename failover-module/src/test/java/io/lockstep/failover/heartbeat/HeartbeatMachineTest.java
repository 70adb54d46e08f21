package io.lockstep.failover.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.failover.heartbeat.HeartbeatMachine.Input;
import io.lockstep.failover.heartbeat.HeartbeatMachine.Output;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeartbeatMachineTest {
  private static final long MS = 1_000_000;
  private HeartbeatMachine.State state =
      HeartbeatMachine.State.initial(
          HeartbeatSettings.of(Duration.ofSeconds(1), Duration.ofSeconds(30)), 2, 0);
  private long now;

  private List<Output> take(Input input) {
    HeartbeatMachine.Step step = HeartbeatMachine.step(state, input, now);
    state = step.state();
    return step.outputs();
  }

  private List<Output> pass(long ms) {
    List<Output> out = new ArrayList<>();
    for (long end = now + ms * MS; now < end; ) {
      now += 50 * MS;
      out.addAll(take(new Input.Tick()));
    }
    return out;
  }

  private static boolean quiet(List<Output> out) {
    return out.stream().allMatch(o -> o instanceof Output.Send);
  }

  @Test
  void sendsOncePerInterval() {
    assertThat(pass(10_000)).hasSize(10);
  }

  @Test
  void onePathThatHearsIsEnough() {
    for (int i = 0; i < 100; i++) {
      take(new Input.Heard(1));
      assertThat(quiet(pass(1_000))).isTrue();
    }
  }

  @Test
  void silentOnceAfterTheTimeout() {
    take(new Input.Heard(0));
    assertThat(quiet(pass(29_900))).isTrue();
    assertThat(pass(100)).anyMatch(o -> o instanceof Output.Silent);
    assertThat(quiet(pass(60_000))).isTrue();
    assertThat(take(new Input.Heard(1))).containsExactly(new Output.Back());
  }

  @Test
  void ownFreezeDemandsAFullFreshSilence() {
    take(new Input.Heard(0));
    assertThat(quiet(pass(29_000))).isTrue();
    now += 20_000 * MS;
    assertThat(take(new Input.Tick())).contains(new Output.Frozen(20_000 * MS));
    assertThat(quiet(pass(29_900))).isTrue();
    assertThat(pass(200)).anyMatch(o -> o instanceof Output.Silent);
  }

  @Test
  void processIsGoneOnlyWhenEveryPathSaysSo() {
    take(new Input.Heard(0));
    take(new Input.Heard(1));
    assertThat(take(new Input.Unreachable(0))).isEmpty();
    assertThat(take(new Input.Unreachable(1))).containsExactly(new Output.ProcessGone());
    assertThat(take(new Input.Unreachable(1))).isEmpty();
    assertThat(take(new Input.Heard(0))).containsExactly(new Output.Back());
    assertThat(take(new Input.Unreachable(1))).isEmpty();
  }

  @Test
  void peerNeverHeardIsNotAProcessThatEnded() {
    assertThat(take(new Input.Unreachable(0))).isEmpty();
    assertThat(take(new Input.Unreachable(1))).isEmpty();
  }

  @Test
  void goodbyeIsFollowedByNoSilence() {
    take(new Input.Heard(0));
    take(new Input.Left());
    assertThat(quiet(pass(120_000))).isTrue();
  }

  @Test
  void timesThatWouldFlapAreRefused() {
    assertThatThrownBy(() -> HeartbeatSettings.of(Duration.ofMillis(50), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HeartbeatSettings.of(Duration.ofSeconds(1), Duration.ofSeconds(2)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void otherTimesCountAfresh() {
    take(new Input.Heard(0));
    assertThat(quiet(pass(20_000))).isTrue();
    take(
        new Input.Settings(HeartbeatSettings.of(Duration.ofMillis(200), Duration.ofMillis(2_000))));
    assertThat(quiet(pass(1_900))).as("20 s of silence counted under the old times").isTrue();
    assertThat(pass(150)).anyMatch(o -> o instanceof Output.Silent);
    assertThat(pass(1_000)).as("five heartbeats a second").hasSize(5);
  }
}
