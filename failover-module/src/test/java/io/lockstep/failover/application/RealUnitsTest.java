package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.SupervisionState.Phase;
import io.lockstep.replicator.testkit.RealSystemd;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Units as an application, of a systemd that runs: what {@link UnitsTest} plays is asked of it. */
@Timeout(120)
class RealUnitsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String UNIT = "desk.service";

  @TempDir Path home;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private RealSystemd systemd;
  private Application application;

  @BeforeEach
  void boot() throws Exception {
    Optional<String> hindrance = RealSystemd.hindrance();
    assumeTrue(hindrance.isEmpty(), hindrance::get);
    systemd = RealSystemd.boot(home.resolve("systemd"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (application != null) {
      application.stop(true);
      application.close();
    }
    if (systemd != null) {
      systemd.close();
    }
  }

  /** The application whose service has these settings beside its defaults. */
  private Application of(String... settings) throws Exception {
    systemd.make(UNIT, "[Service]\n" + String.join("\n", settings) + "\n");
    Unit unit = new Unit(systemd.systemctl().toString(), UNIT);
    Step step = Step.of(unit, "", List.of(), LONG, Duration.ofSeconds(2), true, Optional.empty());
    Checker checker =
        new Checker(
            "unit " + UNIT,
            new Probe.OfUnit(unit),
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            1,
            Checker.Action.RESTART);
    application =
        new Application(
            new ApplicationSpec(
                "desk",
                List.of(step),
                Optional.empty(),
                new Restarts(1, Duration.ofMinutes(10), Then.SWITCHOVER),
                Map.of(),
                List.of(checker)),
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

  /** The one process that systemd calls its main one. */
  private long main() throws Exception {
    assertThat(systemd.processes(UNIT)).isNotEmpty();
    return systemd.processes(UNIT).get(0);
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  private void runsAgain(long other) {
    await()
        .atMost(LONG)
        .until(
            () ->
                application.state().phase() == Phase.RUNNING
                    && systemd.property(UNIT, "ActiveState").equals("active")
                    && !systemd.processes(UNIT).contains(other));
  }

  @Test
  void itIsStartedAndStoppedWithItsChildren() throws Exception {
    of("ExecStart=/bin/sh -c 'setsid sleep 600 & exec sleep 600'").start();
    await().atMost(LONG).until(() -> systemd.processes(UNIT).size() == 2);
    application.stop(false);
    assertThat(systemd.property(UNIT, "ActiveState")).isEqualTo("inactive");
    assertThat(systemd.processes(UNIT)).isEmpty();
  }

  @Test
  void oneThatIgnoresItsStopIsKilledWhenItsTimeIsOver() throws Exception {
    of("ExecStart=/bin/sh -c 'trap \"\" TERM; sleep 600 & wait; wait'", "Restart=always").start();
    long began = System.nanoTime();
    application.stop(false);
    assertThat(systemd.processes(UNIT)).isEmpty();
    assertThat(systemd.run("is-active", UNIT)).isIn("failed", "inactive");
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(15));
  }

  @Test
  void oneThatIsKilledIsStartedAgainWithinTheBudget() throws Exception {
    of("ExecStart=/bin/sleep 600").start();
    long first = main();
    kill(first);
    runsAgain(first);
    kill(main());
    await().atMost(LONG).until(() -> !told.isEmpty());
    assertThat(told.get(0)).contains("it is failed (failed, signal)").contains("1 of 1 restarts");
  }

  /** Lockstep's own restart meets systemd's, which is on its way. */
  @Test
  void itsOwnRestartAndThatOfTheUnitComeToOneThatRuns() throws Exception {
    of("ExecStart=/bin/sleep 600", "Restart=always", "RestartSec=2").start();
    long first = main();
    kill(first);
    runsAgain(first);
    assertThat(systemd.processes(UNIT)).hasSize(1);
    application.stop(false);
    assertThat(systemd.processes(UNIT)).isEmpty();
    await()
        .during(Duration.ofMillis(2_500))
        .until(() -> systemd.property(UNIT, "ActiveState").equals("inactive"));
  }

  @Test
  void oneThatDoesNotStartIsToldOfInItsWords() throws Exception {
    of("Type=forking", "ExecStart=/bin/false");
    assertThatThrownBy(() -> application.start())
        .hasMessageContaining("the start command returned 1")
        .hasMessageContaining("Job for desk.service failed");
    assertThat(systemd.processes(UNIT)).isEmpty();
  }

  /** How often it may start is for the application's own budget to say. */
  @Test
  void oneThatSystemdStartsNoMoreIsStartedAllTheSame() throws Exception {
    Path broken = Files.createFile(home.resolve("broken"));
    of(
        "ExecStart=/bin/sh -c 'test ! -e " + broken + " && exec sleep 600'",
        "Restart=always",
        "RestartSec=10ms");
    systemd.run("start", UNIT);
    await().atMost(LONG).until(() -> systemd.property(UNIT, "ActiveState").equals("failed"));
    Files.delete(broken);
    assertThat(systemd.run("start", UNIT)).as("too often for systemd").contains("failed");
    application.start();
    assertThat(systemd.processes(UNIT)).hasSize(1);
  }

  /** As one that is enabled at boot does. */
  @Test
  void oneThatRunsUnaskedIsStoppedBeforeItIsServed() throws Exception {
    of("ExecStart=/bin/sleep 600", "Restart=always", "RestartSec=10ms");
    systemd.run("start", UNIT);
    assertThat(systemd.processes(UNIT)).hasSize(1);
    application.stop(true);
    assertThat(systemd.processes(UNIT)).isEmpty();
    assertThat(systemd.property(UNIT, "ActiveState")).isIn("inactive", "failed");
  }

  @Test
  void whatItIsAskedIsTold() throws Exception {
    of("ExecStart=/bin/sleep 600", "KillMode=process");
    Unit unit = new Unit(systemd.systemctl().toString(), UNIT);
    assertThat(Systemctl.show(unit).hindrances(UNIT).get(0)).contains("KillMode=process");
    Unit none = new Unit(systemd.systemctl().toString(), "none.service");
    assertThat(Systemctl.show(none).hindrances("none.service"))
        .containsExactly("systemd has no unit none.service (not-found)");
  }
}
