package io.lockstep.agent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.configuration.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Talks REST to the agent of one node. */
final class AgentClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String node;
  private final Endpoint agent;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();

  AgentClient(String node, Endpoint agent) {
    this.node = node;
    this.agent = agent;
  }

  /** The status as JSON. */
  JsonNode status() {
    JsonNode status = json(send(HttpRequest.newBuilder(uri("/api/v1/status")).GET()));
    if (status.has("error")) {
      throw new CliException(ExitCodes.FAILED, status.get("error").asText());
    }
    return status;
  }

  CommandResult module(String module, String command, Map<String, ?> arguments) {
    return post("/api/v1/modules/" + module + "/" + command, arguments);
  }

  CommandResult configuration(String yaml, boolean dryRun) {
    return post("/api/v1/configuration", Map.of("yaml", yaml, "dryRun", dryRun));
  }

  private CommandResult post(String path, Map<String, ?> body) {
    try {
      HttpResponse<String> response =
          send(
              HttpRequest.newBuilder(uri(path))
                  .header("Content-Type", "application/json")
                  .header("X-Lockstep", "1")
                  .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body))));
      JsonNode answer = json(response);
      if (answer.has("error")) {
        int code = response.statusCode() / 100 == 4 ? ExitCodes.USAGE : ExitCodes.FAILED;
        return new CommandResult(false, answer.get("error").asText(), code);
      }
      return JSON.treeToValue(answer, CommandResult.class);
    } catch (JsonProcessingException e) {
      throw new CliException(ExitCodes.FAILED, "the agent's answer is not understood: " + e);
    }
  }

  private URI uri(String path) {
    return URI.create("http://" + agent + path);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(
          request.timeout(Duration.ofMinutes(15)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new CliException(
          ExitCodes.UNREACHABLE,
          "the agent of "
              + node
              + " does not answer at "
              + agent
              + ": is it running? Start it with 'lockstep run' or its service, then try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCodes.FAILED, "interrupted");
    }
  }

  private static JsonNode json(HttpResponse<String> response) {
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new CliException(
          ExitCodes.FAILED,
          "what answers there is not a Lockstep agent: " + e.getOriginalMessage());
    }
  }
}
