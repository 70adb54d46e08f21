package io.lockstep.agent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Writes JSON answers. */
final class Answers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Answers() {}

  /** One line of JSON. */
  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a status record could not be written as JSON", e);
    }
  }

  static void ok(RoutingContext context, Object value) {
    send(context, 200, value);
  }

  /** {@code {"error": …}}. */
  static void error(RoutingContext context, int status, String message) {
    send(context, status, Map.of("error", message));
  }

  /** The result with the HTTP status that says the same. */
  static void result(RoutingContext context, CommandResult result) {
    int status =
        switch (result.exitCode()) {
          case CommandResult.OK -> 200;
          case CommandResult.USAGE -> 400;
          case CommandResult.REFUSED -> 409;
          default -> 500;
        };
    send(context, status, result);
  }

  private static void send(RoutingContext context, int status, Object value) {
    if (context.response().ended() || context.response().closed()) {
      return;
    }
    context.response().setStatusCode(status).putHeader("Content-Type", "application/json");
    context.response().end(json(value));
  }
}
