package io.lockstep.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Follows a transition or a reintegration to its end, with steps, a bar and the time still to go.
 */
final class Follow {
  private static final long EVERY_MS = 200;
  private static final long PATIENCE_MS = 5_000;

  private final AgentClient client;
  private final PrintWriter out;
  private final String module;
  private final long before;
  private final Set<String> told = new HashSet<>();

  Follow(AgentClient client, PrintWriter out, String module, long before) {
    this.client = client;
    this.out = out;
    this.module = module;
    this.before = before;
  }

  /** When the newest transition began; 0 if there was none. */
  static long startedMs(JsonNode status, String module) {
    return module(status, module).path("lastTransition").path("startedMs").asLong(0);
  }

  static JsonNode module(JsonNode status, String name) {
    for (JsonNode module : status.path("modules")) {
      if (module.path("module").asText().equals(name)) {
        return module;
      }
    }
    return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
  }

  int toTheEnd() {
    long quietMs = 0;
    boolean seen = false;
    while (true) {
      JsonNode now = module(client.status(), module);
      JsonNode transition = now.path("lastTransition");
      boolean fresh = transition.path("startedMs").asLong(0) > before;
      if (fresh) {
        steps(transition);
        if (transition.path("finishedMs").asLong(0) > 0) {
          return end(transition);
        }
      }
      boolean bar = now.path("reintegration").isObject();
      if (bar) {
        out.print("\r" + StatusText.bar(now.path("reintegration")) + "   ");
        out.flush();
      } else if (seen && !fresh) {
        out.println();
        out.println(now.path("verdict").path("text").asText());
        return ExitCodes.OK;
      }
      seen |= bar;
      quietMs = bar || fresh ? 0 : quietMs + EVERY_MS;
      if (quietMs > PATIENCE_MS) {
        out.println(now.path("verdict").path("text").asText());
        return ExitCodes.OK;
      }
      pause();
    }
  }

  private void steps(JsonNode transition) {
    for (JsonNode step : transition.path("steps")) {
      String state = step.path("state").asText();
      String name = step.path("name").asText();
      if ((state.equals("DONE") || state.equals("FAILED")) && told.add(name)) {
        out.printf("  %-32s %-6s %6d ms%n", name, state, step.path("tookMs").asLong());
        out.flush();
      }
    }
  }

  private int end(JsonNode transition) {
    long tookMs = transition.path("finishedMs").asLong() - transition.path("startedMs").asLong();
    boolean ok = transition.path("ok").asBoolean();
    String message = transition.path("message").asText();
    if (!ok) {
      throw new CliException(ExitCodes.FAILED, message);
    }
    out.println(message + " (" + tookMs + " ms)");
    return ExitCodes.OK;
  }

  static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(EVERY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCodes.FAILED, "interrupted; what was begun goes on");
    }
  }
}
