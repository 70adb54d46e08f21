package io.lockstep.demo.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * What the demo asks of an agent, over its REST interface. The only place that knows its addresses
 * and field names. Blocking; safe for any thread.
 */
public final class AgentApi {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration LONG_PATIENCE = Duration.ofSeconds(90);

  private final URI base;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  /** Speaks to the agent whose console is at {@code address}. */
  public AgentApi(String address, int port) {
    base = URI.create("http://%s:%d/".formatted(address, port));
  }

  /** The agent's own view of the module; empty if the agent does not answer. */
  public Optional<ModuleStatus> status() {
    try {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(base.resolve("api/v1/status")).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200
          ? Optional.of(new ModuleStatus(JSON.readTree(answer.body())))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Moves the module to the other node.
   *
   * @throws IOException if the agent refuses, with its reason
   */
  public void switchover() throws IOException {
    command("switchover", "{}");
  }

  /**
   * Moves the module to its preferred node.
   *
   * @throws IOException if the agent refuses, with its reason
   */
  public void switchback() throws IOException {
    command("switchback", "{}");
  }

  /**
   * Decides a split: that node's history is kept.
   *
   * @throws IOException if the agent refuses, with its reason
   */
  public void keep(String node) throws IOException {
    command("split-keep", "{\"node\":\"" + node + "\"}");
  }

  private void command(String what, String body) throws IOException {
    URI uri = base.resolve("api/v1/modules/%s/%s".formatted(ConfigurationFile.MODULE, what));
    try {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri)
                  .timeout(LONG_PATIENCE)
                  .header("Content-Type", "application/json")
                  .header("X-Lockstep", "1")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new IOException(
            "%s was answered %d: %s".formatted(what, answer.statusCode(), answer.body()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + what, e);
    }
  }

  /**
   * One agent's answer, read by field name.
   *
   * @param json the whole answer
   */
  public record ModuleStatus(JsonNode json) {
    private JsonNode module() {
      for (JsonNode module : json.path("modules")) {
        if (module.path("module").asText().equals(ConfigurationFile.MODULE)) {
          return module;
        }
      }
      return MissingNode.getInstance();
    }

    /** The node's role for the module. */
    public String role() {
      return module().path("nodes").path(0).path("role").asText("");
    }

    /** The one line that an operator reads. */
    public String verdict() {
      return module().path("verdict").path("text").asText("");
    }

    /** The verdict's first word. */
    public String word() {
      return module().path("verdict").path("word").asText("");
    }

    /**
     * The history that the node is in; changes whenever a node begins to serve, or serves alone.
     */
    public String generation() {
      return module().path("generation").asText("");
    }

    /** Whether this node serves the module. */
    public boolean serves() {
      return role().equals("PRIMARY") || role().equals("ALONE");
    }

    /** Whether everything is protected. */
    public boolean isProtected() {
      return word().equals("PROTECTED");
    }

    /** What the secondary has received and not applied yet, in bytes. */
    public long lagBytes() {
      return module().path("lagBytes").asLong(-1);
    }

    /** The newest takeover, switchover or switchback with its steps. */
    public JsonNode lastTransition() {
      return module().path("lastTransition");
    }
  }
}
