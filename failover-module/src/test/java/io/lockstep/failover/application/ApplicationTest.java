package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.failover.application.ApplicationSpec.Check;
import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Start;
import io.lockstep.failover.application.ApplicationSpec.Stop;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** The application on process groups known by their environment. */
class ApplicationTest extends OnGroups {
  private final List<Boolean> leftWhenTold = new CopyOnWriteArrayList<>();
  private Duration startTimeout = Duration.ofSeconds(20);
  private Stop stop = new Stop("kill $(cat $HERE/pid)", Duration.ofSeconds(20), true);
  private Optional<Check> check = Optional.empty();
  private Restarts restarts = new Restarts(1, Duration.ofMinutes(10), Then.SWITCHOVER);
  private Runnable whenUpAgain = () -> {};

  private Application application(String startLine) throws IOException {
    return of(
        new ApplicationSpec(
            "desk",
            new Start(startLine, startTimeout),
            stop,
            check,
            restarts,
            Map.of("HERE", home.toString(), "LOCKSTEP_MODULE", "desk")));
  }

  @Override
  void failed(String how) {
    leftWhenTold.add(anythingLeft());
    super.failed(how);
  }

  private boolean anythingLeft() {
    try {
      return !group.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String log() throws IOException {
    return Files.readString(home.resolve("log/desk.log"));
  }

  @Test
  void itRunsInItsGroupAndStops() throws Exception {
    application("pwd; echo $LOCKSTEP_MODULE; sleep 100 & echo $! > $HERE/pid").start();
    assertThat(application.state().phase()).isEqualTo(Phase.RUNNING);
    assertThat(group.empty()).isFalse();
    assertThat(log()).containsPattern("(?m)^\\S+Z start: /$").contains("start: desk");
    application.stop(false);
    assertThat(application.state().phase()).isEqualTo(Phase.STOPPED);
    assertThat(group.empty()).isTrue();
    application.start();
    assertThat(application.state().phase()).isEqualTo(Phase.RUNNING);
    assertThatThrownBy(() -> application.start()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aDaemonGoesOnWritingAfterItsStartReturned() throws Exception {
    application(
            "{ while [ ! -e $HERE/go ]; do sleep 0.05; done; echo later; touch $HERE/alive;"
                + " sleep 100; } & echo $! > $HERE/pid")
        .start();
    Files.createFile(home.resolve("go"));
    await().until(() -> log().contains("start: later") && Files.exists(home.resolve("alive")));
    application.stop(true);
  }

  @Test
  void aStartThatFailsTellsItsCodeAndItsLastWords() throws Exception {
    application("sleep 100 & echo no such database; printf 'and no newline' >&2; exit 3");
    assertThatThrownBy(() -> application.start())
        .isInstanceOf(ApplicationException.class)
        .hasMessageContaining("returned 3")
        .hasMessageContaining("no such database | and no newline");
    assertThat(group.empty()).isTrue();
    assertThat(application.state().phase()).isEqualTo(Phase.FAILED);
  }

  @Test
  void aHungStartIsKilled() throws Exception {
    startTimeout = Duration.ofMillis(500);
    application("echo waiting; setsid sleep 100 & sleep 100");
    assertThatThrownBy(() -> application.start())
        .hasMessageContaining("did not return within")
        .hasMessageContaining("waiting");
    assertThat(group.empty()).isTrue();
  }

  @Test
  void aDoubleForkedChildDoesNotSurvive() throws Exception {
    stop = new Stop("true", Duration.ofMillis(300), true);
    application("(setsid sh -c 'sleep 100 & sleep 100 & wait' &) ; sleep 0.1").start();
    assertThat(group.empty()).isFalse();
    application.stop(false);
    assertThat(group.empty()).isTrue();
  }

  @Test
  void aHungStopEscalates() throws Exception {
    stop = new Stop("trap '' TERM; echo stopping; sleep 100", Duration.ofMillis(400), true);
    application("sleep 100 &").start();
    application.stop(false);
    assertThat(group.empty()).isTrue();
    assertThat(log()).contains("stop: stopping");
  }

  @Test
  void withoutLeaveToKillAStopFailsAndForceHelps() throws Exception {
    stop = new Stop("true", Duration.ofMillis(300), false);
    application("sleep 100 &").start();
    assertThatThrownBy(() -> application.stop(false)).hasMessageContaining("thenKill is false");
    assertThat(application.state().phase()).isEqualTo(Phase.FAILED);
    assertThat(group.empty()).isFalse();
    application.stop(true);
    assertThat(group.empty()).isTrue();
  }

  @Test
  void forceHurriesAStopThatRuns() throws Exception {
    stop = new Stop("touch $HERE/stopping; sleep 100", Duration.ofSeconds(100), false);
    application("sleep 100 &").start();
    CompletableFuture<Void> gentle = inBackground(() -> application.stop(false));
    await().until(() -> Files.exists(home.resolve("stopping")));
    application.stop(true);
    assertThat(group.empty()).isTrue();
    gentle.join();
  }

  @Test
  void aStopEndsAStart() throws Exception {
    application("touch $HERE/starting; sleep 100");
    CompletableFuture<Void> starting = inBackground(() -> application.start());
    await().until(() -> Files.exists(home.resolve("starting")));
    application.stop(true);
    assertThatThrownBy(starting::join).hasMessageContaining("did not start");
    assertThat(application.state().phase()).isEqualTo(Phase.STOPPED);
  }

  @Test
  void failedChecksRestartItAndThenSwitchOver() throws Exception {
    check =
        Optional.of(
            new Check("test -e $HERE/well", Duration.ofMillis(50), Duration.ofSeconds(5), 2));
    stop = new Stop("echo x >> $HERE/stops; kill $(cat $HERE/pid)", stop.timeout(), true);
    Files.createFile(home.resolve("well"));
    application("echo x >> $HERE/starts; sleep 100 & echo $! > $HERE/pid").start();
    Files.delete(home.resolve("well"));
    await().atMost(Duration.ofSeconds(20)).until(() -> !told.isEmpty());
    assertThat(told).hasSize(1);
    assertThat(told.get(0)).startsWith("true 2 of 2 checks failed").contains("returned 1");
    assertThat(Files.readAllLines(home.resolve("starts"))).hasSize(2);
    assertThat(application.state().phase()).isEqualTo(Phase.FAILED);
    assertThat(leftWhenTold).as("nothing runs once it is told of as failed").containsExactly(false);
    application.stop(false);
    assertThat(Files.readAllLines(home.resolve("stops"))).as("not stopped again").hasSize(2);
  }

  @Test
  void whatIsHeldWhileItIsGivenUpIsStoppedByItsCommandLater() throws Exception {
    check =
        Optional.of(
            new Check("test -e $HERE/well", Duration.ofMillis(50), Duration.ofSeconds(5), 2));
    stop = new Stop("echo x >> $HERE/stops; sleep 1; kill $(cat $HERE/pid)", stop.timeout(), true);
    Files.createFile(home.resolve("well"));
    application("sleep 100 & echo $! > $HERE/pid").start();
    Files.delete(home.resolve("well"));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> application.state().phase() == Phase.GIVING_UP);
    application.hold(true);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> application.state().phase() == Phase.RUNNING);
    int before = Files.readAllLines(home.resolve("stops")).size();
    application.stop(false);
    assertThat(Files.readAllLines(home.resolve("stops")))
        .as("somebody may have started it by hand meanwhile")
        .hasSize(before + 1);
  }

  @Test
  void whatCannotBeEndedIsNamedWhenItIsGivenUp() throws Exception {
    stop = new Stop("true", Duration.ofMillis(300), false);
    restarts = new Restarts(0, Duration.ofMinutes(1), Then.SWITCHOVER);
    check = Optional.of(new Check("false", Duration.ofMillis(50), Duration.ofSeconds(5), 1));
    application("sleep 100 &").start();
    await().atMost(Duration.ofSeconds(20)).until(() -> !told.isEmpty());
    assertThat(told.get(0)).contains("it could not be stopped").contains("thenKill is false");
    assertThat(application.told()).isEqualTo(told.get(0).substring("true ".length()));
    assertThat(leftWhenTold).containsExactly(true);
  }

  @Test
  void aHungCheckIsAFailedOneAndIsCleanedUp() throws Exception {
    restarts = new Restarts(0, Duration.ofMinutes(1), Then.STOP);
    check = Optional.of(new Check("sleep 100", Duration.ofMillis(20), Duration.ofMillis(200), 2));
    application("true").start();
    await().atMost(Duration.ofSeconds(20)).until(() -> !told.isEmpty());
    assertThat(told.get(0)).startsWith("false").contains("did not return within");
    await().until(() -> group.empty());
  }

  @Test
  void withoutACheckTheEndOfItsProcessesIsAFailure() throws Exception {
    application("sleep 2 & echo x >> $HERE/starts").start();
    await().atMost(Duration.ofSeconds(60)).until(() -> !told.isEmpty());
    assertThat(told.get(0)).contains("all its processes have ended");
    assertThat(Files.readAllLines(home.resolve("starts"))).hasSize(2);
  }

  @Test
  void leftoversOfAnEarlierLifeAreKilledFirst() throws Exception {
    application("sleep 100 &").start();
    application.close();
    application("sleep 100 & echo $! > $HERE/pid").start();
    application.stop(false);
    assertThat(group.empty()).isTrue();
  }

  private interface Action {
    void run() throws Exception;
  }

  private static CompletableFuture<Void> inBackground(Action action) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            action.run();
          } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
          }
        });
  }

  @Test
  void anotherSpecificationHoldsFromTheNextCommandOn() throws Exception {
    check = Optional.of(new Check("true", Duration.ofHours(1), Duration.ofSeconds(5), 1));
    Application app = application("sleep 600 & echo $! > $HERE/pid");
    app.start();
    String pid = Files.readString(home.resolve("pid"));
    app.respecify(
        new ApplicationSpec(
            "desk",
            new Start("exit 1", startTimeout),
            new Stop("echo new > $HERE/stopped; kill $(cat $HERE/pid)", stop.timeout(), true),
            Optional.of(
                new Check("touch $HERE/checked", Duration.ofMillis(50), Duration.ofSeconds(5), 1)),
            restarts,
            Map.of("HERE", home.toString())));
    await().until(() -> Files.exists(home.resolve("checked")));
    assertThat(Files.readString(home.resolve("pid"))).as("it was not restarted").isEqualTo(pid);
    assertThat(app.state().phase()).isEqualTo(Phase.RUNNING);
    app.stop(false);
    assertThat(home.resolve("stopped")).hasContent("new");
  }

  /** A checker that is good while a file of its name is there, and hangs while a second one is. */
  @Override
  Optional<String> look(Probe probe, Duration timeout) throws IOException {
    Path file = ((Probe.Space) probe).path();
    if (Files.exists(Path.of(file + ".hangs"))) {
      await().atMost(Duration.ofSeconds(60)).until(() -> !Files.exists(Path.of(file + ".hangs")));
    }
    return Files.exists(file) ? Optional.empty() : Optional.of("no " + file.getFileName());
  }

  private Checker checker(String name, Checker.Action action) {
    return new Checker(
        name,
        new Probe.Space(home.resolve(name), 1),
        Duration.ofMillis(50),
        Duration.ofMillis(200),
        2,
        action);
  }

  private Application checked(Checker... checkers) throws IOException {
    for (Checker checker : checkers) {
      Files.createFile(home.resolve(checker.name()));
    }
    return of(
        new ApplicationSpec(
            "desk",
            new Start("echo x >> $HERE/starts; sleep 600 & echo $! > $HERE/pid", startTimeout),
            stop,
            check,
            restarts,
            Map.of("HERE", home.toString()),
            List.of(checkers)));
  }

  @Override
  void restarted() {
    whenUpAgain.run();
  }

  @Test
  void aTrippedCheckerRestartsItOutOfTheSameBudget() throws Exception {
    checked(checker("port", Checker.Action.RESTART)).start();
    Files.delete(home.resolve("port"));
    await().atMost(Duration.ofSeconds(20)).until(() -> !told.isEmpty());
    assertThat(told).hasSize(1);
    assertThat(told.get(0))
        .startsWith("true 2 of 2 checks failed: port: no port; 1 of 1 restarts used");
    assertThat(Files.readAllLines(home.resolve("starts"))).hasSize(2);
  }

  @Test
  void aProbeThatHangsFailsAndKeepsNoOtherFromItsInterval() throws Exception {
    restarts = new Restarts(0, Duration.ofMinutes(1), Then.STOP);
    Files.createFile(home.resolve("share.hangs"));
    checked(checker("share", Checker.Action.SWITCHOVER), checker("port", Checker.Action.RESTART))
        .start();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> told.stream().anyMatch(t -> t.startsWith("peer") && t.contains("share")));
    assertThat(application.checkers().get(1).state().result()).isEqualTo(CheckerState.Result.GOOD);
    assertThat(application.state().phase()).as("it goes on here").isEqualTo(Phase.FAILING);
    Files.delete(home.resolve("share.hangs"));
    await().until(() -> application.state().phase() == Phase.RUNNING);
    Files.delete(home.resolve("port"));
    await().until(() -> told.stream().anyMatch(t -> t.startsWith("false 2 of 2")));
  }

  @Test
  void itIsDownWhileItHasToWaitAndComesUpByItself() throws Exception {
    checked(checker("gateway", Checker.Action.WAIT)).start();
    Files.delete(home.resolve("gateway"));
    await().until(() -> application.state().phase() == Phase.WAITING);
    assertThat(group.empty()).isTrue();
    Files.createFile(home.resolve("gateway"));
    await().until(() -> application.state().phase() == Phase.RUNNING);
    assertThat(group.empty()).isFalse();
    await().until(() -> told.size() == 2);
    assertThat(told)
        .containsExactly(
            "fitness 2 of 2 checks failed: gateway: no gateway false", "fitness  true");
    assertThat(Files.readAllLines(home.resolve("starts"))).hasSize(2);
  }

  @Test
  void aNodeThatStandsByKnowsWhetherItMayRunIt() throws Exception {
    checked(checker("gateway", Checker.Action.WAIT)).standBy();
    Files.delete(home.resolve("gateway"));
    await().until(() -> told.size() == 1);
    assertThatThrownBy(() -> application.start())
        .isInstanceOf(WaitingException.class)
        .hasMessage("desk has to wait: gateway: no gateway");
    assertThat(group.empty()).isTrue();
    assertThat(told).as("known before the refusal is").hasSize(2);
    Files.createFile(home.resolve("gateway"));
    await().until(() -> application.state().phase() == Phase.RUNNING);
    application.stop(false);
    assertThat(group.empty()).isTrue();
    Files.delete(home.resolve("gateway"));
    await().until(() -> told.size() == 4);
    assertThat(told.get(3)).contains("no gateway");
  }

  @Test
  void whatIsStoppedTheMomentThatItIsUpIsNotToldOfAsUp() throws Exception {
    whenUpAgain =
        () -> {
          try {
            application.stop(false);
            told.add("stopped");
          } catch (IOException | InterruptedException e) {
            told.add(e.toString());
          }
        };
    checked(checker("gateway", Checker.Action.WAIT)).start();
    Files.delete(home.resolve("gateway"));
    await().until(() -> told.size() == 1);
    Files.createFile(home.resolve("gateway"));
    await().until(() -> told.size() == 2);
    Files.delete(home.resolve("gateway"));
    await().until(() -> told.size() == 3);
    assertThat(told.get(1)).isEqualTo("stopped");
    assertThat(told.get(2)).contains("no gateway");
  }
}
