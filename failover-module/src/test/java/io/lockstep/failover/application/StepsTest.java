package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.failover.application.ApplicationSpec.Ready;
import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Start;
import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.ApplicationSpec.Stop;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An application in steps, each with real processes in a part of its group. */
class StepsTest extends OnGroups {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SOON = Duration.ofMillis(300);

  /** Enough for a command to answer on a busy machine, again and again. */
  private static final Duration BOUND = Duration.ofSeconds(3);

  /** Says its name, and stays as a process that ends on SIGTERM only if the step is stopped. */
  private static final String START =
      "echo this is %1$s; echo +%1$s >> $HERE/story; sleep 600 & echo $! > $HERE/%1$s";

  private static final String STOP = "echo -%1$s >> $HERE/story; kill $(cat $HERE/%1$s)";

  private static Step step(String name, String... after) {
    return new Step(
        name,
        List.of(after),
        new Start(START.formatted(name), LONG),
        new Stop(STOP.formatted(name), LONG, true),
        Optional.empty());
  }

  private static Step starting(Step step, String line, Duration timeout) {
    return new Step(step.name(), step.after(), new Start(line, timeout), step.stop(), step.ready());
  }

  private static Step ready(Step step, String line) {
    return new Step(
        step.name(),
        step.after(),
        new Start(step.start().run(), LONG),
        step.stop(),
        Optional.of(new Ready(line, Duration.ofMillis(20))));
  }

  private static Step stopping(Step step, String line, Duration timeout, boolean thenKill) {
    return new Step(
        step.name(), step.after(), step.start(), new Stop(line, timeout, thenKill), step.ready());
  }

  private ApplicationSpec spec(Step... steps) {
    return new ApplicationSpec(
        "desk",
        List.of(steps),
        Optional.empty(),
        new Restarts(2, Duration.ofMinutes(10), Then.SWITCHOVER),
        Map.of("HERE", home.toString()),
        List.of());
  }

  private Application of(Step... steps) throws IOException {
    return of(spec(steps));
  }

  private String story() throws IOException {
    Path file = home.resolve("story");
    return Files.exists(file) ? String.join(" ", Files.readAllLines(file)) : "";
  }

  @Test
  void stepsStartAfterWhatTheyDependOnAndStopInReverse() throws Exception {
    of(step("web", "app"), step("db"), step("app", "db")).start();
    assertThat(story()).isEqualTo("+db +app +web");
    for (String name : List.of("db", "app", "web")) {
      assertThat(group.part(name).empty()).as(name).isFalse();
    }
    application.stop(false);
    assertThat(story()).isEqualTo("+db +app +web -web -app -db");
    assertThat(group.empty()).isTrue();
    assertThat(Files.readString(home.resolve("log/desk.log"))).contains(" start db: this is db");
  }

  /** Each waits for the other, both on the way up and on the way down. */
  @Test
  void stepsThatDoNotDependOnEachOtherStartAndStopTogether() throws Exception {
    String meet = "; touch $HERE/%1$s%3$s; until [ -e $HERE/%2$s%3$s ]; do sleep 0.02; done";
    Step db = meeting(meet, "db", "cache");
    Step cache = meeting(meet, "cache", "db");
    of(db, cache, step("app", "db", "cache")).start();
    assertThat(story()).endsWith("+app").contains("+db", "+cache");
    application.stop(false);
    assertThat(story()).contains("+app -app -").contains("-db", "-cache");
    assertThat(group.empty()).isTrue();
  }

  private static Step meeting(String meet, String name, String other, String... after) {
    Step step = step(name, after);
    Step up = starting(step, step.start().run() + meet.formatted(name, other, "-up"), LONG);
    String down = meet.formatted(name, other, "-down").substring(2) + "; " + step.stop().run();
    return stopping(up, down, LONG, true);
  }

