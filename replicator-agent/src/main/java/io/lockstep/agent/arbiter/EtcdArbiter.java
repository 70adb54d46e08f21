package io.lockstep.agent.arbiter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * The record in etcd, through its JSON gateway: one key a module, without a lease, read
 * linearizably and changed in a transaction that compares the key's revision.
 *
 * <p>Endpoints are tried in turn, the last good one first. A change may so be sent twice: the
 * revision that it compares lets it happen once at most, and the answer to the second tells what
 * became of it.
 */
public final class EtcdArbiter implements Arbiter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LEAST = Duration.ofMillis(200);

  /** Far more than etcd answers about one key. */
  private static final int MOST_BYTES = 256 << 10;

  private static final int MOST_SHOWN = 300;

  private final List<URI> endpoints;
  private final String key;
  private final Duration each;
  private final HttpClient client;
  private int first;

  /**
   * Of one module.
   *
   * @param endpoints {@code http://} or {@code https://} with host and port
   * @param timeout of a call over all endpoints together
   * @param tls for {@code https}; null for the JVM's own trust
   */
  public EtcdArbiter(List<URI> endpoints, String key, Duration timeout, SSLContext tls) {
    this.endpoints = List.copyOf(endpoints);
    this.key = key;
    Duration share = timeout.dividedBy(endpoints.size());
    this.each = share.compareTo(LEAST) < 0 ? LEAST : share;
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(each);
    this.client = tls == null ? builder.build() : builder.sslContext(tls).build();
  }

  @Override
  public Reading read() {
    try {
      JsonNode answer = post("/v3/kv/range", range());
      revision(answer.path("header").path("revision"));
      return new Reading.Current(record(answer));
    } catch (IOException | IllegalArgumentException e) {
      return new Reading.Unknown(reason(e));
    }
  }

  @Override
  public Outcome compareAndSwap(InSyncRecord expected, InSyncRecord wanted) {
    ObjectNode txn = JSON.createObjectNode();
    txn.putArray("compare")
        .addObject()
        .put("key", encoded(key))
        .put("target", "MOD")
        .put("result", "EQUAL")
        .put("mod_revision", Long.toString(expected.version()));
    txn.putArray("success")
        .addObject()
        .putObject("request_put")
        .put("key", encoded(key))
        .put("value", encoded(RecordText.write(wanted)));
    txn.putArray("failure").addObject().set("request_range", range());
    try {
      JsonNode answer = post("/v3/kv/txn", txn);
      if (answer.path("succeeded").asBoolean()) {
        return new Outcome.Changed(wanted.at(revision(answer.path("header").path("revision"))));
      }
      revision(answer.path("header").path("revision"));
      JsonNode found = answer.path("responses").path(0).path("response_range");
      return found.isMissingNode()
          ? new Outcome.Unknown("etcd answered without the record: " + shown(answer.toString()))
          : new Outcome.Conflict(record(found));
    } catch (IOException | IllegalArgumentException e) {
      return new Outcome.Unknown(reason(e));
    }
  }

  private ObjectNode range() {
    return JSON.createObjectNode().put("key", encoded(key));
  }

  private static InSyncRecord record(JsonNode range) {
    JsonNode found = range.path("kvs").path(0);
    return found.isMissingNode()
        ? InSyncRecord.NONE
        : RecordText.read(
            new String(
                Base64.getDecoder().decode(found.path("value").asText()), StandardCharsets.UTF_8),
            revision(found.path("mod_revision")));
  }

  private static long revision(JsonNode node) {
    long revision = node.asLong();
    if (revision <= 0) {
      throw new IllegalArgumentException("etcd answered without a revision");
    }
    return revision;
  }

  private JsonNode post(String path, ObjectNode body) throws IOException {
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      int at = (first + i) % endpoints.size();
      URI endpoint = endpoints.get(at);
      try {
        JsonNode answer = post(endpoint.resolve(path), body);
        first = at;
        return answer;
      } catch (IOException e) {
        failures.add(endpoint + ": " + reason(e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    throw new IOException("no etcd endpoint answers (" + String.join("; ", failures) + ")");
  }

  /** The time limit is for the whole answer: the request's own ends with the answer's head. */
  private JsonNode post(URI uri, ObjectNode body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(each)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(request, head -> new BoundedBody(MOST_BYTES));
    try {
      HttpResponse<byte[]> response = sent.get(each.toMillis(), TimeUnit.MILLISECONDS);
      String text = new String(response.body(), StandardCharsets.UTF_8);
      if (response.statusCode() != 200) {
        throw new IOException("status " + response.statusCode() + ": " + shown(text));
      }
      return JSON.readTree(text);
    } catch (ExecutionException e) {
      throw new IOException(reason(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + each.toMillis() + " ms", e);
    } finally {
      sent.cancel(true);
    }
  }

  /** Of a text that may be anything and of any length. */
  private static String shown(String text) {
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + " ...";
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String reason(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public String describe() {
    return "etcd at " + endpoints + ", key " + key;
  }

  @Override
  public void close() {}
}
