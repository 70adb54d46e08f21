package io.lockstep.demo.auto;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The steps of a takeover, switchover or switchback in milliseconds, as the agent recorded them.
 *
 * @param stepsMs by the step's name, in their order
 */
public record TransitionTimes(Map<String, Long> stepsMs) {
  /** Reads the steps; none if the agent recorded none. */
  static TransitionTimes of(JsonNode transition) {
    Map<String, Long> steps = new LinkedHashMap<>();
    for (JsonNode step : transition.path("steps")) {
      steps.merge(step.path("name").asText(), step.path("tookMs").asLong(), Long::sum);
    }
    return new TransitionTimes(steps);
  }

  /** What Lockstep itself needs once it has decided: neither detection nor the application. */
  long ownMs() {
    return stepsMs.entrySet().stream()
        .filter(step -> !step.getKey().startsWith("detect") && !isApplication(step.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** What the application needs to stop and to start. */
  long applicationMs() {
    return stepsMs.entrySet().stream()
        .filter(step -> isApplication(step.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static boolean isApplication(String step) {
    return step.contains("application");
  }
}
