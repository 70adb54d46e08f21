package io.lockstep.demo.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real namespaces, real packets, real mounts: needs root. */
@OneAtATime
class TopologyTest {
  @TempDir Path base;
  private RunDirectory run;
  private Topology topology;
  private NodeNetwork a;
  private NodeNetwork b;

  @BeforeEach
  void create() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    // Real numbers, so that a demo on the same machine is not disturbed.
    run = RunDirectory.take(RunDirectory.BASE);
    topology = new Topology(run.number());
    a = topology.nodes().get(0);
    b = topology.nodes().get(1);
    topology.create();
  }

  @AfterEach
  void remove() throws IOException {
    if (run != null) {
      Cleanup.run(run);
      run.close();
    }
  }

  private NodeCommands commands(String... agent) throws IOException {
    Path directory = Files.createDirectories(run.path().resolve("desk a/data"));
    NodeCommands commands =
        new NodeCommands(
            a,
            run.path().resolve("desk a"),
            directory,
            List.of(NodeNetwork.virtualIp(run.number()) + "/24"),
            List.of(agent));
    commands.write();
    return commands;
  }

  private boolean reaches(String address) {
    return Shell.attempt(
            "ip", "netns", "exec", a.namespace(), "bash", "-c", "exec 3<>/dev/tcp/" + address)
        .output()
        .contains("refused");
  }

  private boolean hostReaches(String address) {
    return Shell.attempt("bash", "-c", "exec 3<>/dev/tcp/" + address).output().contains("refused");
  }

  @Test
  void nodesReachEachOtherOnBothNetworksAndTheCallerReachesTheService() {
    assertThat(reaches(b.serviceIp() + "/9")).isTrue();
    assertThat(reaches(b.heartbeatIp() + "/9")).isTrue();
    assertThat(hostReaches(a.serviceIp() + "/9")).isTrue();
    assertThat(hostReaches(a.managementIp() + "/9")).isTrue();
  }

  @Test
  void aCutHoldsBothNetworksInBothDirectionsAndSparesManagementUntilItIsHealed() throws Exception {
    NodeCommands commands = commands("true");
    Shell.run("sh", "-c", commands.cut());
    long before = InterfaceCounters.bytesTo(b);
    assertThat(
            Shell.attempt(
                    "ip",
                    "netns",
                    "exec",
                    a.namespace(),
                    "timeout",
                    "0.3",
                    "bash",
                    "-c",
                    "exec 3<>/dev/tcp/" + b.serviceIp() + "/9")
                .output())
        .doesNotContain("refused");
    assertThat(
            Shell.attempt(
                    "ip",
                    "netns",
                    "exec",
                    b.namespace(),
                    "timeout",
                    "0.3",
                    "bash",
                    "-c",
                    "exec 3<>/dev/tcp/" + a.heartbeatIp() + "/9")
                .output())
        .doesNotContain("refused");
    assertThat(hostReaches(a.managementIp() + "/9")).isTrue();
    sendFiftyThousandBytes();
    // what the kernels tell each other of their addresses may pass
    assertThat(InterfaceCounters.bytesTo(b) - before).isLessThan(10_000);
    Shell.run("sh", "-c", commands.heal());
    await().atMost(Duration.ofSeconds(5)).until(() -> reaches(b.serviceIp() + "/9"));
    await().atMost(Duration.ofSeconds(5)).until(() -> reaches(b.heartbeatIp() + "/9"));
  }

  private void sendFiftyThousandBytes() {
    Shell.run(
        "ip",
        "netns",
        "exec",
        a.namespace(),
        "bash",
        "-c",
        "for i in $(seq 50); do printf '%01000d' 0 > /dev/udp/" + b.serviceIp() + "/9; done");
  }

  @Test
  void countersSeeWhatANodeReceives() {
    long before = InterfaceCounters.bytesTo(b);
    sendFiftyThousandBytes();
    assertThat(InterfaceCounters.bytesTo(b) - before).isBetween(50_000L, 70_000L);
  }

  @Test
  void startFreezeThawAndKillConcernEverythingInTheNode() throws Exception {
    Path out = base.resolve("ticks");
    NodeCommands commands =
        commands(
            "bash", "-c", "sleep 1000 & while :; do echo tick >> " + out + "; sleep 0.02; done");
    Shell.run("sh", "-c", commands.start());
    await().atMost(Duration.ofSeconds(5)).until(() -> Files.exists(out));
    String pid = Files.readString(commands.pidFile()).strip();
    assertThat(Shell.run("ip", "netns", "identify", pid)).contains(a.namespace());
    Shell.run("sh", "-c", commands.start());
    assertThat(Files.readString(commands.pidFile()).strip()).isEqualTo(pid);

    Shell.run("sh", "-c", commands.freeze());
    assertThat(Files.readString(Path.of("/proc/" + pid + "/stat"))).contains(") T ");
    Shell.run("sh", "-c", commands.thaw());
    assertThat(Files.readString(Path.of("/proc/" + pid + "/stat"))).doesNotContain(") T ");

    Path directory = run.path().resolve("desk a/data");
    Shell.run("mount", "-t", "tmpfs", "none", directory.toString());
    Shell.run("mount", "-t", "tmpfs", "none", directory.toString());
    String virtual = NodeNetwork.virtualIp(run.number());
    Shell.run("ip", "-n", a.namespace(), "addr", "add", virtual + "/24", "dev", "eth0");
    Shell.run("sh", "-c", commands.kill());
    assertThat(Shell.run("ip", "netns", "pids", a.namespace())).isBlank();
    assertThat(Mounts.below(directory)).isEmpty();
    assertThat(Shell.run("ip", "-n", a.namespace(), "addr")).doesNotContain(virtual + "/");

    Shell.run("sh", "-c", commands.start());
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> !Shell.run("ip", "netns", "pids", a.namespace()).isBlank());
  }

  @Test
  void leftoversOfAKilledRunAreFoundAndALiveRunIsSpared() throws Exception {
    Path stray = Files.createDirectories(run.path().resolve("mounted"));
    Shell.run("mount", "-t", "tmpfs", "none", stray.toString());
    Path foreign = Files.createDirectories(base.resolve("given by the user"));
    Files.writeString(foreign.resolve("kept"), "kept");
    Cleanup.record(run, List.of(foreign));
    Shell.run("mount", "-t", "tmpfs", "none", foreign.toString());

    Cleanup.leftovers(RunDirectory.BASE);
    assertThat(Mounts.count(stray)).as("the run is alive").isEqualTo(1);

    run.close();
    assertThat(Cleanup.leftovers(RunDirectory.BASE)).isGreaterThanOrEqualTo(1);
    assertThat(Mounts.count(stray)).isZero();
    assertThat(run.path()).doesNotExist();
    assertThat(foreign.resolve("kept")).hasContent("kept");
    assertThat(Shell.run("ip", "netns", "list")).doesNotContain(a.namespace());
    run = null;
  }
}
