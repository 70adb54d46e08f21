package io.lockstep.agent.checker;

import io.lockstep.failover.application.Probe;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Asks with GET. Safe for any thread. */
final class HttpProbe {
  private static final int MOST_BYTES = 1 << 20;

  private HttpClient client;

  /** A client has threads: there is none before it is needed. */
  private synchronized HttpClient client() {
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .build();
    }
    return client;
  }

  /** The timeout is that of the head of the answer; what then drips is cut by the supervision. */
  Optional<String> probe(Probe.Http wanted, Duration timeout)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(wanted.url()).timeout(timeout).GET().build();
    HttpResponse<InputStream> answer =
        client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() != wanted.status()) {
        return Optional.of("answered " + answer.statusCode() + " instead of " + wanted.status());
      }
      if (wanted.contains().isEmpty()) {
        return Optional.empty();
      }
      String text = new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      return text.contains(wanted.contains())
          ? Optional.empty()
          : Optional.of("the answer does not contain \"" + wanted.contains() + "\"");
    }
  }
}
