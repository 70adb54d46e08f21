package io.lockstep.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Locale;

/** The status for a terminal. */
final class StatusText {
  private StatusText() {}

  static String of(JsonNode status) {
    StringBuilder text = new StringBuilder(400);
    JsonNode peer = status.path("peer");
    text.append(
        "cluster %s, node %s, peer %s: %s, heartbeats on %d of %d networks%n"
            .formatted(
                status.path("cluster").asText(),
                status.path("node").asText(),
                peer.path("node").asText(),
                peer.path("connected").asBoolean() ? "connected" : "not connected",
                peer.path("heartbeatsAlive").asInt(),
                peer.path("heartbeats").asInt()));
    if (peer.path("problem").isTextual()) {
      text.append("THE PEER WAS REFUSED: ").append(peer.path("problem").asText()).append('\n');
    }
    if (status.path("configurationMatches").isBoolean()
        && !status.path("configurationMatches").asBoolean()) {
      text.append(
          "THE NODES HAVE DIFFERENT CONFIGURATIONS: `lockstep apply FILE` with the right one\n");
    }
    if (!status.path("restartNeeded").isEmpty()) {
      text.append("this agent must restart for: ");
      status.path("restartNeeded").forEach(key -> text.append(key.asText()).append(' '));
      text.append('\n');
    }
    status.path("groups").forEach(group -> group(text, group));
    status.path("modules").forEach(module -> module(text, module));
    return text.toString();
  }

  private static void group(StringBuilder text, JsonNode group) {
    text.append(
        "%ngroup %s: %s%n".formatted(group.path("group").asText(), group.path("text").asText()));
    if (!group.path("nextAction").asText("").isEmpty()) {
      text.append("  next: ").append(group.path("nextAction").asText()).append('\n');
    }
  }

  private static void module(StringBuilder text, JsonNode module) {
    JsonNode verdict = module.path("verdict");
    text.append(
        "%n%s: %s%n".formatted(module.path("module").asText(), verdict.path("text").asText()));
    if (!verdict.path("nextAction").asText("").isEmpty()) {
      text.append("  next: ").append(verdict.path("nextAction").asText()).append('\n');
    }
    for (JsonNode node : module.path("nodes")) {
      text.append(
          "  %-16s %-12s %-14s%s%n"
              .formatted(
                  node.path("node").asText(),
                  node.path("role").asText(),
                  node.path("data").asText(),
                  node.path("known").asBoolean() ? "" : " (last known)"));
    }
    text.append(
        "  sequence %d, applied %d, checkpoint %d, lag %s in %d operations%n"
            .formatted(
                module.path("sequence").asLong(),
                module.path("applied").asLong(),
                module.path("checkpoint").asLong(),
                bytes(module.path("lagBytes").asLong()),
                module.path("lagOperations").asLong()));
    if (module.path("reintegration").isObject()) {
      text.append("  ").append(bar(module.path("reintegration"))).append('\n');
    }
    JsonNode application = module.path("application");
    text.append(
        "  application %s %s%n"
            .formatted(application.path("state").asText(), application.path("text").asText("")));
    for (JsonNode checker : application.path("checkers")) {
      text.append("  ").append(checker(checker, System.currentTimeMillis())).append('\n');
    }
    for (JsonNode address : module.path("addresses")) {
      String held = address.path("held").asBoolean() ? "held here" : "not here";
      String outside = address.path("outside").asText();
      String seen = outside.isEmpty() ? held : held + ", " + outside;
      text.append("  address %s %s%n".formatted(address.path("address").asText(), seen));
    }
    if (module.path("drill").isObject()) {
      JsonNode drill = module.path("drill");
      long endedMs = drill.path("endedMs").asLong(0);
      String when = endedMs == 0 ? "" : " (" + Instant.ofEpochMilli(endedMs) + ")";
      text.append("  ").append(drill.path("text").asText()).append(when).append('\n');
    }
    if (!module.path("excluded").isEmpty()) {
      text.append("  local to each node (excluded): %s%n".formatted(module.path("excluded")));
    }
  }

  /** One line: name, what was found last, since when, and what follows when that is not good. */
  static String checker(JsonNode checker, long nowMs) {
    String line =
        "checker %s: %s".formatted(checker.path("name").asText(), checker.path("state").asText());
    long sinceMs = checker.path("sinceMs").asLong();
    if (sinceMs > 0) {
      line += " for " + duration(Math.max(0, nowMs - sinceMs));
    }
    if (checker.path("failures").asInt() > 0) {
      line +=
          ", %d of %d failures, then %s: %s"
              .formatted(
                  checker.path("failures").asInt(),
                  checker.path("limit").asInt(),
                  checker.path("then").asText().toLowerCase(Locale.ROOT),
                  checker.path("text").asText());
    }
    return line;
  }

  /** One line: bar, percent, bytes, files, time still to go. */
  static String bar(JsonNode r) {
    double percent = Math.max(0, Math.min(100, r.path("percent").asDouble()));
    int full = (int) (percent / 100 * 30);
    long etaMs = r.path("etaMs").asLong(-1);
    return String.format(
        Locale.ROOT,
        "[%s%s] %5.1f %%  %s of %s, %d of %d files, %s",
        "#".repeat(full),
        "-".repeat(30 - full),
        percent,
        bytes(r.path("bytesDone").asLong()),
        bytes(r.path("bytesTotal").asLong()),
        r.path("filesDone").asLong(),
        r.path("filesTotal").asLong(),
        etaMs < 0 ? "time to go unknown" : duration(etaMs) + " to go");
  }

  static String bytes(long n) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double value = n;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }

  private static String duration(long ms) {
    long s = (ms + 999) / 1000;
    return s < 60
        ? s + " s"
        : s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s % 3600 / 60 + " min";
  }
}
