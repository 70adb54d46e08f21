package io.lockstep.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.auto.Workload;
import io.lockstep.demo.judge.JudgeProcess;
import io.lockstep.demo.recorder.Collector;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.RunDirectory;
import io.lockstep.demo.topology.Shell;
import io.lockstep.demo.topology.Topology;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real application in a real namespace on a plain directory: needs root. */
class ApplicationTest {
  private RunDirectory run;
  private NodeNetwork node;

  @BeforeEach
  void network() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    run = RunDirectory.take(RunDirectory.BASE);
    Topology topology = new Topology(run.number());
    topology.create();
    node = topology.nodes().get(0);
    for (String address :
        List.of(
            NodeNetwork.virtualIp(run.number()) + "/24",
            NodeNetwork.virtualIp6(run.number()) + "/64")) {
      Shell.run("ip", "-n", node.namespace(), "addr", "add", address, "dev", "eth0", "nodad");
    }
  }

  @AfterEach
  void remove() throws Exception {
    if (run != null) {
      Cleanup.run(run);
      run.close();
    }
  }

  private Shell.Result inNode(Path command) {
    return Shell.attempt("nsenter", "--net=/run/netns/" + node.namespace(), command.toString());
  }

  @ParameterizedTest
  @EnumSource(Application.Kind.class)
  void itStartsAnswersIsCheckedAndStops(Application.Kind kind) throws Exception {
    assumeTrue(
        kind == Application.Kind.SQLITE || Files.isDirectory(Path.of("/usr/lib/postgresql")),
        "needs a PostgreSQL server");
    Path directory = Files.createDirectories(run.path().resolve("data"));
    Collector collector = new Collector(InetAddress.getByAddress(new byte[4]));
    Application application =
        new Application(kind, run.path().resolve("application"), run.number(), collector.port());
    application.write(List.of(directory, directory));
    application.initialize(directory);
    assertThat(inNode(application.command("check")).succeeded()).isFalse();
    try (Workload workload = new Workload(run.path(), run.number(), collector, 1)) {
      assertThat(inNode(application.command("start"))).isEqualTo(new Shell.Result(0, ""));
      assertThat(inNode(application.command("check")).succeeded()).isTrue();
      await().atMost(Duration.ofSeconds(20)).until(() -> collector.heard() == 4);
      workload.resume();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> workload.callers().acknowledged() > 200 && workload.records() > 200);
      // A crash in the middle: the judge works on what a dead node left.
      Shell.run("sh", "-c", "kill -9 $(ip netns pids " + node.namespace() + ")");
      JudgeProcess.Verdict crashed =
          JudgeProcess.survivor(directory, workload.callsFile(), workload.recordsFile());
      assertThat(crashed.json().get("findings")).isEmpty();
      assertThat(crashed.isGood()).isTrue();

      assertThat(inNode(application.command("start"))).isEqualTo(new Shell.Result(0, ""));
      workload.rest();
      assertThat(inNode(application.command("stop")).succeeded()).isTrue();
      assertThat(Shell.run("ip", "netns", "pids", node.namespace())).isBlank();
      assertThat(
              JudgeProcess.survivor(directory, workload.callsFile(), workload.recordsFile())
                  .isGood())
          .isTrue();
    }
  }
}
