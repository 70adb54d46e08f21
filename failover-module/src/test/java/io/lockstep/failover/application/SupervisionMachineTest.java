package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.Checker.Action;
import io.lockstep.failover.application.SupervisionEffect.End;
import io.lockstep.failover.application.SupervisionEffect.Fitness;
import io.lockstep.failover.application.SupervisionEffect.PreferPeer;
import io.lockstep.failover.application.SupervisionEffect.Report;
import io.lockstep.failover.application.SupervisionEffect.Restart;
import io.lockstep.failover.application.SupervisionEffect.Resume;
import io.lockstep.failover.application.SupervisionEffect.RunCheck;
import io.lockstep.failover.application.SupervisionEffect.RunStart;
import io.lockstep.failover.application.SupervisionEffect.RunStop;
import io.lockstep.failover.application.SupervisionEffect.Suspend;
import io.lockstep.failover.application.SupervisionInput.CheckFailed;
import io.lockstep.failover.application.SupervisionInput.CheckPassed;
import io.lockstep.failover.application.SupervisionInput.Ended;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The machine in virtual time: a check every 5 s, 3 failures, 2 restarts within 60 s. */
class SupervisionMachineTest {
  private static final long S = 1_000_000_000;
  private static final long NEVER = SupervisionState.NEVER;

  private final List<SupervisionEffect> effects = new ArrayList<>();
  private SupervisionMachine machine = machine(Then.SWITCHOVER);
  private SupervisionState state = SupervisionState.initial();

  /** Near the end of the range of a long: a monotonic clock may have any origin. */
  private long now = Long.MAX_VALUE - 100 * S - 7;

  private static SupervisionMachine machine(Then then) {
    return new SupervisionMachine(
        List.of(checker("check", Action.RESTART, 5, 3)),
        new Restarts(2, Duration.ofSeconds(60), then));
  }

