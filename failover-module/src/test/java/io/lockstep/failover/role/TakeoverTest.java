package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.RoleEffect.StartApplication;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import org.junit.jupiter.api.Test;

/**
 * When a node takes over by itself, in which order, and what it must not have heard or missed
 * before.
 */
class TakeoverTest {
  @Test
  void takeoverFollowsTheOrder() {
    Script s = Script.in(Role.SECONDARY).take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(s.steps())
        .containsExactly(
            "FenceStream",
            "ForceJournal",
            "INTENT",
            "AskArbiter",
            "COMMIT",
            "DrainJournal",
            "TrackAlone",
            "Mount",
            "AddAddresses",
            "StartApplication");
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.generation()).isNotEqualTo(G1);
    assertThat(s.state.alone()).isTrue();
  }

  @Test
  void bootingNodeNeverTakesOverOnSilence() {
    Script s = Script.in(Role.WAITING).take(new RoleInput.PeerSilent(30_000 * MS)).pass(120_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.CONSISTENT);
    s.take(new RoleInput.Start(false, "op"));
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    s.take(new RoleInput.Start(true, "op"));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.done)
        .contains(new RoleEffect.Persist(new Change.BeginGeneration(Change.Stage.COMMIT, true)));
  }

  @Test
  void nodeThatRanAloneListensFirst() {
    Script s = new Script().take(new RoleInput.Boot(Script.record(true, DataState.UP_TO_DATE)));
    s.hear(Role.ALONE, G2, DataState.UP_TO_DATE).pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
  }

  @Test
  void peerThatIsBackAndHasSaidNothingYetIsNotTakenForIdle() {
    Script s = new Script();
    s.state = RoleState.initial(s.state.settings().withArbiter());
    s.take(new RoleInput.Boot(Script.record(false, DataState.UP_TO_DATE)));
    s.pass(40_000).take(new RoleInput.PeerBack()).pass(100);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.gave(RoleEffect.AskArbiter.class)).isFalse();
  }

  @Test
  void whoWasBusyWhenThePeerRanOnDoesNotServeWhenItGoes() {
    Script s = Script.in(Role.SECONDARY);
    s.hangs = e -> e instanceof RoleEffect.Persist;
    s.take(new RoleInput.LinkDown("cut"));
    s.hear(Role.WAITING, G2, DataState.UP_TO_DATE);
    s.hangs = e -> false;
    s.take(new RoleInput.Goodbye(true, -1));
    assertThat(s.steps()).doesNotContain("INTENT");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
  }

  @Test
  void secondaryThatHearsThePeerAloneBecomesOutdatedAndStays() {
    Script s = Script.in(Role.SECONDARY).take(new RoleInput.LinkDown("cut"));
    assertThat(s.state.dataState()).isEqualTo(DataState.CONSISTENT);
    s.hear(Role.ALONE, G2, DataState.UP_TO_DATE);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    s.take(new RoleInput.PeerSilent(30_000 * MS)).pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
  }

  @Test
  void aPeerThatRanOnAloneAndWasStoppedIsNotTakenOverFromTheOlderCopy() {
    Script s = Script.in(Role.SECONDARY).take(new RoleInput.Frozen(60_000 * MS));
    s.take(new RoleInput.LinkDown("reset")).hear(Role.STOPPED, G2, DataState.UP_TO_DATE);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    s.take(new RoleInput.Goodbye(false, -1)).pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    Script same = Script.in(Role.SECONDARY).hear(Role.STOPPED, G1, DataState.UP_TO_DATE);
    assertThat(same.state.role()).isEqualTo(Role.SECONDARY);
  }

  @Test
  void aRestingPeerWhoseStateWasWipedLeavesTheOnlyCopyEligible() {
    Script s =
        Script.in(Role.SECONDARY).hear(Role.STOPPED, Generation.NONE, DataState.INCONSISTENT);
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    s.take(new RoleInput.Goodbye(false, -1));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void aTakeoverYieldsToOneThatServesOnlyUntilItsApplicationWasToldToStart() {
    for (boolean started : new boolean[] {false, true}) {
      Script s = Script.in(Role.SECONDARY);
      s.hangs = e -> started ? e instanceof StartApplication : e instanceof RoleEffect.AddAddresses;
      s.take(new RoleInput.PeerSilent(30_000 * MS));
      assertThat(s.state.role()).isEqualTo(Role.TAKING_OVER);
      s.hear(Role.ALONE, G1, DataState.UP_TO_DATE);
      assertThat(s.state.role()).isEqualTo(started ? Role.TAKING_OVER : Role.DEMOTING);
    }
  }
}
