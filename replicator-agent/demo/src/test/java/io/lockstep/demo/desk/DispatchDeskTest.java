package io.lockstep.demo.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.demo.caller.CallLog;
import io.lockstep.demo.caller.Callers;
import io.lockstep.demo.judge.JudgeProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The desk with real callers over loopback and a real file, judged by the judge. */
class DispatchDeskTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @TempDir Path base;

  private static HttpResponse<String> post(int port, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/calls"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aCallIsAnsweredWithItsRowAndARepeatedOneWithTheSame() throws Exception {
    try (DispatchDesk desk = new DispatchDesk(Databases.sqlite(base), "n")) {
      int port = desk.listen(LOOPBACK, 0);
      HttpResponse<String> first = post(port, "{\"caller\":1,\"number\":1,\"text\":\"fire\"}");
      assertThat(first.statusCode()).isEqualTo(201);
      assertThat(first.body()).contains("\"id\":1").contains("\"node\":\"n\"");
      assertThat(post(port, "{\"caller\":1,\"number\":1,\"text\":\"fire\"}").body())
          .isEqualTo(first.body());
      assertThat(post(port, "{\"caller\":1}").statusCode()).isEqualTo(400);
      assertThat(post(port, "nonsense").statusCode()).isEqualTo(400);
    }
  }

  @Test
  void callersGoOnThroughARestartAndTheJudgeFindsEveryCallInOrder() throws Exception {
    Path directory = Files.createDirectories(base.resolve("module"));
    Path acknowledged = base.resolve("calls");
    Path records = Files.createFile(base.resolve("records"));
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (CallLog log = new CallLog(acknowledged);
        Callers callers =
            new Callers(Collections.nCopies(3, new InetSocketAddress(LOOPBACK, port)), 1000, log)) {
      DispatchDesk desk = new DispatchDesk(Databases.sqlite(directory), "n");
      desk.listen(LOOPBACK, port);
      callers.resume();
      await().atMost(Duration.ofSeconds(20)).until(() -> callers.acknowledged() > 100);
      desk.close();
      try (DispatchDesk again = new DispatchDesk(Databases.sqlite(directory), "n")) {
        again.listen(LOOPBACK, port);
        long before = callers.acknowledged();
        await().atMost(Duration.ofSeconds(20)).until(() -> callers.acknowledged() > before + 100);
        assertThat(callers.pause(5000)).isTrue();
        assertThat(callers.failedAttempts()).isPositive();
      }
      long count = callers.acknowledged();
      JsonNode good = survivor(directory, acknowledged, records, 0);
      assertThat(good.get("calls").asLong()).isEqualTo(count);
      assertThat(good.get("lost").asLong()).isZero();
    }
    spoilAndJudge(directory, acknowledged, records);
  }

  private void spoilAndJudge(Path directory, Path acknowledged, Path records) throws Exception {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("calls.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM calls WHERE caller = 2 AND number = 7");
      assertThat(survivor(directory, acknowledged, records, 1).get("outOfOrder").asLong())
          .isEqualTo(1);
      statement.execute("DELETE FROM calls WHERE caller = 2");
      assertThat(survivor(directory, acknowledged, records, 1).get("lost").asLong())
          .isGreaterThan(10);
    }
  }

  private static JsonNode survivor(Path directory, Path calls, Path records, int exitCode)
      throws IOException {
    JudgeProcess.Verdict verdict = JudgeProcess.survivor(directory, calls, records);
    assertThat(verdict.exitCode()).isEqualTo(exitCode);
    return new ObjectMapper().readTree(verdict.json().toString());
  }
}
