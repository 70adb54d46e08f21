package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.group.Member;
import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/** The role machine of a module that moves with a group. */
class GroupMemberTest {
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
  void whoTakesOverFromAPeerWhoseCopyIsWholeMayBeTheFirstOfItsGroup() {
    Script s = grouped(Role.SECONDARY);
    assertThat(member(s).handedOver()).isFalse();
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(s.state.generation(), 42)));
    s.hear(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
    assertThat(s.state.waitsToStart()).isTrue();
    assertThat(member(s).handedOver()).isTrue();
    s.take(new RoleInput.MayStart());
    assertThat(member(s).handedOver()).as("it serves").isFalse();
  }

  @Test
  void whoTakesOverFromAPeerWhoseCopyFailedComesAlone() {
    Script s = grouped(Role.SECONDARY);
    s.take(new RoleInput.PeerSays(new PeerMessage.TakeOver(s.state.generation(), 42)));
    s.hear(Role.WAITING, s.state.generation(), DataState.INCONSISTENT);
    assertThat(s.state.waitsToStart()).isTrue();
    assertThat(member(s).handedOver()).isFalse();
  }

  private static Member member(Script s) {
    return Member.of("web", s.state, false, s.now);
  }
}
