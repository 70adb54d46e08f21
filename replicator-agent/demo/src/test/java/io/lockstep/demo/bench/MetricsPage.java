package io.lockstep.demo.bench;

import io.lockstep.demo.cluster.ConfigurationFile;
import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an agent tells whoever measures, at one moment.
 *
 * @param text the whole page
 */
public record MetricsPage(String text) {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /**
   * Asks an agent.
   *
   * @throws IOException if it does not answer within 20 s
   */
  public static MetricsPage of(DemoNode node) throws IOException {
    URI uri =
        URI.create(
            "http://%s:%d/metrics"
                .formatted(node.network().managementIp(), ConfigurationFile.CONSOLE_PORT));
    try {
      return new MetricsPage(
          CLIENT
              .send(
                  HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The first value of a meter, whatever its labels. @throws IOException if it has none */
  public double value(String meter) throws IOException {
    Matcher matcher =
        Pattern.compile("(?m)^" + Pattern.quote(meter) + "(\\{.*})? (\\S+)$").matcher(text);
    if (!matcher.find()) {
      throw new IOException("no meter is called " + meter);
    }
    return Double.parseDouble(matcher.group(2));
  }
}
