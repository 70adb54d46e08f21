package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.RoleEffect.StartApplication;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoleMachineTest {
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

  @Test
  void switchoverStopsTheApplicationBeforeTheVolume() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Switchover("b", "op"));
    assertThat(s.steps())
        .containsExactly(
            "StopApplication",
            "RemoveAddresses",
            "Unmount",
            "AwaitAcks",
            "StepDown",
            "ShowReadOnly",
            "FollowPeer");
    assertThat(s.done)
        .contains(new RoleEffect.Tell(new PeerMessage.TakeOver(s.state.generation(), 42)));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.state.status().handsOverAt()).isEqualTo(42);
  }

  @Test
  void aHandOverIsToldOnOnlyUntilThePeerHasTakenOver() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Switchover("b", "op"));
    PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
    s.take(
        new RoleInput.Contact(new ContactVerdict.Source(Side.PEER, Extent.BY_MAP, "x"), peer),
        new RoleInput.ReintegrationDone(G2));
    assertThat(s.state.generation()).isEqualTo(G2);
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.state.status().handsOverAt()).isEqualTo(-1);
  }

  /** The answer to an earlier question comes when both know already what is to happen. */
  @Test
  void aLateComparisonDoesNotMakeANodeServeBesideThePeerThatItHandedOverTo() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Switchover("b", "op"));
    ContactVerdict same = new ContactVerdict.InSync(Side.ME, "both hold the same");
    PeerStatus asked = PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    s.take(new RoleInput.Contact(same, asked)).pass(1_000);
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.steps()).doesNotContain("FenceStream");
    // a peer that was started anew since knows of no hand-over
    PeerStatus started = PeerStatus.of(Role.WAITING, s.state.generation(), DataState.UP_TO_DATE);
    s.take(new RoleInput.Contact(same, started)).pass(1_000);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

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
  void whoTakesBackAHandOverNoLongerAsksForIt() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Switchover("b", "op"));
    s.hangs = e -> e instanceof RoleEffect.ForceJournal;
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOverRefused("mount failed")));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.state.goal()).isEqualTo(Goal.TAKE_OVER);
    assertThat(s.state.status().handsOverAt()).isEqualTo(-1);
  }

  @Test
  void aHeartbeatFromBeforeTheRefusalDoesNotAskForATakeoverAgain() {
    Script s = Script.in(Role.SECONDARY);
    s.fails = e -> e instanceof RoleEffect.FenceStream;
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    assertThat(s.told(PeerMessage.TakeOverRefused.class)).isTrue();
    s.fails = e -> false;
    PeerStatus before = new PeerStatus(Role.SECONDARY, G1, 0, DataState.UP_TO_DATE, false, 42);
    s.take(new RoleInput.PeerHeard(before));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    // one that still asks after a while has not heard of the refusal
    s.pass(s.state.settings().retryNs() / 1_000_000 + 1_000).take(new RoleInput.PeerHeard(before));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

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
    assertThat(Verdict.of(new Verdict.Situation(paused.state, "now", 0, "")).next())
        .contains("resume");
    Script never = goingBackAfter(60);
    never.take(new RoleInput.Settings(never.state.settings().withFailback(Long.MAX_VALUE)));
    assertThat(never.pass(90_000).state.role()).isEqualTo(Role.PRIMARY);
    Script fails = goingBackAfter(60);
    fails.take(
        new RoleInput.PeerHeard(
            new PeerStatus(
                Role.SECONDARY,
                fails.state.generation(),
                0,
                DataState.UP_TO_DATE,
                false,
                -1,
                true,
                false)));
    assertThat(fails.pass(90_000).state.role()).isEqualTo(Role.PRIMARY);
    assertThat(goingBackAfter(60).pass(90_000).state.role()).isEqualTo(Role.SECONDARY);
  }

  private static Script goingBackAfter(long seconds) {
    Script s = Script.in(Role.PRIMARY);
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    long afterNs = seconds * 1_000 * Script.MS;
    return s.take(new RoleInput.Settings(s.state.settings().withFailback(afterNs)));
  }

  @Test
  void anyFailedStepRollsTheSwitchoverBack() {
    for (String step :
        new String[] {"StopApplication", "RemoveAddresses", "Unmount", "AwaitAcks"}) {
      Script s = Script.in(Role.PRIMARY);
      s.fails = e -> Script.name(e).equals(step);
      s.take(new RoleInput.Switchover("b", "op"));
      assertThat(s.steps()).endsWith("Mount", "AddAddresses", "StartApplication");
      assertThat(s.state.role()).as(step).isEqualTo(Role.PRIMARY);
      assertThat(s.state.applicationUp()).isTrue();
      assertThat(s.told(PeerMessage.TakeOver.class)).isFalse();
    }
  }

  @Test
  void lostLinkRollsTheSwitchoverBack() {
    Script s = Script.in(Role.DEMOTING).take(new RoleInput.LinkDown("cut"));
    s.hangs = e -> false;
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.steps())
        .containsExactly("Unmount", "AwaitSettled", "Mount", "AddAddresses", "StartApplication");
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
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

  private static Script brokenOffWithOperationsWaiting() {
    Script s = Script.in(Role.DEMOTING).take(new RoleInput.LinkDown("cut"));
    s.hangs = e -> false;
    s.fails = e -> e instanceof RoleEffect.AwaitSettled;
    s.take(s.answer(s.state.inFlight()));
    s.fails = e -> false;
    assertThat(s.steps()).containsExactly("Unmount", "AwaitSettled");
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    return s.forget();
  }

  @Test
  void whatWaitsWhenAHandOverBreaksOffIsSentBeforeAnythingIsServedAgain() {
    Script s = brokenOffWithOperationsWaiting();
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.CONSISTENT);
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.Contact(new ContactVerdict.Resume(Side.ME, "still held"), peer));
    assertThat(s.steps())
        .containsExactly(
            "ResumeStream", "AwaitSettled", "Mount", "AddAddresses", "StartApplication");
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.serviceDown()).isFalse();
  }

  @Test
  void whatWaitsWhenAHandOverBreaksOffIsReleasedAloneBeforeAnythingIsServedAgain() {
    Script s = brokenOffWithOperationsWaiting().pass(6_500);
    assertThat(s.steps())
        .containsExactly(
            "AskArbiter",
            "ALONE",
            "TrackAlone",
            "ReleaseWaiting",
            "AwaitSettled",
            "Mount",
            "AddAddresses",
            "StartApplication");
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.serviceDown()).isFalse();
  }

  @Test
  void aPeerThatComesBackAndTakesNothingDoesNotHoldABrokenHandOverForEver() {
    Script s = brokenOffWithOperationsWaiting();
    PeerStatus peer = PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.CONSISTENT);
    s.fails = e -> e instanceof RoleEffect.AwaitSettled && s.state.role() == Role.BLOCKED;
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.Contact(new ContactVerdict.Resume(Side.ME, "still held"), peer));
    assertThat(s.steps()).containsExactly("ResumeStream", "AwaitSettled");
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    s.pass(6_500);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.applicationUp()).isTrue();
  }

  @Test
  void refusedHandOverIsTakenBack() {
    Script s = Script.in(Role.PRIMARY).take(new RoleInput.Switchover("", "op")).forget();
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOverRefused("mount failed")));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.applicationUp()).isTrue();
  }

  @Test
  void plannedTakeoverAnswersRefusalWhenAStepFails() {
    for (String step : new String[] {"FenceStream", "INTENT", "Mount", "AddAddresses"}) {
      Script s = Script.in(Role.SECONDARY);
      s.fails = e -> Script.name(e).equals(step);
      s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
      assertThat(s.told(PeerMessage.TakeOverRefused.class)).as(step).isTrue();
      assertThat(s.state.role().serves()).isFalse();
    }
  }

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
    PeerStatus peer =
        new PeerStatus(
            Role.SECONDARY, s.state.generation(), 0, DataState.UP_TO_DATE, false, -1, true, false);
    s.take(new RoleInput.PeerHeard(peer), new RoleInput.ApplicationFailed("checks", true));
    s.pass(5_000);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.applicationUp()).isFalse();
    assertThat(s.state.status().applicationFails()).isTrue();
    assertThat(s.steps()).isEmpty();
    assertThat(Verdict.of(new Verdict.Situation(s.state, "now", 0, "")).kind())
        .isEqualTo(Verdict.Kind.DOWN);
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

  private static Script grouped(Role role) {
    Script s = Script.in(role);
    return s.take(new RoleInput.Settings(s.state.settings().inGroup()));
  }

  @Test
  void aModuleOfAGroupLeavesEveryMoveByChoiceToTheGroup() {
    Script s = grouped(Role.PRIMARY);
    s.take(new RoleInput.Switchover("", "op"));
    assertThat(s.done).contains(new RoleEffect.AskGroup("op"));
    s.take(new RoleInput.PeerSays(new PeerMessage.SwitchOver("somebody there")));
    assertThat(s.done).contains(new RoleEffect.AskGroup("somebody there"));
    s.take(new RoleInput.ApplicationFailed("checks", true)).pass(5_000);
    s.take(new RoleInput.Settings(s.state.settings().withFailback(1_000 * MS))).pass(5_000);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.steps()).isEmpty();
    s.take(new RoleInput.MoveWithGroup(7, "the application of web failed", false));
    assertThat(s.state.groupOrder()).isEqualTo(7);
    assertThat(s.done)
        .contains(new RoleEffect.Tell(new PeerMessage.TakeOver(s.state.generation(), 42, true)));
  }

  @Test
  void aMoveOfTheGroupThatTheModuleCannotMakeIsRefusedAndSeen() {
    Script s = grouped(Role.PRIMARY);
    s.hear(Role.SECONDARY, s.state.generation(), DataState.OUTDATED);
    s.take(new RoleInput.MoveWithGroup(8, "switchover by op", true));
    assertThat(s.state.groupOrder()).isEqualTo(8);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.steps()).isEmpty();
  }

  @Test
  void theApplicationOfAGroupsModuleStartsOnTheGroupsWordOnly() {
    Script s = grouped(Role.SECONDARY);
    s.take(new RoleInput.PeerSilent(30_000 * MS)).pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.TAKING_OVER);
    assertThat(s.state.waitsToStart()).isTrue();
    assertThat(s.steps()).endsWith("Mount", "AddAddresses");
    s.take(new RoleInput.MayStart());
    assertThat(s.steps()).endsWith("StartApplication");
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    // the next start needs a word of its own
    s.take(new RoleInput.Stop("op"), new RoleInput.Start(true, "op")).pass(1_000);
    assertThat(s.state.waitsToStart()).isTrue();
    // nor does waiting keep it from being stopped
    s.take(new RoleInput.Stop("op"));
    assertThat(s.state.role()).isEqualTo(Role.STOPPED);
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
  void unfitNodeHandsOverAndIsHandedNothingUntilItIsFitAgain() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.Fitness("no gateway", false)).pass(200);
    assertThat(s.told(PeerMessage.TakeOver.class)).isTrue();
    assertThat(s.done)
        .contains(new RoleEffect.Tell(new PeerMessage.TakeOver(s.state.generation(), 42, true)));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.state.status().applicationFails()).isTrue();
    s.pass(7_200_000);
    assertThat(s.state.status().applicationFails()).as("time does not mend it").isTrue();
    s.take(new RoleInput.Fitness("", false));
    assertThat(s.state.status().applicationFails()).isFalse();
    Script other = Script.in(Role.PRIMARY);
    PeerStatus unfit =
        new PeerStatus(
            Role.SECONDARY,
            other.state.generation(),
            0,
            DataState.UP_TO_DATE,
            false,
            -1,
            true,
            false);
    other.take(new RoleInput.PeerHeard(unfit), new RoleInput.ApplicationFailed("checks", true));
    other.pass(5_000);
    assertThat(other.told(PeerMessage.TakeOver.class)).isFalse();
  }

  @Test
  void unfitNodeThatIsAloneKeepsTheDataAndServesAgainByItself() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.LinkDown("cut")).pass(10_000);
    s.take(new RoleInput.Fitness("no gateway", false)).pass(1_000);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.applicationUp()).isFalse();
    Verdict down = Verdict.of(new Verdict.Situation(s.state, "now", 0, ""));
    assertThat(down.kind()).isEqualTo(Verdict.Kind.DOWN);
    assertThat(down.line()).contains("no gateway");
    s.take(new RoleInput.Fitness("", true));
    assertThat(s.state.applicationUp()).isTrue();
    assertThat(s.state.switchWhenPaired()).isFalse();
    assertThat(s.state.status().applicationFails()).isFalse();
  }

  private static Script takesOver(RoleInput... beforeTheStartEnds) {
    Script s = Script.in(Role.SECONDARY);
    s.hangs = e -> e instanceof StartApplication;
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    assertThat(s.state.inFlight()).isEqualTo(new StartApplication());
    return s.take(beforeTheStartEnds)
        .take(new RoleInput.EffectFailed(new StartApplication(), "desk has to wait", true));
  }

  @Test
  void aStartThatHasToWaitIsNoFailureOfTheApplication() {
    Script s = takesOver(new RoleInput.Fitness("no gateway", false));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.applicationUp()).isFalse();
    Verdict down = Verdict.of(new Verdict.Situation(s.state, "now", 0, ""));
    assertThat(down.line()).contains("has to wait: no gateway");
    assertThat(s.state.status().applicationFails()).as("nobody hands over to it now").isTrue();
    // stopped here before it was up, for the other node, and only then good again
    s.take(new RoleInput.Stop("op"), new RoleInput.Fitness("", false));
    assertThat(s.state.status().applicationFails()).as("it may come back").isFalse();
    Script up = takesOver(new RoleInput.Fitness("no gateway", false));
    up.take(new RoleInput.Fitness("", true));
    assertUp(up);
  }

  /** The application came up between its refusal and the word of that. */
  @Test
  void aRefusalThatIsToldOfTooLateDoesNotTakeTheApplicationForDown() {
    assertUp(
        takesOver(new RoleInput.Fitness("no gateway", false), new RoleInput.Fitness("", true)));
    Script gone =
        takesOver(
            new RoleInput.Fitness("no gateway", false),
            new RoleInput.Fitness("", true),
            new RoleInput.Fitness("no gateway again", false));
    assertThat(gone.state.applicationUp()).isFalse();
    assertThat(gone.state.unfit()).isEqualTo("no gateway again");
    Script back = Script.in(Role.PRIMARY);
    back.fails = e -> e instanceof RoleEffect.AwaitAcks;
    back.hangs = e -> e instanceof StartApplication;
    back.take(new RoleInput.Switchover("", "op"));
    assertThat(back.state.goal()).isEqualTo(Goal.ROLL_BACK);
    back.take(
        new RoleInput.Fitness("no gateway", false),
        new RoleInput.Fitness("", true),
        new RoleInput.EffectFailed(new StartApplication(), "desk has to wait", true));
    assertThat(back.state.role()).isEqualTo(Role.PRIMARY);
    assertUp(back);
  }

  /** What was up before the start that is refused says nothing of this start. */
  @Test
  void anApplicationWhoseStopFailedIsDownWhenItHasToWait() {
    Script s = Script.in(Role.PRIMARY);
    s.fails = e -> e instanceof RoleEffect.StopApplication;
    s.hangs = e -> e instanceof StartApplication;
    s.take(new RoleInput.Switchover("", "op"), new RoleInput.Fitness("no gateway", false));
    s.take(new RoleInput.EffectFailed(new StartApplication(), "desk has to wait", true));
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.applicationUp()).isFalse();
    assertThat(s.state.switchWhenPaired()).isTrue();
  }

  private static void assertUp(Script s) {
    assertThat(s.state.applicationUp()).isTrue();
    assertThat(s.state.switchWhenPaired()).isFalse();
    assertThat(s.state.status().applicationFails()).isFalse();
    assertThat(Verdict.of(new Verdict.Situation(s.state, "now", 0, "")).kind())
        .isNotEqualTo(Verdict.Kind.DOWN);
  }

  @Test
  void unfitOnBothNodesStaysWhereItIs() {
    Script s = Script.in(Role.PRIMARY);
    PeerStatus unfit =
        new PeerStatus(
            Role.SECONDARY, s.state.generation(), 0, DataState.UP_TO_DATE, false, -1, true, false);
    s.take(new RoleInput.PeerHeard(unfit), new RoleInput.Fitness("no gateway", false));
    s.pass(5_000);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.told(PeerMessage.TakeOver.class)).isFalse();
    assertThat(s.state.applicationUp()).isFalse();
  }

  @Test
  void betterNodeTakesOverOnceAndOnlyIfItCan() {
    Script alone = Script.in(Role.PRIMARY);
    alone.take(new RoleInput.LinkDown("cut")).pass(10_000);
    alone.take(new RoleInput.ApplicationFailed("no gateway", true, true)).pass(1_000);
    assertThat(alone.state.applicationUp()).as("it goes on where nobody else can").isTrue();
    assertThat(alone.state.status().applicationFails()).isFalse();
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.ApplicationFailed("no gateway", true, true));
    assertThat(s.told(PeerMessage.TakeOver.class)).as("not at once after a change").isFalse();
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE).pass(60_000);
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    s.take(new RoleInput.ApplicationFailed("no gateway", true, true));
    assertThat(s.done)
        .contains(new RoleEffect.Tell(new PeerMessage.TakeOver(s.state.generation(), 42, true)));
    assertThat(s.state.status().applicationFails()).as("it does not come back at once").isTrue();
  }

  @Test
  void nobodyIsAskedToTakeOverBeforeTheStepDownIsDurable() {
    Script s = Script.in(Role.PRIMARY);
    s.hangs = e -> Script.name(e).equals("StepDown");
    s.take(new RoleInput.Switchover("", "op"));
    assertThat(s.steps()).endsWith("AwaitAcks", "StepDown");
    assertThat(s.state.status().handsOverAt()).isEqualTo(-1);
    s.hangs = e -> false;
    s.take(new RoleInput.EffectFailed(s.state.inFlight(), "the disk is full"));
    assertThat(s.state.status().handsOverAt()).isEqualTo(-1);
    assertThat(s.told(PeerMessage.TakeOver.class)).isFalse();
  }

  /** Its stream is closed, and what of that is in its record it does not know. */
  @Test
  void nodeThatCouldNotRecordItsStepDownDoesNotServeAgain() {
    Script s = Script.in(Role.PRIMARY);
    s.hangs = e -> Script.name(e).equals("StepDown");
    s.take(new RoleInput.Switchover("", "op"));
    s.forget().hangs = e -> false;
    s.take(new RoleInput.EffectFailed(s.state.inFlight(), "the disk is full"));
    assertThat(s.steps())
        .doesNotContain("Mount", "StartApplication")
        .containsSubsequence("FailWaiting", "RemoveAddresses", "StopApplication", "StepDown");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.eligible()).isFalse();
  }

  /** What the peer acknowledged since it took over is not here. */
  @Test
  void whoHandedOverDoesNotServeOnceThePeerHasTakenOver() {
    for (Role last : List.of(Role.TAKING_OVER, Role.DEMOTING, Role.WAITING)) {
      Script s = Script.in(Role.PRIMARY);
      s.take(new RoleInput.Switchover("", "op"));
      assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
      s.hear(last, G2, DataState.UP_TO_DATE);
      s.forget().take(new RoleInput.Goodbye(true, -1));
      assertThat(s.state.role()).isEqualTo(Role.WAITING);
      assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
      s.take(new RoleInput.PeerSilent(30_000 * MS));
      assertThat(s.steps()).doesNotContain("INTENT");
    }
  }

  @Test
  void whoHandedOverServesAgainWhenThePeerCouldNotTakeOver() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.Switchover("", "op"));
    s.hear(Role.DEMOTING, G2, DataState.UP_TO_DATE);
    s.forget().take(new RoleInput.PeerSays(new PeerMessage.TakeOverRefused("no address")));
    assertThat(s.steps()).contains("INTENT", "COMMIT", "Mount");
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  /** Only as long as its application has written nothing. */
  @Test
  void whoseCopyFailsInATakeoverRefusesItUnlessTheApplicationStarts() {
    for (boolean starts : new boolean[] {false, true}) {
      Script s = Script.in(Role.SECONDARY);
      s.hangs = e -> starts ? e instanceof StartApplication : e instanceof RoleEffect.AddAddresses;
      s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42, false)));
      assertThat(s.state.role()).isEqualTo(Role.TAKING_OVER);
      s.forget().hangs = e -> false;
      RoleEffect underWay = s.state.inFlight();
      s.take(new RoleInput.CopyFailed("broken"), s.answer(underWay));
      assertThat(s.state.role()).isEqualTo(Role.STOPPED);
      assertThat(s.told(PeerMessage.TakeOverRefused.class)).isEqualTo(!starts);
    }
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
  void secondaryThatHearsThePeerAloneBecomesOutdatedAndStays() {
    Script s = Script.in(Role.SECONDARY).take(new RoleInput.LinkDown("cut"));
    assertThat(s.state.dataState()).isEqualTo(DataState.CONSISTENT);
    s.hear(Role.ALONE, G2, DataState.UP_TO_DATE);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    s.take(new RoleInput.PeerSilent(30_000 * MS)).pass(60_000);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
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

  @Test
  void pausedSecondaryLeavesTheTakeoverToTheOperator() {
    Script s =
        Script.in(Role.SECONDARY)
            .take(new RoleInput.PauseDecisions("op"))
            .forget()
            .take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.steps()).isEmpty();
  }

  @Test
  void maintenanceIsDurableToldToThePeerAndHoldsTheSupervision() {
    Script s = Script.in(Role.PRIMARY).forget();
    s.take(new RoleInput.PauseDecisions("op"));
    assertThat(s.done)
        .contains(
            new RoleEffect.Tell(new PeerMessage.Pause("op")),
            new RoleEffect.Hold(true),
            new RoleEffect.Persist(new Change.Maintenance("op")));
    assertThat(s.state.status().paused()).isTrue();
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    s.forget().take(new RoleInput.LinkDown("cut"), new RoleInput.LinkUp());
    assertThat(s.told(PeerMessage.Pause.class)).as("the peer may not have heard").isTrue();
    s.forget().take(new RoleInput.ResumeDecisions("op", true));
    assertThat(s.done)
        .contains(new RoleEffect.Hold(false), new RoleEffect.Persist(new Change.Maintenance("")))
        .doesNotContain(new RoleEffect.Tell(new PeerMessage.Resume("op")));
    assertThat(s.state.paused()).isFalse();
  }

  @Test
  void maintenanceGoesOnWhenTheAgentStartsAnew() {
    Script s = new Script();
    s.take(
        new RoleInput.Boot(
            new DurableStanding(G1, 0, false, true, "", true, DataState.UP_TO_DATE, "op", true)));
    assertThat(s.done).contains(new RoleEffect.Hold(true));
    assertThat(s.pass(10_000).state.role()).isEqualTo(Role.WAITING);
    s.take(new RoleInput.ResumeDecisions("op")).pass(1_000);
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  @Test
  void anOrderDuringATakeoverIsKeptOnceThatIsOver() {
    Script s = Script.in(Role.SECONDARY);
    s.hangs = e -> e instanceof RoleEffect.Mount;
    s.take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(s.state.role()).isEqualTo(Role.TAKING_OVER);
    s.take(new RoleInput.PauseDecisions("op"));
    assertThat(s.state.pausedKept()).isEmpty();
    s.hangs = e -> false;
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.pausedKept()).isEqualTo("op");
  }

  @Test
  void aRecordThatCannotTakeTheMaintenanceIsNotAskedForEver() {
    Script s = Script.in(Role.PRIMARY);
    s.fails = e -> Script.name(e).equals("Maintenance");
    s.take(new RoleInput.PauseDecisions("op"));
    assertThat(s.state.paused()).isTrue();
    assertThat(s.state.goal()).isEqualTo(Goal.NONE);
  }

  @Test
  void theVerdictOfAPairInMaintenanceIsNotTheGreenOne() {
    Script s = Script.in(Role.PRIMARY);
    assertThat(kind(s)).isEqualTo(Verdict.Kind.PROTECTED);
    s.take(new RoleInput.PauseDecisions("op"));
    assertThat(kind(s)).isEqualTo(Verdict.Kind.MAINTENANCE);
    s.take(new RoleInput.LinkDown("cut")).pass(7_000);
    Verdict verdict = Verdict.of(new Verdict.Situation(s.state, "now", 0, ""));
    assertThat(verdict.line()).startsWith("EXPOSED").contains("MAINTENANCE by op");
    Script peer = Script.in(Role.PRIMARY);
    peer.take(
        new RoleInput.PeerHeard(
            new PeerStatus(Role.SECONDARY, G1, 0, DataState.UP_TO_DATE, false, -1, false, true)));
    assertThat(kind(peer)).as("only the peer is paused").isEqualTo(Verdict.Kind.MAINTENANCE);
  }

  private static Verdict.Kind kind(Script s) {
    return Verdict.of(new Verdict.Situation(s.state, "now", 0, "")).kind();
  }

  @Test
  void splitTouchesNothingUntilSomeoneDecides() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(peer));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, "both wrote"), peer));
    assertThat(s.steps()).isEmpty();
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.split()).isNotNull();
    s.take(new RoleInput.SplitKeep("b", "op"));
    assertThat(s.steps()).endsWith("ShowReadOnly", "YieldTo");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.done).endsWith(new RoleEffect.LookAgain());
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

  @Test
  void aSplitThatIsDecidedAtBothNodesIsYieldedOnce() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(peer));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, "both wrote"), peer)).forget();
    s.hangs = effect -> effect instanceof RoleEffect.StopApplication;
    s.take(new RoleInput.SplitKeep("b", "op"));
    s.take(new RoleInput.PeerSays(new PeerMessage.Yield(G2)));
    assertThat(s.state.role()).isEqualTo(Role.DEMOTING);
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.steps()).endsWith("StepDown", "ShowReadOnly", "YieldTo");
    assertThat(s.steps()).containsOnlyOnce("YieldTo");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
  }

  private static final PeerStatus KEPT = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);

  /** A node that yielded, and meets the one whose history goes on. */
  private static Script losingSide() {
    Script s = Script.in(Role.ALONE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(KEPT));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, "both wrote"), KEPT));
    return s.take(new RoleInput.SplitKeep("b", "op")).forget();
  }

  private static RoleInput decided() {
    return new RoleInput.Contact(
        new ContactVerdict.Source(Side.PEER, Extent.SPLIT, "the split is decided"), KEPT);
  }

  @Test
  void theLosingSideIsQuarantinedBeforeItsCopyIsTouchedOrDoubted() {
    Script s = losingSide();
    s.hangs = effect -> effect instanceof RoleEffect.Quarantine;
    s.take(decided());
    assertThat(s.steps()).containsExactly("FollowPeer", "Quarantine");
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isFalse();
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.steps()).containsExactly("FollowPeer", "Quarantine", "Data");
    assertThat(s.state.dataState()).isEqualTo(DataState.INCONSISTENT);
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isTrue();
  }

  @Test
  void aReturnThatCannotBeQuarantinedDoesNotBeginAndSaysSoOnce() {
    Script s = losingSide();
    s.fails = effect -> effect instanceof RoleEffect.Quarantine;
    s.take(decided());
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.state.reason()).contains("Quarantine failed: broken");
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isFalse();
    s.pass(60_000);
    assertThat(s.done).as("tried again").contains(new RoleEffect.LookAgain());
    s.take(decided());
    assertThat(s.done.stream().filter(e -> e instanceof RoleEffect.Event)).hasSize(3);
    s.fails = effect -> false;
    s.take(decided());
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isTrue();
  }

  @Test
  void aPolicyMakesTheLosingSideYieldWhateverItDoes() {
    for (Role role : List.of(Role.ALONE, Role.PRIMARY, Role.WAITING)) {
      Script s = Script.in(role);
      s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(KEPT)).forget();
      s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.PEER, "split"), KEPT));
      assertThat(s.steps()).as(role + " yields").endsWith("YieldTo");
      assertThat(s.done)
          .contains(new RoleEffect.Persist(new Change.YieldTo(KEPT.generation())))
          .endsWith(new RoleEffect.LookAgain());
      assertThat(s.state.role()).isEqualTo(Role.WAITING);
      assertThat(s.state.split()).isNull();
    }
  }

  @Test
  void aPolicyLeavesTheWinningSideAsItIsAndAPausedNodeToTheOperator() {
    Script s = Script.in(Role.ALONE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(KEPT)).forget();
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.ME, "split"), KEPT));
    assertThat(s.steps()).isEmpty();
    assertThat(s.state.split()).isNotNull();
    s.take(new RoleInput.PauseDecisions("op")).forget();
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.PEER, "split"), KEPT));
    assertThat(s.steps()).isEmpty();
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    s.take(new RoleInput.ResumeDecisions("op"));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.PEER, "split"), KEPT));
    assertThat(s.steps()).endsWith("YieldTo");
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
