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
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Between who handed over and who is to take over: which of them serves, and until when it is asked
 * for.
 */
class HandOverTest {
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
  void whatWasSentBeforeTheRefusalDoesNotAskForATakeoverAgain() {
    Script s = Script.in(Role.SECONDARY);
    s.fails = e -> e instanceof RoleEffect.FenceStream;
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    assertThat(s.told(PeerMessage.TakeOverRefused.class)).isTrue();
    s.fails = e -> false;
    PeerStatus before = new PeerStatus(Role.SECONDARY, G1, 0, DataState.UP_TO_DATE, false, 42);
    s.take(new RoleInput.PeerHeard(before));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    // nor the message where the heartbeat came first
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    // one that still asks after a while has not heard of the refusal
    s.pass(s.state.settings().retryNs() / 1_000_000 + 1_000).take(new RoleInput.PeerHeard(before));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  /** Also where the link broke with the refusal on it. */
  @Test
  void aRefusalIsNotForEver() {
    Script s = Script.in(Role.SECONDARY);
    s.fails = e -> e instanceof RoleEffect.FenceStream;
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    s.fails = e -> false;
    s.take(new RoleInput.LinkDown("cut")).pass(s.state.settings().retryNs() / 1_000_000 + 1_000);
    s.take(
        new RoleInput.PeerHeard(
            new PeerStatus(Role.SECONDARY, G1, 0, DataState.UP_TO_DATE, false, 42)));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }

  /** Whoever waited was to compare again after a while; in sync it is not. */
  @Test
  void whoFollowsAgainTakesAHandOverAtOnce() {
    Script s = Script.in(Role.WAITING).take(new RoleInput.LinkUp()).pass(1_000);
    assertThat(s.state.retryAtNs()).isLessThan(Long.MAX_VALUE);
    PeerStatus primary = PeerStatus.of(Role.PRIMARY, G1, DataState.UP_TO_DATE);
    s.take(
        new RoleInput.PeerHeard(primary),
        new RoleInput.Contact(new ContactVerdict.Resume(Side.PEER, "resume"), primary));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(G1, 42)));
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
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
}
