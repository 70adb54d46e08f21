package io.lockstep.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.agent.configuration.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RestServerTest {
  private final FakeNode node = new FakeNode();
  private final AtomicReference<String> metrics = new AtomicReference<>("");
  private final HttpClient http = HttpClient.newHttpClient();
  private RestServer rest;

  @BeforeEach
  void start() throws IOException {
    rest = RestServer.start(new Endpoint(InetAddress.getLoopbackAddress(), 0), node, metrics::get);
  }

  @AfterEach
  void stop() {
    rest.close();
    node.close();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rest.port() + path));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(to(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return http.send(
        to(path)
            .header("Content-Type", "application/json")
            .header("X-Lockstep", "1")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void statusIsTheRecordsAsJson() throws Exception {
    HttpResponse<String> answer = get("/api/v1/status");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains("\"cluster\":\"dispatch\"", "\"word\":\"PROTECTED\"", "\"lagBytes\":12288");
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'")
        .doesNotContain("unsafe");
  }

  @Test
  void commandsAnswerWithTheStatusThatSaysTheSame() throws Exception {
    assertThat(post("/api/v1/modules/desk/pause", "{}").statusCode()).isEqualTo(200);
    assertThat(post("/api/v1/modules/desk/start", "{\"force\":true}").body())
        .contains("start desk force=true");
    HttpResponse<String> refused = post("/api/v1/modules/desk/switchover", "{}");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("not up to date").contains("\"exitCode\":3");
    assertThat(post("/api/v1/modules/desk/remove", "{\"clean\":true}").statusCode()).isEqualTo(500);
    for (String limit : new String[] {"0", "1001", "-5"}) {
      assertThat(post("/api/v1/modules/desk/split-show", "{\"limit\":" + limit + "}").statusCode())
          .isEqualTo(400);
    }
    assertThat(post("/api/v1/modules/desk/split-keep", "{}").statusCode()).isEqualTo(400);
    assertThat(post("/api/v1/configuration", "{\"yaml\":\"abc\"}").body()).contains("apply 3");
    assertThat(node.commands())
        .containsExactly(
            "pause desk",
            "start desk force=true",
            "switchover desk",
            "remove desk force=false clean=true thisNode=false",
            "apply 3");
  }

  @Test
  void whatCannotBeUnderstoodIsRefusedWithAWord() throws Exception {
    assertThat(post("/api/v1/modules/none/pause", "{}").statusCode()).isEqualTo(404);
    assertThat(post("/api/v1/modules/desk/explode", "{}").body())
        .contains("there are drill, force");
    assertThat(post("/api/v1/modules/desk/pause", "{").statusCode()).isEqualTo(400);
    assertThat(post("/api/v1/modules/desk/pause", "[]").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/modules/desk/pause").statusCode()).isEqualTo(405);
    assertThat(get("/etc/passwd").body()).contains("there is nothing at");
    assertThat(post("/api/v1/configuration", "x".repeat(3 << 20)).statusCode()).isEqualTo(413);
    assertThat(node.commands()).isEmpty();
  }

  @Test
  void aForeignPageCannotUseTheConsole() throws Exception {
    HttpRequest.Builder plain =
        to("/api/v1/modules/desk/stop").POST(HttpRequest.BodyPublishers.ofString("{}"));
    HttpResponse.BodyHandler<String> text = HttpResponse.BodyHandlers.ofString();
    assertThat(http.send(plain.copy().build(), text).statusCode()).isEqualTo(415);
    HttpRequest.Builder typed = plain.copy().header("Content-Type", "application/json");
    assertThat(http.send(typed.copy().build(), text).statusCode()).isEqualTo(403);
    HttpRequest foreign =
        typed.header("X-Lockstep", "1").header("Origin", "http://evil.example").build();
    assertThat(http.send(foreign, text).statusCode()).isEqualTo(403);
    assertThat(rawStatus("evil.example:" + rest.port())).contains("421");
    assertThat(rawStatus("localhost:7443")).contains("200");
    assertThat(node.commands()).isEmpty();
  }

  private String rawStatus(String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rest.port())) {
      OutputStream out = socket.getOutputStream();
      String request =
          "GET /api/v1/status HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  @Test
  void eventsContinueAfterTheLastOneSeen() throws Exception {
    for (int i = 1; i <= 3; i++) {
      node.events().add(Event.Level.INFO, "desk", "event " + i);
    }
    HttpResponse<java.io.InputStream> stream =
        http.send(
            to("/api/v1/events").header("Last-Event-ID", "2").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(nextId(lines)).isEqualTo("id: 3");
      node.events().add(Event.Level.WARN, "desk", "event 4");
      assertThat(nextId(lines)).isEqualTo("id: 4");
      assertThat(lines.readLine()).contains("\"level\":\"WARN\"", "event 4");
    }
  }

  private static String nextId(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith("id:")) {
      line = lines.readLine();
    }
    return line;
  }

  @Test
  void healthIsGoodOnlyOnTheServingNode() throws Exception {
    assertThat(get("/health/desk").statusCode()).isEqualTo(503);
    assertThat(get("/health/none").statusCode()).isEqualTo(404);
    metrics.set("lockstep_test_total 1.0\n");
    assertThat(get("/metrics").body()).contains("lockstep_test_total 1.0");
  }

  @Test
  void aTakenPortIsNamed() {
    Endpoint taken = new Endpoint(InetAddress.getLoopbackAddress(), rest.port());
    assertThatThrownBy(() -> RestServer.start(taken, node, metrics::get))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            "console.listen 127.0.0.1:" + rest.port() + " is in use by another process");
  }
}
