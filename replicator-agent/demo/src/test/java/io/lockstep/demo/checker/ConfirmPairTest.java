package io.lockstep.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A neighbour that could not hear the announcements of a takeover goes on sending to the lost node,
 * until a later one reaches it. Real agents; the neighbour is the machine's own network namespace.
 */
@Timeout(240)
class ConfirmPairTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Past the last of the announcements that nobody has to ask for. */
  private static final Duration SILENCE = Duration.ofSeconds(18);

  /** Looks into the neighbour's table and sends nothing: only an announcement can change it. */
  private static final String YAML =
      """
      modules:
        desk:
          addresses:
            - ip: 10.213.%RUN%.50/24
              interface: eth0
              confirm:
                run: 'nsenter --net=/proc/%PID%/ns/net ip neigh show 10.213.%RUN%.50 dev lsd%RUN%call | grep -qi "$LOCKSTEP_MAC"'
                atMost: 1s
                alertAfter: 5s
      """;

  @TempDir Path base;

  @Test
  void aNeighbourThatMissedTheTakeoverHearsALaterAnnouncement() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    String environment =
        "export LOCKSTEP_HEAP=128m LOCKSTEP_JAVA_OPTIONS=\"-XX:TieredStopAtLevel=1"
            + " -XX:-AlwaysPreTouch\"\n";
    String yaml = YAML.replace("%PID%", Long.toString(ProcessHandle.current().pid()));
    try (Bench bench =
        Bench.open(base.resolve("bench"), new Bench.Plan(0, 0, List.of(), environment, yaml))) {
      bench.start();
      bench.cluster().awaitProtected(PATIENCE);
      boolean home = serves(bench, bench.cluster().a());
      DemoNode a = home ? bench.cluster().a() : bench.cluster().b();
      DemoNode b = home ? bench.cluster().b() : bench.cluster().a();
      int run = a.network().run();
      // refused, but answered: the neighbour knows the address from now on
      Bench.shell("timeout 2 bash -c '</dev/tcp/" + NodeNetwork.virtualIp(run) + "/9'");
      assertThat(neighbour(run)).contains(mac(a));
      await()
          .atMost(PATIENCE)
          .until(() -> status(bench, a).contains("held here, seen from outside"));

      bridge(run, "nomaster");
      bench.killAgent(a);
      await().atMost(PATIENCE).until(() -> serves(bench, b));
      Bench.pass(SILENCE.toMillis());
      assertThat(neighbour(run)).as("it has heard nothing").contains(mac(a));
      assertThat(status(bench, b))
          .contains("held here, NOT seen from outside for")
          .contains("ended with status 1");
      assertThat(bench.log(b)).contains("is NOT seen from outside for 5 s");

      bridge(run, "master", "service");
      await().atMost(Duration.ofSeconds(10)).until(() -> neighbour(run).contains(mac(b)));
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> status(bench, b).contains("held here, seen from outside after"));
    }
  }

  private static void bridge(int run, String... words) {
    String switches = NodeNetwork.switchNamespace(run);
    Shell.run("sh", "-c", "ip -n " + switches + " link set caller " + String.join(" ", words));
  }

  private static String neighbour(int run) {
    return Shell.run(
        "ip", "neigh", "show", NodeNetwork.virtualIp(run), "dev", NodeNetwork.callerInterface(run));
  }

  private static String mac(DemoNode node) {
    String shown =
        Shell.run("ip", "-n", node.network().namespace(), "-br", "link", "show", "dev", "eth0");
    return shown.trim().split("\\s+")[2];
  }

  private static String status(Bench bench, DemoNode node) {
    return bench.lockstep(node, bench.configuration(), "status").output();
  }

  private static boolean serves(Bench bench, DemoNode node) {
    return bench.status(node).filter(AgentApi.ModuleStatus::serves).isPresent();
  }
}
