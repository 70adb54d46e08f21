package io.lockstep.agent.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.drill.DrillInput.Situation;
import io.lockstep.agent.drill.DrillMachine.Step;
import io.lockstep.agent.drill.DrillResult.Outcome;
import io.lockstep.agent.drill.DrillState.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** How a drill goes on, input by input; times in ms. */
class DrillMachineTest {
  private static final long MS = 1_000_000;
  private static final long DAY_MS = 24 * 3_600_000;
  private static final Situation FIT = new Situation("", false, 0, 1_000, 0);
  private static final Situation LOST = new Situation("no link", false, 0, 1_000, 0);

  private DrillSettings settings = settings(0);
  private DrillState state = DrillState.idle(DrillState.NEVER);
  private final List<DrillEffect> effects = new ArrayList<>();
  private String refusal = "";

  /** 60 s for a drill, 100 bytes of lag, 500 free, 50 of its own; checks each 2 s, for 6 s. */
  private static DrillSettings settings(long everyMs) {
    return new DrillSettings("b", true, everyMs, 60_000 * MS, 50, 100, 500, 2_000 * MS, 6_000 * MS);
  }

  private List<DrillEffect> at(long ms, DrillInput input) {
    Step step = new DrillMachine(settings).step(state, input, ms * MS);
    state = step.state();
    effects.addAll(step.effects());
    refusal = step.refusal();
    return step.effects();
  }

  private static DrillInput order(Situation situation) {
    return new DrillInput.Order("me", situation, 5_000);
  }

  private static DrillInput look(Situation situation) {
    return new DrillInput.Look(situation, 5_000);
  }

  /** As far as that phase, which begins at 100 times its number. */
  private void in(Phase phase) {
    List<DrillInput> way =
        List.of(
            order(FIT),
            new DrillInput.Drained(),
            new DrillInput.Opened(),
            new DrillInput.Started(),
            new DrillInput.CheckPassed(),
            new DrillInput.Stopped(""));
    for (int i = 0; state.phase() != phase; i++) {
      at(100L * (i + 1), way.get(i));
    }
  }

  private DrillResult result() {
    at(50_000, new DrillInput.Discarded("", 9_000));
    assertThat(state.phase()).isEqualTo(Phase.IDLE);
    return ((DrillEffect.Keep) effects.get(effects.size() - 1)).result();
  }

  @Test
  void aGoodDrillMeasuresDrainingAndTheApplicationButNotThePlace() {
    assertThat(at(100, order(FIT))).containsExactly(new DrillEffect.Drain());
    assertThat(at(140, new DrillInput.Drained())).containsExactly(new DrillEffect.Open());
    assertThat(at(900, new DrillInput.Opened())).containsExactly(new DrillEffect.Start());
    assertThat(at(1_900, new DrillInput.Started())).containsExactly(new DrillEffect.Check(0));
    assertThat(at(2_000, new DrillInput.CheckFailed("not yet")))
        .containsExactly(new DrillEffect.Check(1_000 * MS));
    assertThat(at(3_100, new DrillInput.CheckPassed())).containsExactly(new DrillEffect.Stop());
    assertThat(at(3_300, new DrillInput.Stopped("")))
        .containsExactly(
            new DrillEffect.Kill(), new DrillEffect.Release(), new DrillEffect.Discard());
    assertThat(result())
        .isEqualTo(new DrillResult("b", "me", 5_000, 9_000, Outcome.GOOD, 40, 1_000, 2_240, ""));
    assertThat(state.lastMs()).isEqualTo(9_000);
  }

  @TestFactory
  Stream<DynamicTest> anOrderIsRefusedWithItsReason() {
    return Stream.of(
            new Situation("a is ALONE", false, 0, 1_000, 0),
            new Situation("", false, 101, 1_000, 0),
            new Situation("", false, 0, 499, 0))
        .map(
            situation ->
                DynamicTest.dynamicTest(
                    situation.toString(),
                    () -> {
                      Step step =
                          new DrillMachine(settings(0))
                              .step(DrillState.idle(DrillState.NEVER), order(situation), 0);
                      assertThat(step.refusal()).isNotEmpty();
                      assertThat(step.state().active()).isFalse();
                      assertThat(step.effects()).isEmpty();
                    }));
  }

  @Test
  void oneAtATime() {
    in(Phase.STARTING);
    assertThat(at(400, order(FIT))).isEmpty();
    assertThat(refusal).contains("under way");
    assertThat(state.phase()).isEqualTo(Phase.STARTING);
  }

