package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Start;
import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.ApplicationSpec.Stop;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.SupervisionState.Phase;
import io.lockstep.replicator.testkit.PlayedSystemd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Units as an application, with real processes under a stand-in for systemctl. */
class UnitsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path home;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private PlayedSystemd systemd;
  private Application application;

  @BeforeEach
  void systemd() throws IOException {
    systemd = PlayedSystemd.in(home.resolve("systemd"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (application != null) {
      Files.deleteIfExists(systemd.file("hangs"));
      application.stop(true);
      application.close();
    }
  }

  private Unit unit(String name, String script) throws IOException {
    systemd.make(name, script);
    return new Unit(systemd.systemctl().toString(), name);
  }

  private static Step step(Unit unit, String name, String... after) {
    Duration stop = Duration.ofMillis(500);
    return Step.of(unit, name, List.of(after), LONG, stop, true, Optional.empty());
  }

  private Application of(Step... steps) throws IOException {
    List<Checker> checkers =
        List.of(steps).stream()
            .flatMap(s -> s.unit().stream())
            .map(
                u ->
                    new Checker(
                        "unit " + u.name(),
                        new Probe.OfUnit(u),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(2),
                        1,
                        Checker.Action.RESTART))
            .toList();
    application =
        new Application(
            new ApplicationSpec(
                "desk",
                List.of(steps),
                Optional.empty(),
                new Restarts(1, Duration.ofMinutes(10), Then.SWITCHOVER),
                Map.of("HERE", home.toString()),
                checkers),
            new PlainGroups(),
            home.resolve("log"),
            LogLimits.DEFAULT,
            (probe, timeout) -> {
              UnitStatus status = Systemctl.show(((Probe.OfUnit) probe).unit(), timeout);
              return status.runs() ? Optional.empty() : Optional.of(status.told());
            },
            (reason, switchOver) -> told.add(switchOver + " " + reason));
    return application;
  }

  private static boolean over(Unit unit) throws Exception {
    return Systemctl.show(unit, LONG).over();
  }

  @Test
  void aUnitIsStartedAndStopped() throws Exception {
    Unit db = unit("db.service", "sleep 600");
    of(step(db, "")).start();
    assertThat(over(db)).isFalse();
    application.stop(false);
    assertThat(over(db)).isTrue();
    assertThat(Files.readString(systemd.file("calls")))
        .contains("start db.service", "is-active db.service", "stop db.service")
        .doesNotContain("kill");
  }

  @Test
  void aUnitThatDoesNotStopIsKilledAndNotStartedAgain() throws Exception {
    Unit db = unit("db.service", "trap '' TERM; sleep 600 & wait; wait");
    of(step(db, "")).start();
    Files.createFile(systemd.file("db.service.restarts"));
    application.stop(false);
    assertThat(over(db)).isTrue();
    assertThat(systemd.file("db.service.restarts")).doesNotExist();
  }

  @Test
  void aUnitAmongStepsIsStartedWhenItIsTimeAndStoppedBeforeThoseItNeeds() throws Exception {
    Unit db = unit("db.service", "echo +db >> " + home + "/story; exec sleep 600");
    Step app =
        new Step(
            "app",
            List.of("db"),
            new Start("echo +app >> $HERE/story; sleep 600 & echo $! > $HERE/app", LONG),
            new Stop("echo -app >> $HERE/story; kill $(cat $HERE/app)", LONG, true),
            Optional.empty());
    of(app, step(db, "db")).start();
    await().until(() -> Files.readAllLines(home.resolve("story")).size() == 2);
    application.stop(false);
    assertThat(over(db)).isTrue();
    assertThat(Files.readAllLines(home.resolve("story"))).containsExactly("+db", "+app", "-app");
  }

  @Test
  void aUnitThatDoesNotStartFailsTheStartWithItsWords() throws Exception {
    Unit db = unit("db.service", "sleep 600");
    Files.createFile(systemd.file("db.service.refuses"));
    of(step(db, "db"));
    assertThatThrownBy(() -> application.start())
        .hasMessageContaining("step db: the start command returned 1")
        .hasMessageContaining("Job for db.service failed.");
    assertThat(over(db)).isTrue();
  }

  @Test
  void aUnitThatEndsIsStartedAgainWithinTheBudget() throws Exception {
    Unit db = unit("db.service", "exec sleep 600");
    of(step(db, "")).start();
    for (int i = 0; i < 2; i++) {
      long pid = Long.parseLong(Files.readString(systemd.file("db.service.pid")).strip());
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      int restarts = i;
      await()
          .atMost(LONG)
          .until(
              () ->
                  restarts == 0
                      ? application.state().phase() == Phase.RUNNING && !over(db)
                      : !told.isEmpty());
    }
    assertThat(told.get(0)).contains("unit db.service: it is inactive").contains("1 of 1 restarts");
  }

  @Test
  void aUnitThatIsACommandByConfigurationNowIsStoppedAsTheUnitItIs() throws Exception {
    Unit db = unit("db.service", "exec sleep 600");
    of(step(db, "")).start();
    application.respecify(
        new ApplicationSpec(
            "desk",
            new Start("true", LONG),
            new Stop("true", LONG, true),
            Optional.empty(),
            new Restarts(1, Duration.ofMinutes(10), Then.SWITCHOVER),
            Map.of()));
    assertThat(over(db)).isFalse();
    application.stop(false);
    assertThat(over(db)).isTrue();
  }

  /** It ran before this process did, as one that is enabled at boot. */
  @Test
  void aUnitThatRunsWithoutBeingAskedIsStoppedBeforeItIsServed() throws Exception {
    Unit db = unit("db.service", "exec sleep 600");
    Process started =
        new ProcessBuilder(systemd.systemctl().toString(), "start", "--", "db.service").start();
    assertThat(started.waitFor()).isZero();
    assertThat(over(db)).isFalse();
    Files.createFile(systemd.file("db.service.restarts"));
    of(step(db, ""));
    application.stop(true);
    assertThat(over(db)).isTrue();
  }

  @Test
  void aSystemdThatDoesNotAnswerIsToldOfInTime() throws Exception {
    Unit db = unit("db.service", "exec sleep 600");
    Files.createFile(systemd.file("hangs"));
    long began = System.nanoTime();
    assertThatThrownBy(() -> Systemctl.show(db, Duration.ofMillis(300)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("show db.service did not end within 300 ms");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    assertThatThrownBy(() -> Systemctl.show(new Unit("/no/systemctl", "x.service"), LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/no/systemctl");
  }

  @Test
  void aStopOfAUnitWaitsNoLongerForAnAnswerThanItIsTold() throws Exception {
    Unit db = unit("db.service", "exec sleep 600");
    Unit hasty = new Unit(db.systemctl(), db.name(), Duration.ofSeconds(3));
    assertThat(hasty).as("the same unit").isEqualTo(db).hasSameHashCodeAs(db);
    of(step(hasty, "")).start();
    Files.createFile(systemd.file("hangs"));
    assertThatThrownBy(() -> application.stop(true)).hasMessageContaining("within 3000 ms");
    Files.delete(systemd.file("hangs"));
  }

  /** The real program, where no systemd runs. */
  @Test
  void theRealProgramSaysThatSystemdDoesNotRun() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemctl")), "no systemctl");
    assumeTrue(!Files.exists(Path.of("/run/systemd/system")), "systemd runs here");
    assertThatThrownBy(() -> Systemctl.show(new Unit("/usr/bin/systemctl", "x.service"), LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            "/usr/bin/systemctl show x.service ended with 1: System has not been");
  }
}
