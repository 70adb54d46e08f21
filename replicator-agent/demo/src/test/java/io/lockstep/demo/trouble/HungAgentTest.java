package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Agents that are dead, or live and do nothing, on a real pair with the times that are the default:
 * a peer alone would find out after 30 s. Every test begins and ends with the pair protected.
 */
@OneAtATime
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class HungAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The promise is 2 s; twice that on a machine that is busy with other things. */
  private static final long BOUND_MS = Long.getLong("hung.bound", 4_000);

  /** The bench has shorter ones. */
  private static final String TIMING =
      "timing: {heartbeat: 1s, takeoverAfter: 30s, ackTimeout: 6s}\n";

  private Path home;
  private Bench bench;
  private DemoCluster cluster;

  @BeforeAll
  void pair() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-hung");
    bench = Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", TIMING));
    cluster = bench.cluster();
    bench.start();
  }

  @AfterAll
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Cleanup.deleteTree(home);
    }
  }

  private DemoNode serving() {
    cluster.awaitProtected(PATIENCE);
    return cluster.serving().orElseThrow();
  }

  private static void signal(String name, long process) {
    Shell.run("kill", "-" + name, Long.toString(process));
  }

  private static boolean holdsAddress(DemoNode node) {
    return Shell.run("ip", "-n", node.network().namespace(), "-o", "addr", "show", "dev", "eth0")
        .contains(".50/24");
  }

  private static void write(DemoNode node, String name) {
    try {
      Files.writeString(node.directory().resolve(name), "x");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static long msSince(long ns) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - ns);
  }

  /** Does that to the agent that serves; returns how long it took the peer to serve, in ms. */
  private long takenOverAfter(String signal) throws Exception {
    DemoNode lost = serving();
    DemoNode peer = cluster.peerOf(lost);
    write(lost, "before-" + signal);
    signal(signal, lost.agentPid());
    long sinceNs = System.nanoTime();
    bench.awaitRole(peer, "ALONE", PATIENCE);
    write(peer, "after-" + signal);
    long tookMs = msSince(sinceNs);
    System.out.printf("taken over %d ms after %s%n", tookMs, signal);
    assertThat(holdsAddress(lost)).isFalse();
    assertThat(holdsAddress(peer)).isTrue();
    assertThat(peer.directory().resolve("before-" + signal)).exists();
    lost.perform(lost.commands().start());
    cluster.awaitProtected(PATIENCE);
    return tookMs;
  }

  @Test
  void theServiceOfAStoppedAgentIsTakenOverLikeThatOfADeadOne() throws Exception {
    assertThat(takenOverAfter("STOP")).as("ms until the peer serves").isBetween(700L, BOUND_MS);
  }

  @Test
  void theServiceOfADeadAgentIsTakenOverAtOnce() throws Exception {
    assertThat(takenOverAfter("KILL")).as("ms until the peer serves").isLessThan(BOUND_MS);
  }

  /** Only the kernel is left to act, and it does before anybody could claim the address. */
  @Test
  void theAddressOfAFrozenMachineEndsByItselfAndAfterThePauseItIsBack() throws Exception {
    DemoNode frozen = serving();
    assertThat(holdsAddress(frozen)).isTrue();
    frozen.perform(frozen.commands().freeze());
    long frozenNs = System.nanoTime();
    cluster.await("the end of the address", PATIENCE, () -> !holdsAddress(frozen));
    long tookMs = msSince(frozenNs);
    System.out.printf("the address of a frozen node was gone after %d ms%n", tookMs);
    assertThat(tookMs).isBetween(8_000L, 14_000L);
    frozen.perform(frozen.commands().thaw());
    cluster.awaitProtected(PATIENCE);
    assertThat(cluster.serving()).as("nobody took over in 30 s").contains(frozen);
    cluster.await("the address again", PATIENCE, () -> holdsAddress(frozen));
  }
}