  private static Checker checker(String name, Action action, int everyS, int failures) {
    return new Checker(
        name,
        new Probe.Command(name),
        Duration.ofSeconds(everyS),
        Duration.ofSeconds(1),
        failures,
        action);
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

  private CheckerState checker(int index) {
    return state.checkers().get(index);
  }

  /** Lets time pass until that checker is looked at; the others are good. */
  private void look(int index) {
    now = Math.max(0, checker(index).dueNs() - now) + now;
    take(new Tick());
    for (int i = 0; i < state.checkers().size(); i++) {
      if (i != index && checker(i).asked()) {
        take(new CheckPassed(i, checker(i).look()));
      }
    }
    assertThat(checker(index).asked()).isTrue();
    effects.removeIf(RunCheck.class::isInstance);
  }

  private void good(int index) {
    look(index);
    take(new CheckPassed(index, checker(index).look()));
  }

  private void bad(int index, String reason) {
    look(index);
    take(new CheckFailed(index, checker(index).look(), reason));
  }

  private void failThreeChecks() {
    for (int i = 0; i < 3; i++) {
      bad(0, "no");
    }
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
    assertThat(effects).containsExactly(new RunStart());
    now += 1;
    take(new Tick());
    assertThat(effects).containsExactly(new RunStart(), new RunCheck(0, 1));
    now += S;
    take(new Tick());
    assertThat(effects).as("one look at a time").hasSize(2);
    take(new CheckPassed(0, 1));
    assertThat(checker(0).dueNs()).as("counted from the check's end").isEqualTo(now + 5 * S);
    assertThat(checker(0).result()).isEqualTo(CheckerState.Result.GOOD);
  }

  @Test
  void whatDoesNotAnswerHasFailedAndItsAnswerComesTooLate() {
    up();
    look(0);
    now += 2 * S;
    take(new Tick());
    assertThat(checker(0).failures()).isEqualTo(1);
    assertThat(state.reason()).isEqualTo("no answer within 1000 ms");
    take(new CheckPassed(0, 1));
    assertThat(checker(0).failures()).as("late").isEqualTo(1);
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
    bad(0, "no");
    bad(0, "no");
    assertThat(state.phase()).isEqualTo(Phase.FAILING);
    assertThat(checker(0).failures()).isEqualTo(2);
    good(0);
    assertThat(state.phase()).isEqualTo(Phase.RUNNING);
    bad(0, "no");
    bad(0, "no");
    assertThat(effects).isEmpty();
    bad(0, "port closed");
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
    assertThat(state.phase()).isEqualTo(Phase.GIVING_UP);
    assertThat(effects).as("nobody is told before it is down").hasSize(1);
    ended("");
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(effects.get(0)).isInstanceOf(Report.class);
    Report report = (Report) effects.get(0);
    assertThat(report.switchOver()).isTrue();
    assertThat(report.reason()).contains("2 of 2 restarts used within 60 s");
    effects.clear();
    take(new Tick(), new CheckFailed(0, 9, "no"), new Restarted(), new ProcessesGone());
    assertThat(effects).as("given up once").isEmpty();
  }

  @Test
  void theBudgetMayEndInAStop() {
    machine = machine(Then.STOP);
    up();
    take(new ProcessesGone(), new RestartFailed("a"), new RestartFailed("b"));
    assertThat(effects).filteredOn(Restart.class::isInstance).hasSize(2);
    ended("");
    assertThat(((Report) effects.get(0)).switchOver()).isFalse();
  }

  /** Answers the End that was given out last, and leaves only what comes of that. */
  private void ended(String left) {
    End end = (End) effects.get(effects.size() - 1);
    effects.clear();
    take(new Ended(end, left));
    assertThat(effects).hasSize(1);
  }

  @Test
  void whatCouldNotBeEndedIsToldOf() {
    machine = machine(Then.STOP);
    up();
    take(new ProcessesGone(), new RestartFailed("a"), new RestartFailed("b"));
    ended("1 process waits for a disk");
    assertThat(((Report) effects.get(0)).reason()).contains("1 process waits for a disk");
    assertThat(state.reason()).contains("restart failed: b").contains("waits for a disk");
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
  }

  @Test
  void whatTheOperatorTookOverWhileItWasGivenUpIsLeftToHim() {
    reach(Phase.GIVING_UP);
    End end = (End) effects.get(effects.size() - 1);
    effects.clear();
    take(new SupervisionInput.Hold(true), new Ended(end, ""));
    assertThat(effects).isEmpty();
    take(new SupervisionInput.Hold(false));
    assertThat(state.up()).as("to be found down by the next look").isTrue();
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
    assertThat(state.phase()).isEqualTo(Phase.GIVING_UP);
    assertThat(state.reason()).contains("hung");
  }

  @Test
  void withoutACheckOnlyTheProcessesCount() {
    machine =
        new SupervisionMachine(List.of(), new Restarts(1, Duration.ofSeconds(60), Then.SWITCHOVER));
    up();
    assertThat(state.dueNs()).isEqualTo(SupervisionState.NEVER);
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
    take(new CheckFailed(0, 1, "x"), new CheckFailed(0, 2, "x"), new ProcessesGone());
    take(new SupervisionInput.Suspended(), new SupervisionInput.SuspendFailed("x"));
    take(new Ended(new End("x", true), ""));
    take(new RestartFailed("x"), new Restarted(), new Started(), new StartFailed("x"), new Tick());
    take(new Start(), new Stop(true));
    assertThat(effects).isEmpty();
    assertThat(state.phase()).isEqualTo(Phase.STOPPING);
    take(new Stopped());
    assertThat(state.withCheckers(List.of())).isEqualTo(SupervisionState.initial());
    assertThat(checker(0).result()).isEqualTo(CheckerState.Result.UNKNOWN);
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
        bad(0, "no");
      }
      case SUSPENDING -> {
        waiting();
        bad(1, "no gateway");
      }
      case WAITING -> {
        waiting();
        bad(1, "no gateway");
        take(new SupervisionInput.Suspended());
      }
      case RESTARTING -> {
        up();
        take(new ProcessesGone());
      }
      case GIVING_UP -> {
        up();
        take(new ProcessesGone(), new RestartFailed("a"), new RestartFailed("b"));
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
            List.of(checker("check", Action.RESTART, 10, 1)),
            new Restarts(2, Duration.ofSeconds(60), Then.STOP));
    take(new SupervisionInput.Respecified());
    effects.clear();
    now += 9 * S;
    take(new Tick());
    assertThat(effects).as("the new interval counts from the change").isEmpty();
    now += S;
    take(new Tick());
    assertThat(effects).hasAtLeastOneElementOfType(RunCheck.class);
    take(new CheckFailed(0, checker(0).look(), "bad"));
    assertThat(state.phase()).as("one failure is enough now").isEqualTo(Phase.RESTARTING);
    take(new SupervisionInput.Respecified());
    assertThat(state.phase()).isEqualTo(Phase.RESTARTING);
  }

  /** Up, with a check, a gateway to wait for, and one at which the other node is better. */
  private void waiting() {
    machine =
        new SupervisionMachine(
            List.of(
                checker("check", Action.RESTART, 5, 3),
                checker("gateway", Action.WAIT, 7, 1),
                checker("uplink", Action.SWITCHOVER, 7, 2)),
            new Restarts(2, Duration.ofSeconds(60), Then.SWITCHOVER));
    up();
  }

