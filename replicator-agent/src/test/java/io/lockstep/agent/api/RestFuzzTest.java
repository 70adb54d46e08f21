package io.lockstep.agent.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.replicator.testkit.Fuzz;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Requests that no console and no command sends. Each is answered with what is wrong with it, or
 * its connection is closed; none is an error inside the agent, and the server goes on.
 */
class RestFuzzTest {
  private static final int PATIENCE_MS = 5_000;

  private static FakeNode node;
  private static RestServer rest;

  @BeforeContainer
  static void start() throws IOException {
    node = new FakeNode();
    rest = RestServer.start(new Endpoint(InetAddress.getLoopbackAddress(), 0), node, () -> "x 1\n");
  }

  @AfterContainer
  static void stop() {
    rest.close();
    node.close();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String head(String method, String path) {
    return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  }

  private static byte[] post(String path, String body) {
    return ascii(
        head("POST", path)
            + "Content-Type: application/json\r\nX-Lockstep: 1\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  private static List<byte[]> valid() {
    List<byte[]> all = new ArrayList<>();
    for (String path :
        List.of("/", "/api/v1/status", "/metrics", "/health/desk", "/console.js", "/nowhere")) {
      all.add(ascii(head("GET", path) + "\r\n"));
    }
    for (String command : List.of("start", "stop", "split-keep", "log", "pause")) {
      String body = "{\"force\":true,\"node\":\"desk-a\",\"lines\":20}";
      all.add(post("/api/v1/modules/desk/" + command, body));
    }
    all.add(post("/api/v1/configuration", "{\"yaml\":\"cluster: {}\",\"dryRun\":true}"));
    return all;
  }

  @Property(tries = 15, seed = "20261126")
  void anyRequestIsAnsweredOrClosed(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 10; i++) {
      byte[] request = Fuzz.mangled(valid(), random);
      assertSound(request, exchange(request, true));
    }
    assertThat(exchange(valid().get(1), false)).startsWith("HTTP/1.1 200").contains("dispatch");
  }

  @Property(tries = 40, seed = "20261126")
  void anyPathAndBodyIsAnswered(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    String[] parts = {
      "/",
      "..",
      "%2e%2e",
      "%00",
      "%",
      "%zz",
      "\u00ff",
      "?after=%zz",
      "?after=9",
      "api",
      "v1",
      "modules",
      "desk",
      "log",
      "health",
      "events",
      "metrics",
      "etc/passwd",
      "//",
      ";x=1",
      "\\"
    };
    String[] bodies = {
      "",
      "{",
      "{}",
      "[]",
      "null",
      "\"x\"",
      "1e999",
      "{\"lines\":-5}",
      "{\"lines\":99999999999}",
      "{\"lines\":\"x\"}",
      "{\"force\":{}}",
      "{\"node\":[]}",
      "[".repeat(50_000),
      "{\"yaml\":7}",
      "{\"yaml\":" + "\"" + "x".repeat(500_000) + "\"}",
      "\u0000\u00ff"
    };
    for (int i = 0; i < 10; i++) {
      StringBuilder path = new StringBuilder(random.nextInt(3) == 0 ? "" : "/api/v1/modules/desk/");
      for (int left = 1 + random.nextInt(4); left > 0; left--) {
        path.append(parts[random.nextInt(parts.length)]);
      }
      String target = path.indexOf("/") == 0 ? path.toString() : "/" + path;
      boolean reads = random.nextInt(3) == 0;
      byte[] request =
          reads && !target.contains("events")
              ? ascii(head("GET", target) + "\r\n")
              : post(target, bodies[random.nextInt(bodies.length)]);
      assertSound(request, exchange(request, false));
    }
  }

  private static void assertSound(byte[] request, String answer) {
    String shown = new String(request, StandardCharsets.ISO_8859_1);
    assertThat(answer).as(shown).doesNotContain("an error inside the agent");
    if (!answer.isEmpty()) {
      // a protocol's name that is none comes back as it was sent
      assertThat(answer).as(shown).containsPattern("^\\S+/\\d\\.\\d \\d{3} ");
      assertThat(answer).as(shown).doesNotContain("root:x:", "Exception", "\tat ");
    }
  }

  /** What is answered until the connection ends; nothing where it only waits for more. */
  private static String exchange(byte[] request, boolean mayWait) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rest.port())) {
      socket.setSoTimeout(mayWait ? 300 : PATIENCE_MS);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        socket.getOutputStream().write(request);
        InputStream in = socket.getInputStream();
        byte[] part = new byte[8192];
        for (int read = in.read(part); read >= 0; read = in.read(part)) {
          answer.write(part, 0, read);
        }
      } catch (java.net.SocketTimeoutException e) {
        assertThat(mayWait).as("an answer to " + shown(request)).isTrue();
      } catch (java.net.SocketException e) {
        assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset).*");
      }
      return answer.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private static String shown(byte[] request) {
    return new String(request, 0, Math.min(300, request.length), StandardCharsets.ISO_8859_1);
  }
}
