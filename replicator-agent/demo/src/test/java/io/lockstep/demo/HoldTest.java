package io.lockstep.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole orchestrator with real networks and a fake agent: needs root. */
@OneAtATime
class HoldTest {
  @TempDir Path base;
  private Path a;
  private Path b;
  private final List<Process> demos = new ArrayList<>();

  @BeforeEach
  void directories() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    a = Files.createDirectories(base.resolve("dir a"));
    b = Files.createDirectories(base.resolve("dir-b"));
    Files.writeString(a.resolve("kept"), "kept");
  }

  @AfterEach
  void end() throws Exception {
    for (Process demo : demos) {
      demo.destroy();
      if (!demo.waitFor(20, TimeUnit.SECONDS)) {
        demo.destroyForcibly();
      }
    }
  }

  private Process demo() throws IOException {
    Path launcher = FakeAgent.launcher(Files.createTempDirectory(base, "bin"));
    List<String> words =
        JavaProgram.command(
            "128m",
            Demo.class.getName(),
            "--hold",
            "--json",
            "--dir-a",
            a.toString(),
            "--dir-b",
            b.toString());
    words.add(1, "-Dlockstep.launcher=" + launcher);
    Process demo = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    demos.add(demo);
    return demo;
  }

  private static JsonNode line(Process demo) throws IOException {
    BufferedReader lines =
        new BufferedReader(
            new java.io.InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8));
    return new ObjectMapper().readTree(lines.readLine()).path("nodes");
  }

  private static int status(JsonNode node) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(node.path("api").asText() + "/api/v1/status"))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** A killed process is gone when its parent, the machine's first process, has taken note. */
  private static void awaitEnd(JsonNode node) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> ProcessHandle.of(node.path("pid").asLong()).isEmpty());
  }

  private void assertNothingLeft(JsonNode nodes) throws IOException {
    assertThat(Mounts.below(base)).isEmpty();
    assertThat(a.resolve("kept")).hasContent("kept");
    for (JsonNode node : nodes) {
      assertThat(Shell.run("ip", "netns", "list"))
          .doesNotContain(node.path("namespace").asText() + " ")
          .doesNotContain(node.path("namespace").asText() + "\n");
      awaitEnd(node);
    }
  }

  @Test
  void theLineNamesBothNodesAndSigtermRemovesEverything() throws Exception {
    Process demo = demo();
    JsonNode nodes = line(demo);
    assertThat(nodes).hasSize(2);
    assertThat(nodes.get(0).path("directory").asText()).isEqualTo(a.toRealPath().toString());
    List<String> fields = new ArrayList<>();
    nodes.get(1).fieldNames().forEachRemaining(fields::add);
    assertThat(fields)
        .containsExactly(
            "name",
            "directory",
            "namespace",
            "pid",
            "api",
            "kill",
            "freeze",
            "thaw",
            "cut",
            "heal",
            "start");
    assertThat(status(nodes.get(0))).isEqualTo(200);
    assertThat(Mounts.count(a.toRealPath())).as("seen in our own mounts").isEqualTo(1);

    Shell.run("sh", "-c", nodes.get(1).path("kill").asText());
    assertThat(Mounts.count(b.toRealPath())).isZero();
    awaitEnd(nodes.get(1));
    Shell.run("sh", "-c", nodes.get(0).path("cut").asText());
    assertThat(status(nodes.get(0))).as("management is never cut").isEqualTo(200);
    Shell.run("sh", "-c", nodes.get(0).path("freeze").asText());

    demo.destroy();
    assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertNothingLeft(nodes);
  }

  @Test
  void aKilledRunIsRemovedAtTheNextStartAndALiveOneIsNot() throws Exception {
    Process killed = demo();
    JsonNode dead = line(killed);
    killed.destroyForcibly().waitFor();
    assertThat(Mounts.count(a.toRealPath())).isEqualTo(1);
    assertThat(ProcessHandle.of(dead.path(0).path("pid").asLong())).isPresent();

    Process next = demo();
    JsonNode alive = line(next);
    awaitEnd(dead.path(0));
    Process third = new ProcessBuilder(otherDirectories()).redirectErrorStream(true).start();
    demos.add(third);
    assertThat(third.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(status(alive.get(0))).as("the live run goes on").isEqualTo(200);
    next.destroy();
    assertThat(next.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertNothingLeft(alive);
  }

  /** A demo that cannot work: it cleans up leftovers, tries, and ends. */
  private List<String> otherDirectories() {
    List<String> words =
        JavaProgram.command(
            "128m",
            Demo.class.getName(),
            "--hold",
            "--dir-a",
            base + "/absent",
            "--dir-b",
            base + "/absent2");
    words.add(1, "-Dlockstep.launcher=/bin/false");
    return words;
  }
}