  @TestFactory
  Stream<DynamicTest> itGivesWayInEveryPhaseAtOnce() {
    List<Situation> reasons =
        List.of(
            LOST,
            new Situation("", false, 101, 1_000, 0),
            new Situation("", false, 0, 499, 0),
            new Situation("", false, 0, 1_000, 51));
    return Stream.of(Phase.DRAINING, Phase.OPENING, Phase.STARTING, Phase.CHECKING)
        .flatMap(
            phase ->
                reasons.stream()
                    .map(
                        reason ->
                            DynamicTest.dynamicTest(
                                phase + " " + reason,
                                () -> {
                                  DrillMachineTest fresh = new DrillMachineTest();
                                  fresh.in(phase);
                                  fresh.givesWay(reason);
                                })));
  }

  private void givesWay(Situation reason) {
    assertThat(at(1_000, look(reason)))
        .containsExactly(
            new DrillEffect.Kill(), new DrillEffect.Release(), new DrillEffect.Discard());
    assertThat(at(1_001, new DrillInput.Failed("killed"))).isEmpty();
    assertThat(result().outcome()).isEqualTo(Outcome.ABORTED);
  }

  @Test
  void whatWasMeasuredStaysMeasured() {
    in(Phase.STOPPING);
    at(1_000, look(LOST));
    assertThat(result().outcome()).isEqualTo(Outcome.GOOD);
  }

  @Test
  void aHoldThatComesTooLateIsUndone() {
    in(Phase.DRAINING);
    at(150, look(LOST));
    assertThat(at(160, new DrillInput.Drained())).containsExactly(new DrillEffect.Release());
  }

  @TestFactory
  Stream<DynamicTest> whoseFaultAFailureIs() {
    return Stream.of(Phase.DRAINING, Phase.OPENING, Phase.STARTING, Phase.CHECKING)
        .map(
            phase ->
                DynamicTest.dynamicTest(
                    phase.name(),
                    () -> {
                      DrillMachineTest fresh = new DrillMachineTest();
                      fresh.in(phase);
                      fresh.at(1_000, new DrillInput.Failed("broken"));
                      boolean application = phase == Phase.STARTING || phase == Phase.CHECKING;
                      DrillResult result = fresh.result();
                      assertThat(result.outcome())
                          .isEqualTo(application ? Outcome.FAILED : Outcome.ABORTED);
                      assertThat(result.text()).isEqualTo("broken");
                      assertThat(result.recoveryMs()).isEqualTo(-1);
                    }));
  }

  @Test
  void aCheckHasAsLongAsSupervisionWouldGiveIt() {
    in(Phase.CHECKING);
    assertThat(at(6_399, new DrillInput.CheckFailed("no")))
        .containsExactly(new DrillEffect.Check(1_000 * MS));
    at(6_400, new DrillInput.CheckFailed("still no"));
    assertThat(result().outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void anApplicationThatTakesTheWholeTimeHasFailed() {
    in(Phase.STARTING);
    assertThat(at(60_099, look(FIT))).isEmpty();
    at(60_100, look(FIT));
    assertThat(result().outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void aScheduledDrillWaitsForItsTimeAndForCalm() {
    settings = settings(DAY_MS);
    state = DrillState.idle(1_000);
    assertThat(at(0, new DrillInput.Look(FIT, 1_000 + DAY_MS))).isEmpty();
    assertThat(at(59_999, new DrillInput.Look(FIT, 1_000 + DAY_MS))).as("settling").isEmpty();
    assertThat(at(60_000, new DrillInput.Look(FIT, 999 + DAY_MS))).as("not due").isEmpty();
    Situation paused = new Situation("", true, 0, 1_000, 0);
    assertThat(at(60_000, new DrillInput.Look(paused, 1_000 + DAY_MS))).as("paused").isEmpty();
    at(60_001, new DrillInput.Look(LOST, 1_000 + DAY_MS));
    assertThat(at(60_002, new DrillInput.Look(FIT, 1_000 + DAY_MS))).as("anew").isEmpty();
    assertThat(at(120_002, new DrillInput.Look(FIT, 1_000 + DAY_MS)))
        .containsExactly(new DrillEffect.Drain());
    assertThat(state.who()).isEqualTo("the schedule");
  }

  @Test
  void withoutAScheduleNothingBeginsByItself() {
    at(0, look(FIT));
    assertThat(at(10 * DAY_MS, new DrillInput.Look(FIT, 10 * DAY_MS))).isEmpty();
  }

  @Test
  void oneThatWasAbortedIsTriedAgainEarlier() {
    settings = settings(DAY_MS);
    state = DrillState.idle(1_000).decided(Outcome.ABORTED, "");
    at(0, new DrillInput.Look(FIT, 1_000));
    assertThat(at(60_000, new DrillInput.Look(FIT, 900_999))).isEmpty();
    assertThat(at(60_000, new DrillInput.Look(FIT, 901_000)))
        .containsExactly(new DrillEffect.Drain());
  }
}
