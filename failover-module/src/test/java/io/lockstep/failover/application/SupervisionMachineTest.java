package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.application.ApplicationSpec.Check;
import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.SupervisionEffect.Report;
import io.lockstep.failover.application.SupervisionEffect.Restart;
import io.lockstep.failover.application.SupervisionEffect.RunCheck;
import io.lockstep.failover.application.SupervisionEffect.RunStart;
import io.lockstep.failover.application.SupervisionEffect.RunStop;
import io.lockstep.failover.application.SupervisionInput.CheckFailed;
import io.lockstep.failover.application.SupervisionInput.CheckPassed;
import io.lockstep.failover.application.SupervisionInput.ProcessesGone;
import io.lockstep.failover.application.SupervisionInput.RestartFailed;
import io.lockstep.failover.application.SupervisionInput.Restarted;
import io.lockstep.failover.application.SupervisionInput.Start;
import io.lockstep.failover.application.SupervisionInput.StartFailed;
import io.lockstep.failover.application.SupervisionInput.Started;
import io.lockstep.failover.application.SupervisionInput.Stop;
import io.lockstep.failover.application.SupervisionInput.StopFailed;
import io.lockstep.failover.application.SupervisionInput.Stopped;
import io.lockstep.failover.application.SupervisionInput.Tick;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The machine in virtual time: a check every 5 s, 3 failures, 2 restarts within 60 s. */
class SupervisionMachineTest {
  private static final long S = 1_000_000_000;

  private final List<SupervisionEffect> effects = new ArrayList<>();
  private SupervisionMachine machine = machine(Then.SWITCHOVER);
  private SupervisionState state = SupervisionState.initial();

  /** Near the end of the range of a long: a monotonic clock may have any origin. */
  private long now = Long.MAX_VALUE - 100 * S;

  private static SupervisionMachine machine(Then then) {
    return new SupervisionMachine(
        Optional.of(new Check("check", Duration.ofSeconds(5), Duration.ofSeconds(1), 3)),
        new Restarts(2, Duration.ofSeconds(60), then));
  }

  private void take(SupervisionInput... inputs) {
    for (SupervisionInput input : inputs) {
      SupervisionMachine.Step step = machine.step(state, input, now);
      state = step.state();
      effects.addAll(step.effects());
    }
  }

  private void up() {
    take(new Start(), new Started());
    effects.clear();
  }

  private void failThreeChecks() {
    take(new CheckFailed("no"), new CheckFailed("no"), new CheckFailed("no"));
  }

  @Test
  void itStartsAndIsCheckedAtItsInterval() {
    take(new Start());
    assertThat(state.phase()).isEqualTo(Phase.STARTING);
    take(new Started());
    assertThat(state.phase()).isEqualTo(Phase.RUNNING);
    assertThat(effects).containsExactly(new RunStart());
    now += 5 * S - 1;
    take(new Tick());
    assertThat(effects).doesNotContain(new RunCheck());
    now += 1;
    take(new Tick());
    assertThat(effects).containsExactly(new RunStart(), new RunCheck());
    now += 20 * S;
    take(new Tick());
    assertThat(effects).as("one check at a time").hasSize(2);
    take(new CheckPassed());
    assertThat(state.checkDueNs()).as("counted from the check's end").isEqualTo(now + 5 * S);
  }

  @Test
  void aFailedStartIsNoneAndMayBeTriedAgain() {
    take(new Start(), new StartFailed("returned 3"));
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(state.reason()).isEqualTo("returned 3");
    take(new Start(), new Started());
    assertThat(state.phase()).isEqualTo(Phase.RUNNING);
    assertThat(state.reason()).isEmpty();
  }

  @Test
  void failuresCountOnlyInARow() {
    up();
    take(new CheckFailed("no"), new CheckFailed("no"));
    assertThat(state.phase()).isEqualTo(Phase.FAILING);
    assertThat(state.failures()).isEqualTo(2);
    take(new CheckPassed(), new CheckFailed("no"), new CheckFailed("no"));
    assertThat(effects).isEmpty();
    take(new CheckFailed("port closed"));
    assertThat(state.phase()).isEqualTo(Phase.RESTARTING);
    assertThat(effects).containsExactly(new Restart("3 of 3 checks failed: port closed"));
  }

