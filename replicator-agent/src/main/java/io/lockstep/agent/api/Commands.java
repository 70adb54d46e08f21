package io.lockstep.agent.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;

/** The commands on a module by the name that REST gives them. */
final class Commands {
  /** Runs one command on a module with the request's arguments. */
  interface Command {
    CommandResult run(String module, JsonNode arguments);
  }

  private static final int MOST_LINES = 10_000;
  private static final int USUAL_FILES = 200;
  private static final int MOST_FILES = 1_000;

  private final Map<String, Command> commands = new TreeMap<>();

  Commands(NodeControl node) {
    commands.put("start", (m, a) -> node.start(m, a.path("force").asBoolean(false)));
    commands.put("force-warning", (m, a) -> CommandResult.ok(node.forceWarning(m)));
    commands.put("stop", (m, a) -> node.stop(m));
    commands.put("switchover", (m, a) -> node.switchover(m));
    commands.put("switchback", (m, a) -> node.switchback(m));
    commands.put("pause", (m, a) -> node.pause(m));
    commands.put("resume", (m, a) -> node.resume(m));
    commands.put("resync", (m, a) -> node.resync(m));
    commands.put("drill", (m, a) -> node.drill(m));
    commands.put("split-show", (m, a) -> splitShow(node.split(), m, a));
    commands.put(
        "split-diff",
        (m, a) -> node.split().diff(m, a.path("file").asText(""), a.path("proof").asText("")));
    commands.put(
        "split-list",
        (m, a) ->
            node.split()
                .quarantines(m, a.path("file").asText(""), a.path("json").asBoolean(false)));
    commands.put("split-content", (m, a) -> splitContent(node.split(), m, a));
    commands.put("split-drop", (m, a) -> node.split().discard(m, a.path("id").asText("")));
    commands.put("split-keep", (m, a) -> splitKeep(node, m, a));
    commands.put("remove", (m, a) -> node.removeModule(m, wish(a)));
    commands.put("log", (m, a) -> log(node, m, a.path("lines").asInt(200)));
  }

  /** Null if there is no such command. */
  Command named(String name) {
    return commands.get(name);
  }

  /** For messages. */
  String names() {
    return String.join(", ", commands.keySet());
  }

  private static RemovalWish wish(JsonNode arguments) {
    return new RemovalWish(
        arguments.path("force").asBoolean(false),
        arguments.path("clean").asBoolean(false),
        arguments.path("thisNode").asBoolean(false));
  }

  private static CommandResult log(NodeControl node, String module, int lines) {
    return lines < 1 || lines > MOST_LINES
        ? CommandResult.usage("\"lines\" is " + lines + "; allowed are 1 to " + MOST_LINES)
        : node.log(module, lines);
  }

  private static CommandResult splitShow(SplitControl split, String module, JsonNode arguments) {
    int most = arguments.path("limit").asInt(USUAL_FILES);
    return most < 1 || most > MOST_FILES
        ? CommandResult.usage("\"limit\" is " + most + "; allowed are 1 to " + MOST_FILES)
        : split.show(module, most, arguments.path("json").asBoolean(false));
  }

  private static CommandResult splitContent(SplitControl split, String module, JsonNode arguments) {
    long offset = arguments.path("offset").asLong(0);
    return offset < 0
        ? CommandResult.usage("\"offset\" is " + offset)
        : split.content(
            module,
            arguments.path("node").asText(""),
            arguments.path("id").asText(""),
            arguments.path("file").asText(""),
            offset,
            arguments.path("proof").asText(""));
  }

  private static CommandResult splitKeep(NodeControl node, String module, JsonNode arguments) {
    String keep = arguments.path("node").asText("");
    return keep.isEmpty()
        ? CommandResult.usage("split-keep needs \"node\": the name of the node whose copy goes on")
        : node.splitKeep(module, keep);
  }
}
