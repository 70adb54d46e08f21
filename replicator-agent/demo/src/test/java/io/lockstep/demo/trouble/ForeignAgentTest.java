package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A real agent at the peer's addresses that is not the peer: of another cluster, with another key,
 * or under another configuration. Both sides tell their operators, and no file changes hands where
 * it must not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ForeignAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Path home;
  private Bench bench;
  private DemoNode a;
  private DemoNode b;

  @BeforeAll
  void pair() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-foreign");
    bench = Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", ""));
    a = bench.cluster().a();
    b = bench.cluster().b();
    Files.writeString(a.directory().resolve("ours"), "of this cluster");
    bench.start();
  }

  @AfterAll
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Mounts.detachBelow(home);
      Cleanup.deleteTree(home);
    }
  }

  private String status(DemoNode node, Path configuration) {
    return bench.lockstep(node, configuration, "status").output();
  }

  private Path configuration(String name, String text) throws IOException {
    return Files.writeString(home.resolve(name + ".yaml"), text);
  }

  @Test
  @Order(1)
  void anotherConfigurationIsToldAndBothGoOn() throws Exception {
    bench.killAgent(b);
    String text = Files.readString(bench.configuration());
    Path other = configuration("other-hash", text + "resync: {maxRounds: 9}\n");
    bench.startUnder(b, other);
    bench.cluster().awaitProtected(PATIENCE);
    String told = "THE NODES HAVE DIFFERENT CONFIGURATIONS: `lockstep apply FILE`";
    assertThat(status(a, bench.configuration())).contains(told);
    assertThat(status(b, other)).contains(told);
    assertThat(bench.log(a))
        .contains("The nodes have different configurations: desk-a has ", ", desk-b has ");
    assertThat(bench.log(b)).contains("The nodes have different configurations: desk-b has ");
  }

  @Test
  @Order(2)
  void anAgentOfAnotherClusterIsRefusedOnBothSidesAndNothingIsCopied() throws Exception {
    Path foreign =
        stranger("foreign", text -> text.replaceFirst("name: \"?demo\\d+\"?", "name: elsewhere"));
    refused(foreign, "elsewhere");
  }

  @Test
  @Order(3)
  void anAgentWithAnotherKeyIsRefusedOnBothSidesAndNothingIsCopied() throws Exception {
    Path key = home.resolve("another.key");
    Shell.run(home.resolve("launcher/lockstep").toString(), "key", "generate", key.toString());
    String ours = bench.configuration().resolveSibling("cluster.key").toString();
    refused(stranger("wrong-key", text -> text.replace(ours, key.toString())), "keys");
  }

  /** The configuration of a node that has a state and a directory of its own, with one file. */
  private Path stranger(String name, UnaryOperator<String> change) throws IOException {
    Path directory = Files.createDirectories(home.resolve(name).resolve("desk"));
    Files.writeString(directory.resolve("theirs"), name);
    String text =
        change
            .apply(Files.readString(bench.configuration()))
            .replace(b.directory().toString(), directory.toString())
            .replace(
                b.home().getParent() + "/${node}/state", home.resolve(name + "-state").toString());
    Path file = configuration(name, text);
    Shell.Result init = bench.lockstep(b, file, "init");
    assertThat(init.exitCode()).as(init.output()).isZero();
    return file;
  }

  private void refused(Path foreign, String words) throws IOException {
    bench.killAgent(b);
    bench.startUnder(b, foreign);
    try {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(status(a, bench.configuration()))
                    .contains("THE PEER WAS REFUSED: ", words, "EXPOSED")
                    .contains("not connected, heartbeats on 0 of 2 networks");
                assertThat(status(b, foreign)).contains("THE PEER WAS REFUSED: ", words);
              });
      assertThat(bench.log(a)).contains("The peer was refused: ").contains(words);
      assertThat(bench.log(b)).contains("The peer was refused: ").contains(words);
      Files.writeString(a.directory().resolve("goes-on"), "alone");
      assertThat(names(a.directory())).contains("ours", "goes-on").doesNotContain("theirs");
      Path theirs = foreign.resolveSibling(foreign.getFileName().toString().replace(".yaml", ""));
      assertThat(names(theirs.resolve("desk"))).containsExactly("theirs");
      assertThat(names(bench.plain(b))).contains("ours").doesNotContain("theirs", "goes-on");
    } finally {
      Files.deleteIfExists(a.directory().resolve("goes-on"));
    }
  }

  private static List<String> names(Path directory) {
    return List.of(Objects.requireNonNull(directory.toFile().list())).stream()
        .filter(name -> !name.equals(".lockstep"))
        .sorted()
        .toList();
  }
}
