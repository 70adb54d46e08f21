package io.lockstep.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.demo.bench.TestLauncher;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.Shell;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code --hold --json} promises to whoever drives it from a program, with real agents: the
 * line, every command in it, the mounts in the caller's own mount namespace, and nothing left.
 */
@OneAtATime
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class HoldPairTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path base;
  private Path a;
  private Path b;
  private Process demo;
  private BufferedReader out;

  @BeforeEach
  void hold() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    a = Files.createDirectories(base.resolve("a")).toRealPath();
    b = Files.createDirectories(base.resolve("b")).toRealPath();
    Files.writeString(Files.createDirectories(a.resolve("deep/er")).resolve("initial"), "data");
    Path config = Files.writeString(base.resolve("config.yaml"), "timing: {takeoverAfter: 3500ms}");
    Path launcher = TestLauncher.write(base.resolve("bin"), List.of(), "export LOCKSTEP_HEAP=128m");
    List<String> words =
        JavaProgram.command(
            "128m",
            Demo.class.getName(),
            "--hold",
            "--dir-a",
            a.toString(),
            "--dir-b",
            b.toString(),
            "--json",
            "--config",
            config.toString());
    words.add(1, "-Dlockstep.launcher=" + launcher);
    demo = new ProcessBuilder(words).redirectError(base.resolve("progress").toFile()).start();
    out =
        new BufferedReader(
            new java.io.InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8));
  }

  @AfterEach
  void end() throws Exception {
    if (demo != null) {
      demo.destroy();
      if (!demo.waitFor(60, TimeUnit.SECONDS)) {
        demo.destroyForcibly();
      }
    }
  }

  @Test
  void aProgramDrivesThePairByTheLineAlone() throws Exception {
    String printed = out.readLine();
    assertThat(printed).as(Files.readString(base.resolve("progress"))).isNotNull();
    JsonNode line = new ObjectMapper().readTree(printed);
    assertThat(line.size()).isEqualTo(1);
    assertThat(base.resolve("progress")).content().contains("takeover after 3.5 s");
    JsonNode nodeA = line.path("nodes").path(0);
    JsonNode nodeB = line.path("nodes").path(1);
    assertThat(word(nodeA)).as("printed once PROTECTED").isEqualTo("PROTECTED");
    assertThat(nodeA.path("directory").asText()).isEqualTo(a.toString());
    assertThat(nodeB.path("directory").asText()).isEqualTo(b.toString());
    assertThat(Shell.run("ip", "netns", "pids", nodeA.path("namespace").asText()).lines())
        .contains(Long.toString(nodeA.path("pid").asLong()));

    mountsAreSeenHere();
    commandsDoWhatTheySay(nodeA, nodeB);

    // By its handle: the other way closes the stream that is still to be read.
    demo.toHandle().destroy();
    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(out.readLine()).as("nothing but the one line").isNull();
    assertThat(Mounts.below(base)).isEmpty();
    assertThat(Shell.run("ip", "netns", "list"))
        .doesNotContain(nodeA.path("namespace").asText())
        .doesNotContain(nodeB.path("namespace").asText());
    assertThat(TreeComparison.differences(a, b)).as("plain directories, equal").isEmpty();
    assertThat(b.resolve("after the kill")).hasContent("by b");
  }

  private void mountsAreSeenHere() throws IOException {
    assertThat(b.resolve("deep/er/initial"))
        .as("A's content is the initial data")
        .hasContent("data");
    Files.writeString(a.resolve("written here"), "by a");
    await().atMost(PATIENCE).until(() -> Files.exists(b.resolve("written here")));
    assertThatThrownBy(() -> Files.writeString(b.resolve("not here"), ""))
        .hasMessageContaining("Read-only file system");
  }

  private void commandsDoWhatTheySay(JsonNode nodeA, JsonNode nodeB) throws Exception {
    long pid = nodeB.path("pid").asLong();
    perform(nodeB, "freeze");
    assertThat(state(pid)).startsWith("T");
    perform(nodeB, "thaw");
    assertThat(state(pid)).doesNotStartWith("T");
    awaitWord(nodeA, "PROTECTED");

    perform(nodeB, "cut");
    awaitWord(nodeA, "EXPOSED");
    assertThat(word(nodeB)).as("the API answers through a cut").isNotEmpty();
    perform(nodeB, "kill");
    perform(nodeB, "heal");
    assertThat(Mounts.count(b)).as("a killed node's mounts").isZero();
    perform(nodeB, "start");
    awaitWord(nodeA, "PROTECTED");

    perform(nodeA, "kill");
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              Files.writeString(b.resolve("after the kill"), "by b");
              assertThat(word(nodeB)).isEqualTo("EXPOSED");
            });
    perform(nodeA, "start");
    awaitWord(nodeB, "PROTECTED");
    awaitWord(nodeA, "PROTECTED");
    await().atMost(PATIENCE).until(() -> Files.exists(a.resolve("after the kill")));
  }

  private static void perform(JsonNode node, String command) {
    Shell.run("sh", "-c", node.path(command).asText());
  }

  private static String state(long pid) {
    return Shell.run("ps", "-o", "stat=", "-p", Long.toString(pid)).strip();
  }

  private static void awaitWord(JsonNode node, String word) {
    await().atMost(PATIENCE).until(() -> word(node).equals(word));
  }

  /** The verdict's first word at the node's API; empty while it does not answer. */
  private static String word(JsonNode node) throws InterruptedException {
    try {
      String body =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(node.path("api").asText() + "/api/v1/status"))
                      .timeout(Duration.ofSeconds(3))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      return new ObjectMapper()
          .readTree(body)
          .path("modules")
          .path(0)
          .path("verdict")
          .path("word")
          .asText("");
    } catch (IOException e) {
      return "";
    }
  }
}
