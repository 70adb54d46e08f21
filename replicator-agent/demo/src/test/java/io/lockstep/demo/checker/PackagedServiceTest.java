package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.TestLauncher;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.replicator.testkit.PlayedSystemd;
import io.lockstep.replicator.testkit.RealSystemd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The service as it is packaged, with its default paths, under a systemd that runs; another service
 * of that systemd is the application. The peer is an agent without one.
 */
@OneAtATime
class PackagedServiceTest extends ApplicationPair {
  private static final String AGENT = "lockstep.service";
  private static final String DESK = "desk.service";

  private static final String YAML =
      """
      modules:
        desk:
          application:
            unit: desk.service
            systemctl: {desk-a: /usr/bin/systemctl, desk-b: %s}
            stop: {timeout: 5s}
          checkers: [{unit: desk.service, every: 300ms, failures: 1}]
      """;

  /** Where the software and the configuration are when they are installed as documented. */
  private static final String INSTALL =
      """
      hostname desk-a
      mkdir -p /etc/lockstep /usr/local/bin
      cp %s /etc/lockstep/lockstep.yaml
      ln -sfn %s /usr/local/bin/lockstep
      """;

  @Test
  void itRunsTheAgentIsStartedAgainAndLeavesNothing() throws Exception {
    Optional<String> hindrance = RealSystemd.hindrance();
    assumeTrue(hindrance.isEmpty(), hindrance::get);
    PlayedSystemd played = PlayedSystemd.in(base.resolve("played"));
    played.make(DESK, "exec sleep 600");
    try (Bench bench = bench(YAML.formatted(played.systemctl()));
        RealSystemd systemd = boot(bench)) {
      DemoNode a = bench.cluster().a();
      DemoNode b = bench.cluster().b();
      assertThat(systemd.within("systemd-analyze", "verify", base + "/systemd/units/" + AGENT))
          .isEmpty();
      assertThat(systemd.property(AGENT, "TimeoutStopUSec")).isEqualTo("infinity");
      assertThat(bench.lockstep(a, bench.configuration(), "init").succeeded()).isTrue();
      assertThat(systemd.run("start", AGENT)).isEmpty();
      b.perform(b.commands().start());
      bench.cluster().awaitProtected(PATIENCE);
      await().atMost(PATIENCE).until(() -> serves(bench, a) && active(systemd, DESK));

      long died = Long.parseLong(systemd.property(AGENT, "MainPID"));
      systemd.run("kill", "--kill-who=main", "--signal=KILL", AGENT);
      await().atMost(PATIENCE).until(() -> serves(bench, b));
      assertThat(systemd.processes(DESK)).as("the guardian stopped it").isEmpty();
      bench.cluster().awaitProtected(PATIENCE);
      assertThat(Long.parseLong(systemd.property(AGENT, "MainPID")))
          .as("systemd started it again")
          .isNotIn(0L, died);

      bench.lockstep(a, bench.configuration(), "switchover");
      await().atMost(PATIENCE).until(() -> serves(bench, a) && active(systemd, DESK));
      bench.cluster().awaitProtected(PATIENCE);

      assertThat(systemd.run("stop", AGENT)).isEmpty();
      assertThat(systemd.property(AGENT, "Result")).isEqualTo("success");
      assertThat(systemd.processes(AGENT)).as("its guardian ended with it").isEmpty();
      assertThat(systemd.processes(DESK)).isEmpty();
      // the other node takes over: its mount may be seen here by now
      String mount = a.directory() + " fuse.lockstep";
      assertThat(systemd.within("grep", "-c", mount, "/proc/self/mounts")).isEqualTo("0");
      await()
          .atMost(PATIENCE)
          .until(() -> bench.status(b).filter(AgentApi.ModuleStatus::serves).isPresent());
    }
  }

  private static boolean active(RealSystemd systemd, String unit) throws Exception {
    return systemd.property(unit, "ActiveState").equals("active");
  }

  /** Without the journal of systemd the agent's output goes to a file. */
  private RealSystemd boot(Bench bench) throws Exception {
    DemoNode a = bench.cluster().a();
    Path home = Files.createDirectories(base.resolve("systemd"));
    Files.writeString(
        home.resolve("before"),
        INSTALL.formatted(bench.configuration(), bench.home().resolve("launcher/lockstep")));
    RealSystemd systemd =
        RealSystemd.boot(home, "nsenter", "--net=/run/netns/" + a.network().namespace());
    systemd.make(DESK, "[Service]\nExecStart=/bin/sleep 600\nRestart=always\nRestartSec=1ms\n");
    systemd.make(
        AGENT,
        Files.readString(
            TestLauncher.repository()
                .resolve("replicator-agent/src/main/packaging")
                .resolve(AGENT)));
    systemd.make(
        AGENT + ".d/output.conf",
        "[Service]\nStandardOutput=append:" + a.commands().log() + "\nStandardError=inherit\n");
    return systemd;
  }
}
