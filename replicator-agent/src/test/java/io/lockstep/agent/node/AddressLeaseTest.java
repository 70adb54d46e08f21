package io.lockstep.agent.node;

import static io.lockstep.agent.node.AddressLease.Action.LEAVE;
import static io.lockstep.agent.node.AddressLease.Action.PUT_BACK;
import static io.lockstep.agent.node.AddressLease.Action.RENEW;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AddressLeaseTest {
  private static final Duration LIFETIME = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofSeconds(30);

  private static AddressLease looked(AddressLease lease, long second, boolean followed) {
    return lease.looked(Duration.ofSeconds(second).toNanos(), LIFETIME, QUIET, followed);
  }

  @Test
  void anAddressThatIsThereIsRenewedAndOneThatWasTakenAwayIsPutBack() {
    AddressLease lease = looked(AddressLease.begun(0), 1, true);
    assertThat(lease.action(true)).isEqualTo(RENEW);
    assertThat(lease.action(false)).isEqualTo(PUT_BACK);
  }

  @Test
  void aNodeThatWakesUpLeavesItsAddressesToWhoMayHaveTakenThem() {
    AddressLease woken = looked(looked(AddressLease.begun(0), 1, true), 11, true);
    assertThat(woken.action(false)).isEqualTo(LEAVE);
    assertThat(woken.action(true)).as("not gone yet").isEqualTo(LEAVE);
    AddressLease later = looked(woken, 20, true);
    later = looked(looked(later, 29, true), 38, true);
    assertThat(later.action(false)).isEqualTo(LEAVE);
    assertThat(looked(later, 41, true).action(false)).isEqualTo(PUT_BACK);
  }

  @Test
  void aPauseShorterThanTheLifetimeIsNone() {
    AddressLease lease = looked(looked(AddressLease.begun(0), 1, true), 10, true);
    assertThat(lease.action(true)).isEqualTo(RENEW);
  }

  @Test
  void nobodyCanHaveTakenOverFromANodeThatIsAlone() {
    AddressLease woken = looked(AddressLease.begun(0), 3_600, false);
    assertThat(woken.action(false)).isEqualTo(PUT_BACK);
  }
}