  @Test
  void aStepThatDoesNotStartEndsThoseThatStartBesideIt() throws Exception {
    Start endless = new Start("touch $HERE/waits; sleep 600", Duration.ofMinutes(10));
    Step slow = new Step("slow", List.of(), endless, step("slow").stop(), Optional.empty());
    Step bad =
        starting(step("bad", "db"), "until [ -e $HERE/waits ]; do sleep 0.02; done; exit 3", LONG);
    of(step("db"), slow, bad, step("app", "slow"));
    long began = System.nanoTime();
    assertThatThrownBy(() -> application.start())
        .hasMessageContaining("step bad: the start command returned 3");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(2));
    assertThat(group.empty()).isTrue();
    assertThat(story()).isEqualTo("+db -db");
  }

  @Test
  void aStepThatMayNotBeKilledHoldsOnlyWhatItBuildsOn() throws Exception {
    Step app = stopping(step("app", "db"), "true", SOON, false);
    of(step("db"), step("mail"), app).start();
    assertThatThrownBy(() -> application.stop(false)).hasMessageContaining("desk, step app,");
    assertThat(group.part("db").empty()).isFalse();
    assertThat(group.part("mail").empty()).isTrue();
    application.stop(true);
  }

  @Test
  void aStepBeginsOnlyWhenWhatItDependsOnIsReady() throws Exception {
    Step db = ready(step("db"), "echo ?db >> $HERE/story; [ $(grep -c ?db $HERE/story) -ge 3 ]");
    of(db, step("app", "db")).start();
    assertThat(story()).isEqualTo("+db ?db ?db ?db +app");
  }

  @Test
  void aStepThatDoesNotStartIsNamedAndWhatStartedBeforeItIsStopped() throws Exception {
    Step app = starting(step("app", "db"), "sleep 600 & echo no licence; exit 3", LONG);
    of(step("db"), app, step("web", "app"));
    assertThatThrownBy(() -> application.start())
        .isInstanceOf(ApplicationException.class)
        .hasMessageStartingWith("desk did not start: step app: the start command returned 3")
        .hasMessageContaining("no licence");
    assertThat(group.empty()).isTrue();
    assertThat(story()).isEqualTo("+db -db");
    assertThat(application.state().phase()).isEqualTo(Phase.FAILED);
  }

  @Test
  void whatAFailedStartLeavesIsKilledEvenIfAStopMayNot() throws Exception {
    Step db = stopping(step("db"), "echo -db >> $HERE/story", SOON, false);
    of(db, starting(step("app", "db"), "exit 3", LONG));
    assertThatThrownBy(() -> application.start()).hasMessageContaining("step app: the start");
    assertThat(story()).isEqualTo("+db -db");
    assertThat(group.empty()).isTrue();
  }

  @Test
  void aStepThatIsNeverReadyOrNeverReturnsFailsInItsTime() throws Exception {
    Step db = ready(step("db"), "echo recovering; false");
    Step slow =
        new Step("db", List.of(), new Start(db.start().run(), BOUND), db.stop(), db.ready());
    of(slow, step("app", "db"));
    assertThatThrownBy(() -> application.start())
        .hasMessageContaining("step db: not ready within 3000 ms: the ready command returned 1")
        .hasMessageContaining("recovering");
    assertThat(group.empty()).isTrue();
    application.stop(true);
    application.respecify(spec(starting(step("db"), "sleep 600", BOUND), step("app", "db")));
    assertThatThrownBy(() -> application.start())
        .hasMessageContaining("step db: the start command did not return within 3000 ms");
    assertThat(group.empty()).isTrue();
    assertThat(story()).doesNotContain("+app");
  }

  /** A step's processes are gone before the next one is stopped, whatever its stop command does. */
  @Test
  void whatAStepLeavesIsKilledBeforeTheNextIsStopped() throws Exception {
    Step app = stopping(step("app", "db"), "echo -app >> $HERE/story", SOON, true);
    Step db =
        stopping(
            step("db"),
            "grep -q sleep /proc/$(cat $HERE/app)/cmdline && echo alive >> $HERE/story; "
                + STOP.formatted("db"),
            LONG,
            true);
    of(db, app).start();
    application.stop(false);
    assertThat(story()).isEqualTo("+db +app -app -db");
  }

  @Test
  void aStepThatMayNotBeKilledKeepsThoseBeforeItRunning() throws Exception {
    Step app = stopping(step("app", "db"), "true", SOON, false);
    of(step("db"), app).start();
    assertThatThrownBy(() -> application.stop(false))
        .hasMessageContaining("desk, step app, still has processes 300 ms after its stop began");
    assertThat(group.part("db").empty()).isFalse();
    application.stop(true);
    assertThat(group.empty()).isTrue();
  }

  @Test
  void aStopEndsAStartBetweenTwoSteps() throws Exception {
    Step db = ready(step("db"), "false");
    Start patient = new Start(db.start().run(), Duration.ofMinutes(1));
    of(new Step("db", List.of(), patient, db.stop(), db.ready()), step("app", "db"));
    Thread starts =
        new Thread(
            () -> {
              try {
                application.start();
              } catch (IOException | InterruptedException e) {
                told.add(String.valueOf(e.getMessage()));
              }
            });
    starts.start();
    await().until(() -> story().contains("+db"));
    assertThat(application.told()).isEqualTo("step db, 1 of 2");
    long began = System.nanoTime();
    application.stop(false);
    starts.join();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
    assertThat(told).hasSize(1);
    assertThat(group.empty()).isTrue();
    assertThat(story()).startsWith("+db").doesNotContain("+app");
    assertThat(application.told()).isEmpty();
  }

  @Test
  void theEndOfOneStepsProcessesRestartsTheWhole() throws Exception {
    of(step("db"), step("app", "db")).start();
    ProcessHandle.of(Long.parseLong(Files.readString(home.resolve("db")).strip()))
        .orElseThrow()
        .destroyForcibly();
    await().atMost(LONG).until(() -> story().endsWith("-app -db +db +app"));
    await().until(() -> application.state().phase() == Phase.RUNNING);
  }

  @Test
  void aStepTakenOutOfTheConfigurationIsStoppedAsItWasBegun() throws Exception {
    of(step("db"), step("app", "db")).start();
    application.respecify(spec(step("db"), step("mail", "db")));
    assertThat(story()).isEqualTo("+db +app");
    application.stop(false);
    assertThat(story()).isEqualTo("+db +app -app -db");
    application.start();
    assertThat(story()).endsWith("+db +mail");
  }
}