  @Test
  void theBudgetEndsInASwitchover() {
    up();
    for (int i = 0; i < 2; i++) {
      failThreeChecks();
      take(new Restarted());
      assertThat(state.phase()).isEqualTo(Phase.RUNNING);
    }
    effects.clear();
    failThreeChecks();
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(effects).hasSize(1);
    assertThat(effects.get(0)).isInstanceOf(Report.class);
    Report report = (Report) effects.get(0);
    assertThat(report.switchOver()).isTrue();
    assertThat(report.reason()).contains("2 of 2 restarts used within 60 s");
    effects.clear();
    take(new Tick(), new CheckFailed("no"), new Restarted(), new ProcessesGone());
    assertThat(effects).as("given up once").isEmpty();
  }

  @Test
  void theBudgetMayEndInAStop() {
    machine = machine(Then.STOP);
    up();
    take(new ProcessesGone(), new RestartFailed("a"), new RestartFailed("b"));
    assertThat(effects).last().isInstanceOf(Report.class);
    assertThat(((Report) effects.get(effects.size() - 1)).switchOver()).isFalse();
    assertThat(effects).filteredOn(Restart.class::isInstance).hasSize(2);
  }

  @Test
  void restartsOfThePastAreForgiven() {
    up();
    for (int i = 0; i < 10; i++) {
      failThreeChecks();
      assertThat(state.phase()).isEqualTo(Phase.RESTARTING);
      take(new Restarted());
      now += 30 * S;
    }
  }

  @Test
  void aRestartThatFailsUsesTheBudget() {
    up();
    failThreeChecks();
    take(new RestartFailed("hung"));
    assertThat(state.phase()).isEqualTo(Phase.RESTARTING);
    take(new RestartFailed("hung"));
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(state.reason()).contains("hung");
  }

  @Test
  void withoutACheckOnlyTheProcessesCount() {
    machine =
        new SupervisionMachine(
            Optional.empty(), new Restarts(1, Duration.ofSeconds(60), Then.SWITCHOVER));
    up();
    assertThat(state.checkDueNs()).isEqualTo(SupervisionState.NEVER);
    now += 1_000 * S;
    take(new Tick());
    assertThat(effects).isEmpty();
    take(new ProcessesGone());
    assertThat(effects).containsExactly(new Restart("all its processes have ended"));
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void nothingStartsItAgainWhileItIsStopped(Phase from) {
    reach(from);
    effects.clear();
    take(new Stop(false));
    assertThat(effects).isEqualTo(from == Phase.STOPPING ? List.of() : List.of(new RunStop(false)));
    effects.clear();
    take(new CheckFailed("x"), new CheckFailed("x"), new CheckFailed("x"), new ProcessesGone());
    take(new RestartFailed("x"), new Restarted(), new Started(), new StartFailed("x"), new Tick());
    take(new Start(), new Stop(true));
    assertThat(effects).isEmpty();
    assertThat(state.phase()).isEqualTo(Phase.STOPPING);
    take(new Stopped());
    assertThat(state).isEqualTo(SupervisionState.initial());
  }

  @Test
  void aStopThatFailedMayBeTriedAgain() {
    up();
    take(new Stop(false), new StopFailed("will not die"));
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    take(new Stop(true));
    assertThat(effects).containsExactly(new RunStop(false), new RunStop(true));
    take(new Stopped());
    assertThat(state.phase()).isEqualTo(Phase.STOPPED);
  }

  private void reach(Phase phase) {
    switch (phase) {
      case STOPPED -> {}
      case STARTING -> take(new Start());
      case RUNNING -> up();
      case FAILING -> {
        up();
        take(new CheckFailed("no"));
      }
      case RESTARTING -> {
        up();
        take(new ProcessesGone());
      }
      case STOPPING -> {
        up();
        take(new Stop(false));
      }
      case FAILED -> take(new Start(), new StartFailed("no"));
    }
    assertThat(state.phase()).isEqualTo(phase);
  }

  @Test
  void otherLimitsCountFromWhereItStands() {
    up();
    now += 4 * S;
    machine =
        new SupervisionMachine(
            Optional.of(new Check("other", Duration.ofSeconds(10), Duration.ofSeconds(1), 1)),
            new Restarts(2, Duration.ofSeconds(60), Then.STOP));
    take(new SupervisionInput.Respecified());
    effects.clear();
    now += 9 * S;
    take(new Tick());
    assertThat(effects).as("the new interval counts from the change").isEmpty();
    now += S;
    take(new Tick(), new CheckFailed("bad"));
    assertThat(effects).hasAtLeastOneElementOfType(RunCheck.class);
    assertThat(state.phase()).as("one failure is enough now").isEqualTo(Phase.RESTARTING);
    take(new SupervisionInput.Respecified());
    assertThat(state.phase()).isEqualTo(Phase.RESTARTING);
  }
}
