package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/** Going back to the preferred node by itself. */
class FailbackTest {
  @Test
  void goesBackToThePreferredNodeAfterAQuietTimeInSync() {
    Script s = goingBackAfter(600);
    assertThat(s.pass(590_000).state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.pass(20_000).state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.told(PeerMessage.TakeOver.class)).isTrue();
  }

  @Test
  void everyDisturbanceBeginsTheQuietTimeAnew() {
    Script s = goingBackAfter(600);
    s.pass(500_000).take(new RoleInput.LinkDown("cut"), new RoleInput.LinkUp());
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    s.take(new RoleInput.Contact(new ContactVerdict.Resume(Side.ME, "held"), peer));
    assertThat(s.pass(500_000).state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.pass(110_000).state.role()).isEqualTo(Role.SECONDARY);
  }

  @Test
  void doesNotGoBackWhileItMayNot() {
    Script paused = goingBackAfter(60).take(new RoleInput.PauseDecisions("op"));
    assertThat(paused.pass(90_000).state.role()).isEqualTo(Role.PRIMARY);
    assertThat(paused.verdict().next()).contains("resume");
    Script never = goingBackAfter(60);
    never.take(new RoleInput.Settings(never.state.settings().withFailback(Long.MAX_VALUE)));
    assertThat(never.pass(90_000).state.role()).isEqualTo(Role.PRIMARY);
    Script fails = goingBackAfter(60);
    fails.take(new RoleInput.PeerHeard(fails.failingPeer()));
    assertThat(fails.pass(90_000).state.role()).isEqualTo(Role.PRIMARY);
    assertThat(goingBackAfter(60).pass(90_000).state.role()).isEqualTo(Role.SECONDARY);
  }

  private static Script goingBackAfter(long seconds) {
    Script s = Script.in(Role.PRIMARY);
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    long afterNs = seconds * 1_000 * MS;
    return s.take(new RoleInput.Settings(s.state.settings().withFailback(afterNs)));
  }
}
