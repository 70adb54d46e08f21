package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.ConfigurationFile;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What an operator changes on a running pair: {@code lockstep apply} and {@code lockstep module
 * remove}, with real agents, each under a configuration file of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OperatorChangesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int USAGE = 2;

  private Path home;
  private Bench bench;
  private DemoNode a;
  private DemoNode b;

  @BeforeAll
  void pair() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-changes");
    bench = Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", ""));
    a = bench.cluster().a();
    b = bench.cluster().b();
    for (DemoNode node : bench.cluster().nodes()) {
      Files.createDirectories(file(node).getParent());
      Files.copy(bench.configuration(), file(node));
    }
    assertThat(lockstep(a, "init").succeeded()).isTrue();
    bench.startUnder(a, file(a));
    bench.startUnder(b, file(b));
    bench.cluster().awaitFirstProtection(Duration.ofSeconds(90));
  }

  @AfterAll
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Cleanup.deleteTree(home);
    }
  }

  private Path file(DemoNode node) {
    return home.resolve("etc-" + node.name()).resolve("lockstep.yaml");
  }

  private Shell.Result lockstep(DemoNode node, String... words) {
    return bench.lockstep(node, file(node), words);
  }

  private Shell.Result apply(DemoNode node, String text) throws IOException {
    Path wanted = Files.writeString(home.resolve("wanted.yaml"), text);
    return lockstep(node, "apply", wanted.toString());
  }

  private String console(DemoNode node) {
    return node.network().managementIp() + ":" + ConfigurationFile.CONSOLE_PORT;
  }

  private void awaitStatus(DemoNode node, String words) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(lockstep(node, "status").output()).contains(words));
  }

  @Test
  @Order(1)
  void aChangeThatBothTakeIsInEffectOnBothAndInBothFiles() throws Exception {
    List<Long> agents = List.of(a.agentPid(), b.agentPid());
    String old = Files.readString(file(a));
    String moved =
        old.replace(console(a), a.network().managementIp() + ":7555")
            .replace(console(b), b.network().managementIp() + ":7556");

    Shell.Result applied = apply(b, moved);
    assertThat(applied.exitCode()).as(applied.output()).isZero();
    assertThat(applied.output())
        .contains("console.listen.desk-a: " + console(a))
        .contains(a.network().managementIp() + ":7555")
        .contains("console.listen.desk-b: " + console(b))
        .contains("In effect on both nodes: 2 keys.");
    assertThat(file(a)).hasContent(moved);
    assertThat(file(b)).hasContent(moved);
    // the command finds the agents by their files, where their consoles have moved to
    awaitStatus(a, "PROTECTED");
    awaitStatus(b, "PROTECTED");
    assertThat(lockstep(a, "status").output()).doesNotContain("DIFFERENT", "must restart");

    Shell.Result back = apply(a, old);
    assertThat(back.exitCode()).as(back.output()).isZero();
    bench.cluster().awaitProtected(PATIENCE);
    assertThat(file(b)).hasContent(old);
    assertThat(List.of(a.agentPid(), b.agentPid())).as("the same processes").isEqualTo(agents);
  }

  @Test
  @Order(2)
  void whatOneNodeRefusesNeitherTakesWhicheverIsAsked() throws Exception {
    String old = Files.readString(file(a));
    String wrong = old.replace(console(b), "192.0.2.77:7443");
    for (DemoNode asked : bench.cluster().nodes()) {
      Shell.Result refused = apply(asked, wrong);
      assertThat(refused.exitCode()).as(refused.output()).isEqualTo(USAGE);
      assertThat(refused.output())
          .containsPattern("console.listen.desk-b: " + console(b) + ".* 192.0.2.77:7443")
          .contains("Nothing has changed: it is not accepted.")
          .contains("desk-b: console.listen: 192.0.2.77:7443 is not an address of this machine");
      for (DemoNode node : bench.cluster().nodes()) {
        assertThat(file(node)).hasContent(old);
        assertThat(file(node).getParent())
            .as("nothing is kept ready")
            .isDirectoryNotContaining(path -> !path.equals(file(node)));
        assertThat(lockstep(node, "status").output())
            .contains("PROTECTED")
            .doesNotContain("DIFFERENT");
      }
    }
  }

  @Test
  @Order(3)
  void aRemovedModuleLeavesPlainFilesOnBothNodesAndIsGone() throws Exception {
    Files.createDirectories(a.directory().resolve("deep"));
    Files.writeString(a.directory().resolve("deep/last"), "written just before");

    Shell.Result removed = lockstep(b, "module", "remove", "--yes");
    assertThat(removed.exitCode()).as(removed.output()).isZero();
    assertThat(removed.output()).contains("is removed; its files are ordinary files", "desk-a:");
    assertThat(TreeComparison.differences(a.directory(), b.directory())).isEmpty();
    for (DemoNode node : bench.cluster().nodes()) {
      assertThat(Mounts.count(node.directory())).as("mounts on " + node.name()).isZero();
      assertThat(node.directory().resolve("deep/last")).hasContent("written just before");
      Files.writeString(node.directory().resolve("plain"), "by anyone");
      assertThat(lockstep(node, "status").output()).doesNotContain("desk:");
      assertThat(Shell.run("ip", "-n", node.network().namespace(), "addr"))
          .doesNotContain("fd6c:6f63:6b00:" + "%x::50".formatted(node.network().run()));
      assertThat(node.home().resolve("state/desk")).doesNotExist();
    }

    bench.killAgent(b);
    bench.startUnder(b, file(b));
    awaitStatus(b, "cluster ");
    assertThat(bench.log(b)).contains("was removed on this node and is passed over");
    assertThat(Mounts.count(b.directory())).as("a restart covers nothing").isZero();
  }
}
