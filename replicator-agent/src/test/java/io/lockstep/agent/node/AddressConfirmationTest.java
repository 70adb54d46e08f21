package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When an address that nobody outside finds is announced again, and when that is told. */
class AddressConfirmationTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final Duration ALERT = Duration.ofSeconds(10);

  @Test
  void pausesGrowToTheLongestAndStayThere() {
    AddressConfirmation now = AddressConfirmation.begun(0);
    List<Long> pausesMs = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      now = now.answered("no answer", i);
      pausesMs.add(now.pause(LONGEST).toMillis());
    }
    assertThat(pausesMs.subList(0, 8))
        .containsExactly(100L, 200L, 400L, 800L, 1_600L, 3_200L, 5_000L, 5_000L);
    assertThat(pausesMs).last().isEqualTo(5_000L);
    assertThat(now.answered("x", 1).pause(Duration.ofMillis(100))).hasMillis(100);
  }

  @Test
  void anOperatorIsToldOnceAfterAWhileUnlessItIsConfirmed() {
    AddressConfirmation now = AddressConfirmation.begun(SECOND).answered("no answer", 2 * SECOND);
    assertThat(now.alerts(10 * SECOND, ALERT)).isFalse();
    assertThat(now.alerts(11 * SECOND, ALERT)).isTrue();
    assertThat(now.text(11 * SECOND)).isEqualTo("NOT seen from outside for 10 s: no answer");
    assertThat(now.told().alerts(60 * SECOND, ALERT)).isFalse();
    assertThat(now.answered("", 3 * SECOND).alerts(60 * SECOND, ALERT)).isFalse();
  }

  @Test
  void whatIsConfirmedStaysSo() {
    AddressConfirmation seen = AddressConfirmation.begun(0).answered("", SECOND / 2);
    assertThat(seen.confirmed()).isTrue();
    assertThat(seen.text(9 * SECOND)).isEqualTo("seen from outside after 500 ms");
    assertThat(seen.answered("late", SECOND).confirmed()).isTrue();
  }
}