  @Test
  void itWaitsForWhatIsBadAndStartsAgainByItself() {
    waiting();
    bad(1, "no answer");
    assertThat(effects).containsExactly(new Suspend("1 of 1 checks failed: gateway: no answer"));
    effects.clear();
    take(new SupervisionInput.Suspended());
    assertThat(state.phase()).isEqualTo(Phase.WAITING);
    assertThat(effects)
        .containsExactly(new Fitness("1 of 1 checks failed: gateway: no answer", false));
    effects.clear();
    bad(1, "still none");
    assertThat(checker(0).dueNs()).as("only what it waits for is looked at").isEqualTo(NEVER);
    assertThat(effects).isEmpty();
    good(1);
    assertThat(effects).containsExactly(new Resume());
    take(new Restarted());
    assertThat(state.phase()).isEqualTo(Phase.RUNNING);
    assertThat(effects).containsExactly(new Resume(), new Fitness("", true));
    assertThat(state.restartsNs()).as("a wait costs nothing of the budget").isEmpty();
  }

  @Test
  void whatItWaitsForIsLookedAtWhileItIsStoppedAndItDoesNotStartWithoutIt() {
    waiting();
    take(new Stop(false), new Stopped());
    effects.clear();
    assertThat(checker(0).dueNs()).isEqualTo(NEVER);
    bad(1, "no answer");
    assertThat(effects)
        .containsExactly(new Fitness("1 of 1 checks failed: gateway: no answer", false));
    effects.clear();
    take(new Start());
    assertThat(state.phase()).isEqualTo(Phase.WAITING);
    assertThat(state.reason()).isEqualTo("gateway: no answer");
    assertThat(effects).as("nothing is started").isEmpty();
    good(1);
    take(new Restarted());
    assertThat(effects).containsExactly(new Resume(), new Fitness("", true));
    effects.clear();
    take(new Stop(false), new Stopped());
    effects.clear();
    bad(1, "x");
    good(1);
    assertThat(effects).last().isEqualTo(new Fitness("", false));
  }

  @Test
  void aLookThatEndsWhileItIsSuspendedChangesNothing() {
    waiting();
    look(1);
    int first = checker(1).look();
    take(new CheckFailed(1, first, "no answer"), new CheckPassed(1, first));
    assertThat(state.phase()).isEqualTo(Phase.SUSPENDING);
    take(new SupervisionInput.Suspended());
    assertThat(state.phase()).isEqualTo(Phase.WAITING);
  }

  @Test
  void theBetterNodeIsToldOfAgainAndAgainWhileItGoesOn() {
    waiting();
    effects.clear();
    bad(2, "no carrier");
    assertThat(effects).isEmpty();
    bad(2, "no carrier");
    bad(2, "no carrier");
    assertThat(effects)
        .containsExactly(
            new PreferPeer("2 of 2 checks failed: uplink: no carrier"),
            new PreferPeer("3 (of 2) checks failed: uplink: no carrier"));
    assertThat(state.phase()).isEqualTo(Phase.FAILING);
    assertThat(checker(2).tripped()).isTrue();
    good(2);
    assertThat(state.phase()).isEqualTo(Phase.RUNNING);
  }

  @Test
  void aCheckerMayStopTheModule() {
    machine =
        new SupervisionMachine(
            List.of(checker("licence", Action.STOP, 5, 1)),
            new Restarts(2, Duration.ofSeconds(60), Then.SWITCHOVER));
    up();
    bad(0, "expired");
    assertThat(effects).containsExactly(new End("1 of 1 checks failed: licence: expired", false));
    ended("");
    assertThat(effects)
        .containsExactly(new Report("1 of 1 checks failed: licence: expired", false));
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
  }

  @Test
  void checkersOfOneNameKeepWhatIsKnownOfThem() {
    waiting();
    bad(1, "no answer");
    take(new SupervisionInput.Suspended());
    effects.clear();
    machine =
        new SupervisionMachine(
            List.of(checker("gateway", Action.WAIT, 1, 1)),
            new Restarts(2, Duration.ofSeconds(60), Then.SWITCHOVER));
    take(new SupervisionInput.Respecified());
    assertThat(state.phase()).isEqualTo(Phase.WAITING);
    assertThat(checker(0).tripped()).isTrue();
    machine = machine(Then.SWITCHOVER);
    take(new SupervisionInput.Respecified());
    assertThat(effects).as("nothing to wait for any more").containsExactly(new Resume());
  }
}
