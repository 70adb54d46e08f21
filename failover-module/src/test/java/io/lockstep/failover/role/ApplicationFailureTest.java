package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.RoleEffect.StartApplication;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/** An application that fails moves the service once and not to and fro. */
class ApplicationFailureTest {
  @Test
  void applicationThatDoesNotStartAfterSwitchoverGoesBackOnceInSync() {
    Script s = Script.in(Role.SECONDARY);
    s.fails = e -> e instanceof StartApplication;
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.applicationUp()).isFalse();
    s.fails = e -> false;
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    s.take(
        new RoleInput.Contact(new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "x"), peer),
        new RoleInput.LastRound(),
        new RoleInput.ReintegrationDone(s.state.generation()),
        new RoleInput.PeerHeard(peer),
        new RoleInput.Tick());
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.told(PeerMessage.TakeOver.class)).isTrue();
  }

  @Test
  void applicationThatFailsOnBothNodesDoesNotGoToAndFro() {
    Script s = Script.in(Role.PRIMARY);
    PeerStatus peer = s.failingPeer();
    s.take(new RoleInput.PeerHeard(peer), new RoleInput.ApplicationFailed("checks", true));
    s.pass(5_000);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.applicationUp()).isFalse();
    assertThat(s.state.status().applicationFails()).isTrue();
    assertThat(s.steps()).isEmpty();
    assertThat(s.verdict().kind()).isEqualTo(Verdict.Kind.DOWN);
    // first contact does not tell of the application: what was known before counts
    s.take(
        new RoleInput.Contact(
            new ContactVerdict.Resume(Side.ME, "x"),
            PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE)));
    assertThat(s.pass(1_000).state.role()).isEqualTo(Role.PRIMARY);
    // the peer's agent is new, or an hour has passed there: the peer is worth a try
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE).pass(200);
    assertThat(s.told(PeerMessage.TakeOver.class)).isTrue();
  }

  @Test
  void whoHandsOverBecauseTheApplicationFailsSaysSoWithTheHandOver() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.ApplicationFailed("checks", true));
    assertThat(s.done)
        .contains(new RoleEffect.Tell(new PeerMessage.TakeOver(s.state.generation(), 42, true)));
    Script other = Script.in(Role.SECONDARY);
    other.fails = e -> e instanceof StartApplication;
    other.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42, true)));
    assertThat(other.state.role()).isEqualTo(Role.ALONE);
    assertThat(other.state.peer().applicationFails()).isTrue();
  }

  @Test
  void applicationThatStartsAgainIsForgivenAndStaysWhereItIs() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.LinkDown("cut")).pass(10_000);
    s.take(new RoleInput.ApplicationFailed("checks", true));
    assertThat(s.state.status().applicationFails()).isTrue();
    s.take(new RoleInput.Stop("op"), new RoleInput.Start(true, "op"));
    assertThat(s.state.applicationUp()).isTrue();
    assertThat(s.state.switchWhenPaired()).isFalse();
    assertThat(s.state.status().applicationFails()).isFalse();
    s.take(new RoleInput.ApplicationFailed("checks", true)).pass(3_700_000);
    assertThat(s.state.status().applicationFails()).isFalse();
  }
}
