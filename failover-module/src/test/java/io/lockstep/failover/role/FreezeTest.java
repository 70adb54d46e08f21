package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/**
 * A node that stood still believes nothing that may have been overtaken meanwhile: the peer may
 * have taken over.
 */
class FreezeTest {
  /** It took over while this node stood still, and its copy failed then. */
  @Test
  void aBlockedNodeDoesNotRunAloneInAHistoryThatThePeerHasLeftBehind() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Frozen(60_000 * MS));
    s.take(new RoleInput.LinkDown("the peer closed the connection"));
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    s.hear(Role.STOPPED, G2, DataState.INCONSISTENT);
    s.take(new RoleInput.PeerSays(new PeerMessage.OutdatedConfirmed(G2))).pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.steps()).doesNotContain("ALONE");
    // the peer that merely stopped is of the same history
    Script stopped = Script.in(Role.PRIMARY).take(new RoleInput.LinkDown("cut"));
    stopped.hear(Role.STOPPED, stopped.state.generation(), DataState.UP_TO_DATE).pass(10_000);
    assertThat(stopped.state.role()).isEqualTo(Role.ALONE);
  }

  /** The peer may have taken over: who waited on this side did so in time that was nobody's. */
  @Test
  void aWaitOverAFreezeIsNoReasonToRunAlone() {
    for (boolean linkFirst : new boolean[] {false, true}) {
      Script s = Script.in(Role.PRIMARY).take(new RoleInput.Frozen(60_000 * MS));
      if (linkFirst) {
        s.take(new RoleInput.LinkDown("the peer closed the connection"));
      }
      s.take(new RoleInput.AckTimeout()).pass(s.state.settings().ackTimeoutNs() / MS - 200);
      assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
      PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
      s.take(new RoleInput.PeerHeard(peer)).pass(60_000);
      assertThat(s.steps()).doesNotContain("ALONE");
      assertThat(s.state.role()).isEqualTo(Role.WAITING);
    }
  }

  /** Heartbeats that are further apart than the application is to wait. */
  @Test
  void whoStoodStillHearsOfItsPeerBeforeItRunsAlone() {
    for (boolean heard : new boolean[] {true, false}) {
      Script s = Script.in(Role.PRIMARY);
      s.take(
          new RoleInput.Settings(RoleSettings.of("a", "b", 10_000 * MS, 30_000 * MS, 6_000 * MS)));
      s.take(new RoleInput.Frozen(60_000 * MS), new RoleInput.LinkDown("the peer closed it"));
      s.pass(20_000);
      assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
      if (heard) {
        s.hear(Role.STOPPED, G2, DataState.UP_TO_DATE);
      }
      s.pass(12_000);
      assertThat(s.state.role()).isEqualTo(heard ? Role.WAITING : Role.ALONE);
    }
  }

  private static Script frozenInAHandOver() {
    Script s = Script.in(Role.PRIMARY);
    s.hangs = e -> Script.name(e).equals("Unmount");
    s.take(new RoleInput.Switchover("b", "op"), new RoleInput.Frozen(60_000 * MS)).forget();
    s.hangs = e -> false;
    s.take(new RoleInput.LinkDown("the peer closed the connection"));
    return s.take(s.answer(s.state.inFlight())).pass(1_000);
  }

  @Test
  void aHandOverThatBrokeOffOverAFreezeIsNotRolledBackBeforeThePeerIsHeard() {
    Script s = frozenInAHandOver();
    assertThat(s.state.role()).isEqualTo(Role.DEMOTING);
    assertThat(s.steps()).isEmpty();
    s.hear(Role.ALONE, G2, DataState.UP_TO_DATE);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.steps()).doesNotContain("Mount");
    for (boolean heard : new boolean[] {true, false}) {
      Script back = frozenInAHandOver();
      if (heard) {
        back.hear(Role.SECONDARY, back.state.generation(), DataState.UP_TO_DATE);
        assertThat(back.steps()).contains("Mount");
      } else {
        back.pass(3_000);
        assertThat(back.steps()).contains("Mount");
      }
    }
  }

  /** Its wait for the peer fails as soon as it wakes, or the freeze found it rolling back. */
  @Test
  void norIsOneWhoseStepFailedOverTheFreeze() {
    for (boolean byContact : new boolean[] {false, true}) {
      Script s = Script.in(Role.PRIMARY);
      s.hangs = e -> Script.name(e).equals("AwaitAcks");
      s.take(new RoleInput.Switchover("b", "op"), new RoleInput.Frozen(60_000 * MS)).forget();
      s.hangs = e -> false;
      RoleEffect waited = s.state.inFlight();
      s.take(new RoleInput.EffectFailed(waited, "the peer cannot be reached", false)).pass(1_000);
      assertThat(s.steps()).isEmpty();
      PeerStatus serves = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
      s.take(
          byContact
              ? new RoleInput.Contact(
                  new ContactVerdict.Source(Side.PEER, Extent.BY_MAP, "x"), serves)
              : new RoleInput.PeerHeard(serves));
      assertThat(s.steps()).doesNotContain("Mount");
      assertThat(s.state.role()).isEqualTo(Role.WAITING);
      assertThat(s.state.status().handsOverAt()).isEqualTo(-1);
    }
  }

  /** The peer served meanwhile, and is stopped just now. */
  @Test
  void whoWakesToAPeerThatStepsDownFromAnotherHistoryStepsDownToo() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Frozen(60_000 * MS));
    s.take(new RoleInput.LinkDown("the peer closed the connection"));
    s.hear(Role.DEMOTING, G2, DataState.UP_TO_DATE).pass(10_000);
    assertThat(s.steps()).doesNotContain("ALONE");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
  }

  private static Script frozenInTheLastRound() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, G1, DataState.INCONSISTENT);
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.PeerHeard(peer),
        new RoleInput.Contact(new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "x"), peer),
        new RoleInput.LastRound());
    return s.forget()
        .take(new RoleInput.Frozen(4_000 * MS), new RoleInput.LinkDown("the peer was silent"));
  }

  @Test
  void sourceThatStoodStillInTheLastRoundReleasesNothingWhileThePeerMayServe() {
    Script s = frozenInTheLastRound();
    s.take(new RoleInput.AckTimeout(), new RoleInput.Tick());
    assertThat(s.steps()).isEmpty();
    PeerStatus serves = PeerStatus.of(Role.TAKING_OVER, G2, DataState.UP_TO_DATE);
    s.take(new RoleInput.PeerHeard(serves), new RoleInput.AckTimeout());
    assertThat(s.steps()).isEmpty();
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.Contact(new ContactVerdict.Source(Side.PEER, Extent.BY_MAP, "x"), serves));
    assertThat(s.steps()).contains("FailWaiting").doesNotContain("ReleaseWaiting");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.lastRound()).isFalse();
  }

  @Test
  void sourceThatStoodStillInTheLastRoundGoesOnAloneWhenThePeerIsSilentOrDoesNotServe() {
    Script silent = frozenInTheLastRound();
    silent.take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(silent.steps()).contains("TrackAlone", "ReleaseWaiting");
    Script follows = frozenInTheLastRound();
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, G1, DataState.UP_TO_DATE);
    follows.take(new RoleInput.PeerHeard(peer), new RoleInput.AckTimeout());
    assertThat(follows.steps()).contains("TrackAlone", "ReleaseWaiting");
  }

  @Test
  void sourceThatStoodStillInTheLastRoundAndReachesNobodyStopsServing() {
    Script s = frozenInTheLastRound();
    s.pass(Script.SETTINGS.blockedBoundNs() / MS + 1_000);
    assertThat(s.steps()).contains("FailWaiting").doesNotContain("ReleaseWaiting");
  }

  @Test
  void freezeDuringIntentDemandsAFreshSilence() {
    Script s = Script.in(Role.SECONDARY);
    s.hangs = e -> e instanceof RoleEffect.ForceJournal;
    s.take(new RoleInput.PeerSilent(30_000 * MS), new RoleInput.Frozen(40_000 * MS));
    s.hangs = e -> false;
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.steps()).contains("AbandonIntent").doesNotContain("INTENT", "COMMIT");
  }

  @Test
  void frozenPrimaryThatWakesToASuccessorStepsDown() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Frozen(60_000 * MS));
    s.take(new RoleInput.LinkDown("reset")).hear(Role.ALONE, G2, DataState.UP_TO_DATE);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.steps().subList(0, 4))
        .containsExactly("FailWaiting", "RemoveAddresses", "StopApplication", "Unmount");
  }
}
