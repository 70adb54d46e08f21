package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.failover.role.RoleEffect.StopApplication;
import io.lockstep.failover.role.RoleEffect.Unmount;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/** A hand-over whose first step, the question whether the arbiter answers, is under way. */
class UnbegunHandOverTest {
  private static final RoleInput FAILED = new RoleInput.ApplicationFailed("checks", true);
  private static final RoleInput SILENCE = new RoleInput.Unknown("no route");

  /** PRIMARY with an arbiter. */
  private static Script paired() {
    Script s = Script.in(Role.PRIMARY);
    s.take(new RoleInput.Settings(s.state.settings().withArbiter())).forget();
    return s;
  }

  private static Script asking() {
    Script s = paired();
    s.hangs = e -> e instanceof AskArbiter;
    s.take(new RoleInput.Switchover("", "op"));
    assertThat(s.steps()).containsExactly("AskArbiter");
    assertThat(s.state.role()).isEqualTo(Role.DEMOTING);
    return s;
  }

  private static void hearPeer(Script s) {
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
  }

  @Test
  void applicationThatDiesMeanwhileIsDownWhenItIsGivenUp() {
    Script s = asking().take(FAILED, SILENCE);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.applicationUp()).isFalse();
    assertThat(s.state.switchWhenPaired()).isTrue();
    assertThat(s.state.status().applicationFails()).isTrue();
  }

  @Test
  void itGoesToThePeerOnceTheArbiterAnswers() {
    Script s = asking().take(FAILED, SILENCE);
    s.hangs = e -> false;
    s.arbiter = SILENCE;
    s.forget();
    for (int i = 0; i < 60; i++) {
      hearPeer(s);
      s.pass(1_000);
    }
    assertThat(s.steps()).as("asked now and then").hasSizeBetween(1, 20).containsOnly("AskArbiter");
    s.arbiter = new RoleInput.Granted(0);
    for (int i = 0; i < 60 && s.state.role() == Role.PRIMARY; i++) {
      hearPeer(s);
      s.pass(1_000);
    }
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
  }

  /** The same without a failure while it asks: the failure is why it asks. */
  @Test
  void applicationThatFailedIsNotForgottenWhenItsHandOverIsGivenUp() {
    Script s = paired();
    s.arbiter = SILENCE;
    s.take(FAILED);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.applicationUp()).isFalse();
    assertThat(s.state.switchWhenPaired()).isTrue();
  }

  @Test
  void applicationThatDiesMeanwhileIsHandedOverAsOneThatFails() {
    Script s = asking();
    s.hangs = e -> false;
    s.take(FAILED, new RoleInput.Granted(0));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.done)
        .contains(new RoleEffect.Tell(new PeerMessage.TakeOver(s.state.generation(), 42, true)));
  }

  @Test
  void applicationThatIsToStopWhenItFailsStopsAllTheSame() {
    Script s = asking();
    s.hangs = e -> false;
    s.take(new RoleInput.ApplicationFailed("checks", false), new RoleInput.Granted(0));
    assertThat(s.state.role()).isEqualTo(Role.STOPPED);
    assertThat(s.done)
        .contains(new RoleEffect.Persist(new Change.StepDown(true, DataState.UP_TO_DATE, false)));
  }

  @Test
  void applicationThatHasToWaitMeanwhileIsDownWhenItIsGivenUp() {
    Script s = asking().take(new RoleInput.Fitness("no gateway", false), SILENCE);
    assertThat(s.state.role()).isEqualTo(Role.PRIMARY);
    assertThat(s.state.applicationUp()).isFalse();
    assertThat(s.state.switchWhenPaired()).isTrue();
    s.take(new RoleInput.Fitness("", true));
    assertThat(s.state.applicationUp()).isTrue();
    assertThat(s.state.status().applicationFails()).isFalse();
  }

  @Test
  void copyThatFailsMeanwhileIsServedNoMoreWhenItIsGivenUp() {
    Script s = asking();
    s.hangs = e -> false;
    s.take(new RoleInput.CopyFailed("EIO"), SILENCE);
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.INCONSISTENT);
  }

  /** It runs on its mount all the time. */
  @Test
  void nothingIsTakenFromTheApplicationWhenThePeerIsLostMeanwhile() {
    Script s = asking();
    s.hangs = e -> false;
    s.forget().take(new RoleInput.LinkDown("cut"), new RoleInput.Granted(0));
    assertThat(s.gave(Unmount.class)).isFalse();
    assertThat(s.gave(StopApplication.class)).isFalse();
    assertThat(s.state.role()).isEqualTo(Role.BLOCKED);
    assertThat(s.state.applicationUp()).isTrue();
    s.now += 40_000 * MS;
    s.take(new RoleInput.Tick());
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
  }
}
