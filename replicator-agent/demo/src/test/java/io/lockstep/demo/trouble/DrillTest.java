package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A takeover is rehearsed on a real pair while the service goes on. The application appends numbers
 * and notes outside both nodes what was acknowledged; in a drill it destroys what it can reach.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class DrillTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String APPLICATION =
      """
      modules:
        desk:
          drill: {timeout: 40s}
          application:
            start: {run: %HOME%/start, timeout: 60s}
            stop: {run: %HOME%/stop, timeout: 10s, thenKill: true}
            check: {run: %HOME%/check, every: 500ms, failures: 2}
            restarts: {max: 3, within: 10m, then: switchover}
      timing: {heartbeat: 500ms, takeoverAfter: 4s, ackTimeout: 2s}
      """;

  private static final String START =
      """
      cd "$LOCKSTEP_DIRECTORY" || exit 1
      if [ -n "$LOCKSTEP_DRILL" ]; then
        echo "a drill with $(wc -l <calls) calls, $(ip -o address | grep -c " $LOCKSTEP_ADDRESS/") address"
        [ -e %HOME%/slow ] && sleep 50
        rm -rf seed; echo drilled >mark; echo drilled >calls; echo drilled >%HOME%/mark; chmod 700 .
        sleep 1.5
      fi
      %HOME%/caller "$LOCKSTEP_NODE-$(date +%s%N)" </dev/null >/dev/null 2>&1 &
      echo $! >%HOME%/pid-$LOCKSTEP_NODE
      """;

  private static final String CALLER =
      """
      number=0
      while :; do
        if [ -e %HOME%/pause ]; then sleep 0.05; continue; fi
        number=$((number + 1))
        echo "$1 $number" >>"$LOCKSTEP_DIRECTORY/calls" && echo "$1 $number" >>%HOME%/noted
        sleep 0.01
      done
      """;

  private static final String CHECK =
      """
      if [ -n "$LOCKSTEP_DRILL" ] && [ -e %HOME%/unwell ]; then echo "no licence here"; exit 1; fi
      kill -0 $(cat %HOME%/pid-$LOCKSTEP_NODE)
      """;

  private Path home;
  private Bench bench;
  private DemoNode serving;
  private DemoNode other;

  @BeforeEach
  void pair() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-drill");
    script("start", START);
    script("caller", CALLER);
    script("stop", "kill $(cat %HOME%/pid-$LOCKSTEP_NODE)");
    script("check", CHECK);
    bench =
        Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", APPLICATION));
    Path seed = Files.createDirectories(bench.cluster().a().directory().resolve("seed"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(seed.resolve("file-" + i), "seed " + i);
    }
    bench.start();
    bench.cluster().awaitProtected(PATIENCE);
    serving = bench.cluster().serving().orElseThrow();
    other = bench.cluster().peerOf(serving);
    await().atMost(PATIENCE).until(() -> noted() > 20);
  }

  @AfterEach
  void end() throws IOException {
    if (bench != null) {
      bench.close();
      Cleanup.deleteTree(home);
    }
  }

  private void script(String name, String text) throws IOException {
    Path file = home.resolve(name);
    Files.writeString(file, "#!/bin/bash\n" + text.replace("%HOME%", home.toString()));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void flag(String name, boolean on) throws IOException {
    if (on) {
      Files.createFile(home.resolve(name));
    } else {
      Files.delete(home.resolve(name));
    }
  }

  private long noted() throws IOException {
    Path noted = home.resolve("noted");
    if (!Files.exists(noted)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(noted)) {
      return lines.count();
    }
  }

  private Shell.Result lockstep(DemoNode node, String... words) {
    return bench.lockstep(node, bench.configuration(), words);
  }

  private JsonNode drill(DemoNode node) {
    return bench
        .status(node)
        .map(status -> status.json().path("modules").path(0))
        .map(module -> module.path("drill"))
        .orElse(MissingNode.getInstance());
  }

  private String phase() {
    return drill(other).path("phase").asText("");
  }

  /** Begins a drill that takes long, and waits until the application starts in it. */
  private CompletableFuture<Shell.Result> longDrill() throws IOException {
    flag("slow", true);
    CompletableFuture<Shell.Result> ordered =
        CompletableFuture.supplyAsync(() -> lockstep(other, "drill"));
    await().atMost(PATIENCE).until(() -> phase().equals("STARTING"));
    return ordered;
  }

  @Test
  void itIsMeasuredTellsWhatIsWrongAndNobodyNotices() throws Exception {
    good();
    failed();
    assertNothingChanged();
  }

  private void good() throws IOException {
    long before = noted();
    Shell.Result drilled = lockstep(serving, "drill");
    assertThat(drilled.exitCode()).as(drilled.output() + bench.log(other)).isZero();
    assertThat(drilled.output()).contains("Drill on " + other.name(), "was up after");
    assertThat(noted() - before).as("calls answered meanwhile").isGreaterThan(30);
    for (DemoNode node : bench.cluster().nodes()) {
      assertThat(drill(node).path("outcome").asText()).isEqualTo("GOOD");
      assertThat(drill(node).path("recoveryMs").asLong()).isBetween(1_500L, 20_000L);
      assertThat(lockstep(node, "status").output()).contains("was up after");
    }
    Path log = other.home().resolve("logs/desk-drill.log");
    assertThat(Files.readString(log)).containsPattern("a drill with [1-9][0-9]+ calls, 1 address");
  }

  private void failed() throws IOException {
    flag("unwell", true);
    Shell.Result drilled = lockstep(other, "drill");
    assertThat(drilled.exitCode()).as(drilled.output()).isOne();
    assertThat(drilled.output()).contains("FAILED", "no licence here");
    flag("unwell", false);
    assertThat(drill(serving).path("outcome").asText()).isEqualTo("FAILED");
    String metrics = "http://" + other.network().managementIp() + ":7443/metrics";
    assertThat(Shell.run("curl", "-s", metrics))
        .contains("lockstep_drill_success{module=\"desk\"} 0.0");
  }

  private void assertNothingChanged() throws IOException {
    assertThat(bench.cluster().isProtected()).isTrue();
    assertThat(bench.cluster().serving()).contains(serving);
    flag("pause", true);
    assertThat(bench.differences(Duration.ofSeconds(20))).isEmpty();
    flag("pause", false);
    assertThat(home.resolve("mark")).doesNotExist();
    for (DemoNode node : bench.cluster().nodes()) {
      Path tree = bench.plain(node);
      assertThat(tree.resolve("mark")).doesNotExist();
      assertThat(tree.resolve("seed").toFile().list()).hasSize(20);
      assertThat(Files.getPosixFilePermissions(tree))
          .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    assertEverythingAcknowledged(bench.plain(other));
    assertThat(leftovers()).isEmpty();
  }

  private void assertEverythingAcknowledged(Path tree) throws IOException {
    List<String> noted = Files.readAllLines(home.resolve("noted"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(Files.readAllLines(tree.resolve("calls")).containsAll(noted)).isTrue());
  }

  /** What a drill of the other node has on this machine. */
  private List<String> leftovers() {
    String line =
        "ls -d \"$0\"/state/desk/drill 2>/dev/null; grep -c '^lockstep-drill ' /proc/self/mounts | grep -v '^0$';"
            + " find $(awk '$3 == \"cgroup2\" {print $2; exit}' /proc/mounts)/lockstep -name '*."
            + other.name()
            + ".desk.drill'; pgrep -fa 'place.sh "
            + other.home()
            + "'";
    return Bench.shell(line, other.home()).output().lines().toList();
  }

  @Test
  void anAgentThatDiesInADrillLeavesNothing() throws Exception {
    CompletableFuture<Shell.Result> ordered = longDrill();
    assertThat(leftovers()).as("it is looked for in the right places").hasSizeGreaterThan(2);
    bench.killAgent(other);
    assertThat(ordered.get(60, TimeUnit.SECONDS).exitCode()).isNotZero();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(leftovers()).noneMatch(line -> line.contains("place.sh")));
    flag("slow", false);
    bench.startUnder(other, bench.configuration());
    bench.cluster().awaitProtected(PATIENCE);
    assertThat(leftovers()).isEmpty();
    assertNothingChanged();
  }

  @Test
  void aTakeoverDoesNotWaitForADrill() throws Exception {
    CompletableFuture<Shell.Result> ordered = longDrill();
    long lag = bench.status(other).orElseThrow().lagBytes();
    assertThat(lag).as("the tree is held").isPositive();
    flag("slow", false);
    long killedNs = System.nanoTime();
    bench.killAgent(serving);
    bench.awaitRole(other, "ALONE", PATIENCE);
    assertThat(Duration.ofNanos(System.nanoTime() - killedNs)).isLessThan(Duration.ofSeconds(10));
    Shell.Result drilled = ordered.get(60, TimeUnit.SECONDS);
    assertThat(drilled.exitCode()).isOne();
    assertThat(drilled.output()).contains("aborted");
    assertThat(leftovers()).isEmpty();
    assertEverythingAcknowledged(other.directory());
    assertThat(other.directory().resolve("mark")).doesNotExist();
    assertThat(other.directory().resolve("seed").toFile().list()).hasSize(20);
  }
}
