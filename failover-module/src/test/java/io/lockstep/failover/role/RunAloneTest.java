package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/**
 * A serving node that has lost its peer: how long it waits, whom it asks, and that it then runs
 * alone.
 */
class RunAloneTest {
  @Test
  void blockedRunsAloneAfterTheTimeoutWhenThePeerIsSilent() {
    Script s = Script.in(Role.PRIMARY);
    s.now += 10_000 * MS; // no heartbeat for a while
    s.take(new RoleInput.LinkDown("cut")).pass(5_900);
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    assertThat(s.steps()).isEmpty();
    s.pass(200);
    assertThat(s.steps()).containsExactly("AskArbiter", "ALONE", "TrackAlone", "ReleaseWaiting");
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void peerWithHeartbeatsIsToldToBecomeOutdatedFirst() {
    Script s = Script.in(Role.BLOCKED);
    for (int i = 0; i < 6; i++) {
      s.hear(Role.SECONDARY, s.state.generation(), DataState.CONSISTENT).pass(1_000);
    }
    assertThat(s.told(PeerMessage.BecomeOutdated.class)).isTrue();
    assertThat(s.state.status().asksOutdated()).isTrue();
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    Script confirmed = s;
    confirmed.hear(Role.WAITING, s.state.generation(), DataState.OUTDATED);
    assertThat(confirmed.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void stallIsBoundedWithoutConfirmation() {
    Script s = Script.in(Role.BLOCKED);
    for (int i = 0; i < 64; i++) {
      s.hear(Role.SECONDARY, G1, DataState.CONSISTENT).pass(100);
    }
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void linkBackInTheSameViewResumes() {
    Script s =
        Script.in(Role.BLOCKED)
            .take(
                new RoleInput.LinkUp(),
                new RoleInput.Contact(
                    new ContactVerdict.Resume(Side.ME, "short break"),
                    PeerStatus.of(Role.SECONDARY, G1, DataState.CONSISTENT)));
    assertThat(s.steps()).containsExactly("ResumeStream");
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    s.pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
  }

  @Test
  void peerThatComesAndDoesNotFollowHoldsTheApplicationOnlyOnce() {
    RoleInput.Contact resume =
        new RoleInput.Contact(
            new ContactVerdict.Resume(Side.ME, "short break"),
            PeerStatus.of(Role.SECONDARY, G1, DataState.INCONSISTENT));
    Script s = Script.in(Role.BLOCKED);
    s.hangs = e -> e instanceof RoleEffect.ResumeStream;
    s.take(new RoleInput.LinkUp(), resume).pass(5_900);
    assertThat(s.gave(RoleEffect.GiveUpResume.class)).isFalse();
    s.pass(200);
    assertThat(s.gave(RoleEffect.GiveUpResume.class)).isTrue();
    s.take(new RoleInput.EffectFailed(s.state.inFlight(), "given up"), resume).pass(100);
    assertThat(s.steps()).containsSubsequence("AskArbiter", "ALONE", "ReleaseWaiting");
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void goodbyeOfTheSecondaryReleasesAtOnce() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Goodbye(false, -1)).pass(100);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void unclearArbiterIsAskedAgainAndBlockedEnds() {
    Script s = Script.in(Role.PRIMARY);
    s.arbiter = new RoleInput.Unknown("no route");
    s.take(new RoleInput.Goodbye(false, -1)).pass(10_000);
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    assertThat(s.steps().stream().filter("AskArbiter"::equals).count()).isGreaterThan(10);
    s.pass(25_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.steps()).contains("FailWaiting", "StopApplication", "Unmount", "StepDown");
    assertThat(s.steps()).doesNotContain("ALONE");
  }

  /**
   * A peer that took over by fencing would have ended this process: who lives may fence in turn.
   */
  @Test
  void aNodeThatFencedItselfMayServeAgainWhenTheArbiterIsBack() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.Settings(s.state.settings().withArbiter()));
    s.arbiter = new RoleInput.Unknown("no route");
    s.take(new RoleInput.Goodbye(false, -1)).pass(35_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.eligible()).isTrue();
    s.arbiter = new RoleInput.Granted(1);
    s.pass(35_000);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  /** Its heartbeats go on while this node makes ready to run alone, and that may take a while. */
  @Test
  void aNodeThatIsAboutToRunAloneDoesNotTakeItsOwnNewHistoryForThePeers() {
    Script s = Script.in(Role.BLOCKED);
    var common = s.state.generation();
    for (int i = 0; i < 6; i++) {
      s.hear(Role.SECONDARY, common, DataState.CONSISTENT).pass(1_000);
    }
    s.hangs = effect -> effect instanceof RoleEffect.TrackAlone;
    s.hear(Role.WAITING, common, DataState.OUTDATED);
    assertThat(s.state.generation()).as("durable already").isNotEqualTo(common);
    s.hear(Role.WAITING, common, DataState.OUTDATED);
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    s.hangs = effect -> false;
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void otherTimesHoldForTheNextTimers() {
    Script s = Script.in(Role.PRIMARY);
    RoleSettings old = s.state.settings();
    RoleSettings shorter =
        RoleSettings.of(old.node(), old.peer(), 1_000 * MS, 30_000 * MS, 2_000 * MS);
    s.take(new RoleInput.Settings(shorter));
    assertThat(s.state.role()).as("nothing else changes").isEqualTo(Role.PRIMARY);
    s.now += 10_000 * MS;
    s.take(new RoleInput.LinkDown("cut")).pass(1_900);
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    s.pass(400);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }
}
