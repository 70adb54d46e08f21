package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.DataState;
import org.junit.jupiter.api.Test;

/**
 * Maintenance in the role machine: what it holds, that both nodes know of it, and that it is
 * durable.
 */
class MaintenanceOrderTest {
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
    assertThat(s.verdict().kind()).isEqualTo(Verdict.Kind.PROTECTED);
    s.take(new RoleInput.PauseDecisions("op"));
    assertThat(s.verdict().kind()).isEqualTo(Verdict.Kind.MAINTENANCE);
    s.take(new RoleInput.LinkDown("cut")).pass(7_000);
    Verdict verdict = s.verdict();
    assertThat(verdict.line()).startsWith("EXPOSED").contains("MAINTENANCE by op");
    Script peer = Script.in(Role.PRIMARY);
    peer.take(
        new RoleInput.PeerHeard(
            new PeerStatus(Role.SECONDARY, G1, 0, DataState.UP_TO_DATE, false, -1, false, true)));
    assertThat(peer.verdict().kind())
        .as("only the peer is paused")
        .isEqualTo(Verdict.Kind.MAINTENANCE);
  }
}
