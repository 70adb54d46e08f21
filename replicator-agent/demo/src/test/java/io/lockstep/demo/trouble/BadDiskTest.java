package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.LoopDisk;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Disks that fill up under a real pair: trees and journals lie on small ext4 of their own. Every
 * test begins and ends with the pair protected and desk-a serving.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class BadDiskTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int MEBIBYTE = 1 << 20;

  /** Patient enough that only the disks decide. */
  private static final String TIMING =
      "timing: {heartbeat: 500ms, takeoverAfter: 9s, ackTimeout: 8s}\n";

  private Path home;
  private Bench bench;
  private DemoCluster cluster;
  private DemoNode a;
  private DemoNode b;

  @BeforeAll
  void pair() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-disks");
    bench =
        Bench.open(home, new Bench.Plan(64, 256, List.of(), "export LOCKSTEP_HEAP=128m", TIMING));
    cluster = bench.cluster();
    a = cluster.a();
    b = cluster.b();
    bench.start();
  }

  @AfterAll
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Cleanup.deleteTree(home);
    }
  }

  @BeforeEach
  void isProtected() {
    cluster.awaitProtected(PATIENCE);
    assertThat(cluster.serving()).contains(a);
  }

  /** A test that failed half-way must not fail the others. */
  @AfterEach
  void freeEverything() throws IOException {
    for (DemoNode node : cluster.nodes()) {
      LoopDisk.free(tree(node));
      LoopDisk.free(bench.state(node));
    }
  }

  private Path tree(DemoNode node) {
    return home.resolve(node.equals(a) ? "tree-a" : "tree-b");
  }

  private void write(String name, int bytes) throws IOException {
    Files.write(a.directory().resolve(name), new byte[bytes]);
  }

  private void assertTreesBecomeIdentical() {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(
            () -> assertThat(TreeComparison.differences(bench.plain(a), bench.plain(b))).isEmpty());
  }

  @Test
  void aFullDiskOfTheServingNodeIsTheApplicationsErrorAndNobodyElses() throws Exception {
    write("before", 1000);
    LoopDisk.fill(tree(a));
    assertThatThrownBy(() -> write("does not fit", 2 * MEBIBYTE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No space left on device");
    assertTreesBecomeIdentical();
    assertThat(cluster.isProtected()).as(cluster.describe()).isTrue();

    LoopDisk.free(tree(a));
    write("fits again", 2 * MEBIBYTE);
    assertTreesBecomeIdentical();
    assertThat(bench.plain(b).resolve("fits again")).hasSize(2L * MEBIBYTE);
    assertThat(cluster.isProtected()).as(cluster.describe()).isTrue();
  }

  @Test
  void aFullJournalDiskOfTheSecondaryExposesTheServingNodeAndNeverStopsIt() throws Exception {
    LoopDisk.fill(bench.state(b));
    long longestMs = writeUntilAlone();
    assertThat(longestMs).as("longest write, ms").isLessThan(boundMs());
    write("alone", MEBIBYTE);

    LoopDisk.free(bench.state(b));
    restart(b);
    cluster.awaitProtected(PATIENCE);
    assertTreesBecomeIdentical();
    assertThat(bench.plain(b).resolve("alone")).hasSize(MEBIBYTE);
  }

  @Test
  void aFullTreeDiskOfTheSecondaryExposesTheServingNodeAndNeverStopsIt() throws Exception {
    LoopDisk.fill(tree(b));
    long longestMs = writeUntilAlone();
    assertThat(longestMs).as("longest write, ms").isLessThan(boundMs());

    LoopDisk.free(tree(b));
    restart(b);
    cluster.awaitProtected(PATIENCE);
    assertTreesBecomeIdentical();
  }

  @Test
  void aTreeWhoseDiskIsNotMountedIsRefusedAndNeverServed() throws Exception {
    write("before", 1000);
    assertTreesBecomeIdentical();
    bench.killAgent(b);
    bench.awaitRole(a, "ALONE", PATIENCE);
    Shell.run("mount", "-t", "tmpfs", "none", tree(b).toString());
    try {
      Files.createDirectory(tree(b).resolve("desk"));
      b.perform(b.commands().start());
      cluster.await(
          "the refusal in the log of " + b.name(),
          PATIENCE,
          () -> bench.log(b).contains("is not the directory that holds this node's copy"));
      assertThat(bench.status(a).orElseThrow().role()).isEqualTo("ALONE");
    } finally {
      // not only of its answers: one that is still ending has the node's state
      long refused = b.agentPid();
      cluster.await("the end of the agent", PATIENCE, () -> !Bench.isAlive(refused));
      Shell.run("umount", tree(b).toString());
    }

    b.perform(b.commands().start());
    cluster.awaitProtected(PATIENCE);
    assertTreesBecomeIdentical();
    assertThat(a.directory().resolve("before")).hasSize(1000);
  }

  /** One acknowledgement timeout is promised; the rest is for a machine that is busy otherwise. */
  private long boundMs() {
    return cluster.timings().ackTimeoutMs() + 5000;
  }

  /** Writes small files until the node serves alone; returns how long the longest write took. */
  private long writeUntilAlone() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long longest = 0;
    for (int i = 0; !isAlone(); i++) {
      assertThat(System.nanoTime()).as(cluster.describe()).isLessThan(deadline);
      long since = System.nanoTime();
      write("small-" + i % 200, 20_000);
      longest = Math.max(longest, System.nanoTime() - since);
    }
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  private boolean isAlone() {
    return bench.status(a).filter(status -> status.role().equals("ALONE")).isPresent();
  }

  /** What the operations guide tells an operator to do when room was made. */
  private void restart(DemoNode node) throws IOException {
    bench.killAgent(node);
    node.perform(node.commands().start());
  }
}
