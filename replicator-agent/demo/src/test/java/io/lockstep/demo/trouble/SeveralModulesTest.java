package io.lockstep.demo.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.Recorders;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two modules of a real pair, each with its recorder: on their own, and as a group. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class SeveralModulesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<String> NODES = List.of("desk-a", "desk-b");

  private final Map<String, Recorders> recorders = new LinkedHashMap<>();
  private Path home;
  private Bench bench;

  @BeforeEach
  void prepare() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-several");
    for (String module : List.of("desk", "web")) {
      recorders.put(module, Recorders.write(home.resolve(module)));
    }
    for (String node : NODES) {
      Files.createDirectories(directory("web", node));
    }
  }

  @AfterEach
  void end() throws IOException {
    if (bench != null) {
      bench.close();
    }
    Mounts.detachBelow(home);
    Cleanup.deleteTree(home);
  }

  private Path directory(String module, String node) {
    return module.equals("desk")
        ? home.resolve("tree-" + node.substring(5)).resolve("desk")
        : home.resolve("web-" + node);
  }

  /** Two modules; {@code more} is what else the configuration has. */
  private void open(String webPreferred, String more) throws IOException {
    for (String module : recorders.keySet()) {
      recorders.get(module).writeStart(directory(module, "desk-a"), directory(module, "desk-b"));
    }
    String yaml =
        """
        modules:
          desk:
            application: %2$s
          web:
            preferred: %1$s
            directories: [{path: {desk-a: %3$s, desk-b: %4$s}}]
            application: %5$s
        timing: {heartbeat: 500ms, takeoverAfter: 4s, ackTimeout: 2s}
        %6$s
        """
            .formatted(
                webPreferred,
                application("desk"),
                directory("web", "desk-a"),
                directory("web", "desk-b"),
                application("web"),
                more);
    bench = Bench.open(home, new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", yaml));
    bench.start();
    awaitAll("PROTECTED");
  }

  /** The first good check of each start leaves a file. */
  private String application(String module) {
    return """
        {start: {run: "rm -f %1$s/proven-$LOCKSTEP_NODE; %1$s/start", timeout: 20s}, \
        stop: {run: %1$s/stop, timeout: 5s, thenKill: true}, \
        check: {run: "%1$s/check && { test -e %1$s/proven-$LOCKSTEP_NODE || \
        touch %1$s/proven-$LOCKSTEP_NODE; }", every: 500ms, failures: 1}, \
        restarts: {max: 0, within: 10m, then: switchover}}"""
        .formatted(home.resolve(module));
  }

  private Shell.Result lockstep(DemoNode node, String... words) {
    return bench.lockstep(node, bench.configuration(), words);
  }

  private JsonNode status(DemoNode node) {
    return bench.status(node).map(s -> s.json()).orElse(MissingNode.getInstance());
  }

  private JsonNode module(DemoNode node, String name) {
    for (JsonNode module : status(node).path("modules")) {
      if (module.path("module").asText().equals(name)) {
        return module;
      }
    }
    return MissingNode.getInstance();
  }

  private boolean serves(DemoNode node, String module) {
    String role = module(node, module).path("nodes").path(0).path("role").asText();
    String application = module(node, module).path("application").path("state").asText();
    return List.of("PRIMARY", "ALONE").contains(role) && application.equals("RUNNING");
  }

  private void awaitServed(DemoNode desk, DemoNode web) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(serves(desk, "desk") && serves(web, "web"))
                    .as(() -> desk.name() + " and " + web.name() + ": " + status(desk))
                    .isTrue());
  }

  private void awaitAll(String word) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              for (DemoNode node : bench.cluster().nodes()) {
                for (String module : recorders.keySet()) {
                  assertThat(module(node, module).path("verdict").path("word").asText())
                      .as("%s on %s", module, node.name())
                      .isEqualTo(word);
                }
              }
            });
  }

  private void awaitProgress() {
    recorders.values().forEach(recorder -> recorder.awaitProgress(bench, PATIENCE));
  }

  /** Nothing acknowledged is missing where each module is served now. */
  private void judge(DemoNode desk, DemoNode web) throws IOException {
    for (Recorders recorder : recorders.values()) {
      recorder.rest();
    }
    assertThat(recorders.get("desk").judge(directory("desk", desk.name()))).isEmpty();
    assertThat(recorders.get("web").judge(directory("web", web.name()))).isEmpty();
  }

  @Test
  void eachModuleHasItsOwnPrimary() throws Exception {
    open("desk-b", "");
    DemoNode a = bench.cluster().a();
    DemoNode b = bench.cluster().b();
    assertThat(lockstep(a, "switchback", "web").exitCode()).isZero();
    awaitServed(a, b);
    awaitAll("PROTECTED");
    awaitProgress();

    bench.killAgent(a);
    awaitServed(b, b);
    awaitProgress();

    a.perform(a.commands().start());
    awaitAll("PROTECTED");
    awaitServed(b, b);
    Shell.Result back = lockstep(b, "switchback", "desk");
    assertThat(back.exitCode()).as(back.output()).isZero();
    awaitServed(a, b);
    awaitAll("PROTECTED");
    awaitProgress();
    awaitServed(a, b);
    judge(a, b);
  }

  @Test
  void aGroupMovesTogether() throws Exception {
    open("desk-a", "groups: {site: [desk, web]}");
    DemoNode a = bench.cluster().a();
    DemoNode b = bench.cluster().b();
    awaitServed(a, a);

    Shell.Result over = lockstep(b, "switchover", "site");
    assertThat(over.exitCode()).as(over.output()).isZero();
    awaitServed(b, b);
    awaitAll("PROTECTED");
    assertThat(lockstep(a, "status").output()).contains("group site: TOGETHER on desk-b");
    assertThat(started("web", b)).as("web starts when desk is well").isAfter(proven("desk", b));
    awaitProgress();

    recorders.get("web").kill(b);
    awaitServed(a, a);
    awaitAll("PROTECTED");
    awaitProgress();

    bench.killAgent(a);
    awaitServed(b, b);
    assertThat(started("web", b)).as("also at a takeover").isAfter(proven("desk", b));
    awaitProgress();
    Shell.Result refused = lockstep(b, "switchover", "web");
    assertThat(refused.exitCode()).as(refused.output()).isEqualTo(3);
    assertThat(refused.output()).contains("Group site cannot move now: desk cannot move: ");

    a.perform(a.commands().start());
    awaitAll("PROTECTED");
    judge(b, b);
  }

  private Instant started(String module, DemoNode node) throws IOException {
    String letter = node.name().substring(node.name().length() - 1);
    return Files.getLastModifiedTime(home.resolve(module).resolve("running-" + letter)).toInstant();
  }

  private Instant proven(String module, DemoNode node) throws IOException {
    return Files.getLastModifiedTime(home.resolve(module).resolve("proven-" + node.name()))
        .toInstant();
  }
}
