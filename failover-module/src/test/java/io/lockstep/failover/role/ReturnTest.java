package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/** A return as the role machines of its source and its target see it. */
class ReturnTest {
  /** To compare is to send again what is under way: on a slow network that breaks a good stream. */
  @Test
  void aNodeThatFollowsHasNoReasonLeftToCompareAgain() {
    Script s = Script.in(Role.WAITING).take(new RoleInput.LinkUp()).pass(1_000);
    PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
    s.take(
        new RoleInput.PeerHeard(peer),
        new RoleInput.Contact(
            new ContactVerdict.Source(Side.PEER, Extent.BY_MAP, "its history is newer"), peer));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    s.take(new RoleInput.ReintegrationDone(G2)).forget();
    assertThat(s.pass(60_000).gave(RoleEffect.LookAgain.class)).isFalse();
  }

  @Test
  void aBranchThatIsNotEmptyAfterAllIsKeptAndComparedAgain() {
    Script s = Script.in(Role.ALONE).take(new RoleInput.LinkUp()).forget();
    s.fails = e -> e instanceof RoleEffect.Persist p && p.change() instanceof Change.DropBranch;
    s.take(
        new RoleInput.Contact(
            new ContactVerdict.DropBranch(Side.ME, G1, "empty"),
            PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE)));
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.generation()).isNotEqualTo(G1);
    assertThat(s.gave(RoleEffect.LookAgain.class)).isTrue();
  }

  /** A second contact began another return while the first one's last word was on its way. */
  @Test
  void aReturnThatBeganWhileAnotherEndedIsStopped() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, G1, DataState.INCONSISTENT);
    RoleInput contact =
        new RoleInput.Contact(new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "x"), peer);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(peer), contact, contact);
    s.take(new RoleInput.LastRound());
    s.forget().take(new RoleInput.ReintegrationDone(s.state.generation()));
    assertThat(s.gave(RoleEffect.StopReintegration.class)).isTrue();
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
  }

  @Test
  void peerMayHaveBecomeUpToDateSoLostLinkBeginsANewGeneration() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, G1, DataState.INCONSISTENT);
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.Contact(new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "x"), peer));
    s.forget().take(new RoleInput.LinkDown("cut"));
    assertThat(s.steps()).isEmpty();
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.PeerHeard(peer),
        new RoleInput.Contact(new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "x"), peer),
        new RoleInput.LastRound());
    s.forget().take(new RoleInput.LinkDown("cut"));
    assertThat(s.steps()).containsExactly("AskArbiter", "ALONE", "TrackAlone", "ReleaseWaiting");
  }

  @Test
  void aReturnThatBeginsAnewInItsLastRoundReleasesWhatWaits() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.WAITING, G1, DataState.OUTDATED);
    ContactVerdict source = new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "r");
    s.take(new RoleInput.LinkUp(), new RoleInput.Contact(source, peer));
    s.take(new RoleInput.LastRound()).forget();
    s.take(new RoleInput.Contact(source, peer));
    assertThat(s.steps()).endsWith("ALONE", "TrackAlone", "ReleaseWaiting");
    assertThat(s.done).endsWith(new RoleEffect.LookAgain());
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }
}
