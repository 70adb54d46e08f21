package io.lockstep.demo.auto;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the whole story showed.
 *
 * @param seed the seed of its random moments
 * @param scenarios in the order played
 */
public record Report(long seed, List<ScenarioResult> scenarios) {
  private static final String ROW = "%-24s %6s %4s %5s %8s %5s %9s  %s%n";

  /** Whether nothing was lost, missed or not reached. */
  public boolean isGood() {
    return scenarios.stream().allMatch(result -> result.failures().isEmpty());
  }

  /** The table for people. */
  public String table() {
    StringBuilder table = new StringBuilder("\n");
    table.append(
        ROW.formatted(
            "scenario", "calls", "lost", "order", "records", "miss.", "stall ms", "result"));
    for (ScenarioResult result : scenarios) {
      table.append(
          ROW.formatted(
              result.name(),
              result.text("calls"),
              result.text("lost"),
              result.text("outOfOrder"),
              result.text("records"),
              result.text("recordsMissing"),
              result.text("longestStallMs"),
              result.failures().isEmpty() ? "good" : "FAILED"));
    }
    table.append("\ntakeovers, moves: milliseconds of each step\n");
    scenarios.forEach(result -> transitions(table, result));
    table.append(
        "\n%-24s %9s %12s %12s %12s %8s%n"
            .formatted("return", "files", "bytes", "sent", "bound", "s"));
    scenarios.forEach(result -> returned(table, result));
    for (ScenarioResult result : scenarios) {
      result
          .failures()
          .forEach(why -> table.append("\nFAILED %s: %s".formatted(result.name(), why)));
    }
    table.append("\n%d calls acknowledged in all.".formatted(calls()));
    table.append(isGood() ? "\nGood: nothing lost, every bound kept." : "\n\nFAILED.");
    table.append(" Seed ").append(seed).append('.');
    return table.toString();
  }

  private long calls() {
    return scenarios.stream().mapToLong(result -> result.number("calls")).sum();
  }

  private static void transitions(StringBuilder table, ScenarioResult result) {
    for (String key : List.of("takeover", "switchover", "switchback")) {
      boolean planned = !key.equals("takeover");
      String steps = result.text(planned ? key + "Steps" : key);
      if (!steps.equals("-")) {
        String handOver = planned ? result.text(key + "HandOver") + ", then " : "";
        table.append(
            "%-24s %s%n%24s without %s: %s ms%n"
                .formatted(
                    result.name(),
                    (handOver + steps).replaceAll("[{}]", ""),
                    "",
                    planned ? "stop and start of the application" : "detection and application",
                    result.text(key + (planned ? "OwnOutageMs" : "OwnMs"))));
      }
    }
  }

  private static void returned(StringBuilder table, ScenarioResult result) {
    if (!result.text("returnMs").equals("-")) {
      table.append(
          "%-24s %9s %12s %12s %12s %8.1f%n"
              .formatted(
                  result.name(),
                  result.text("changedFiles"),
                  result.text("changedBytes"),
                  result.text("sentBytes"),
                  result.text("sentBytesBound"),
                  result.number("returnMs") / 1000.0));
    }
  }

  /**
   * Writes everything as JSON.
   *
   * @throws IOException if the file cannot be written
   */
  public void write(Path file) throws IOException {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("good", isGood());
    root.put("seed", seed);
    root.put("calls", calls());
    root.put("scenarios", scenarios.stream().map(ScenarioResult::toMap).toList());
    Files.writeString(
        file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
  }
}
