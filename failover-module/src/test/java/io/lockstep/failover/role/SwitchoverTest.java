package io.lockstep.failover.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/**
 * The steps of a switchover on the node that gives up the service, and what becomes of them when
 * one fails or the link breaks.
 */
class SwitchoverTest {
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
}
