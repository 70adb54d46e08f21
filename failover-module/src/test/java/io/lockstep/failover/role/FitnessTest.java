package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.RoleEffect.StartApplication;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/**
 * What checkers make of a node: one on which the application has to wait, and one that is worse
 * than its peer.
 */
class FitnessTest {
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
    PeerStatus unfit = other.failingPeer();
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
    Verdict down = s.verdict();
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
    Verdict down = s.verdict();
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
    assertThat(s.verdict().kind()).isNotEqualTo(Verdict.Kind.DOWN);
  }

  @Test
  void unfitOnBothNodesStaysWhereItIs() {
    Script s = Script.in(Role.PRIMARY);
    PeerStatus unfit = s.failingPeer();
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
}
