package io.lockstep.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows both nodes. */
@Command(
    name = "status",
    description =
        "Shows both nodes, roles, verdict, lag and progress, as this node's agent sees them.")
final class StatusCommand implements Callable<Integer> {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";

  @Option(names = "--watch", description = "Again and again, until interrupted.")
  private boolean watch;

  @Option(names = "--json", description = "As the JSON of GET /api/v1/status, one line each time.")
  private boolean json;

  @Option(
      names = "--check",
      description =
          "For scripts: exit code 1 unless every module is PROTECTED and every group together.")
  private boolean check;

  private final Lockstep lockstep;

  StatusCommand(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    AgentClient client = lockstep.client(lockstep.configuration());
    PrintWriter out = lockstep.out();
    while (true) {
      JsonNode status = client.status();
      if (watch && !json) {
        out.print(HOME_AND_CLEAR);
      }
      out.print(json ? status + "\n" : StatusText.of(status));
      out.flush();
      if (!watch) {
        return check && !allProtected(status) ? ExitCodes.FAILED : ExitCodes.OK;
      }
      Follow.pause();
    }
  }

  private static boolean allProtected(JsonNode status) {
    boolean all = !status.path("modules").isEmpty();
    for (JsonNode module : status.path("modules")) {
      all &= module.path("verdict").path("word").asText().equals("PROTECTED");
    }
    for (JsonNode group : status.path("groups")) {
      all &= group.path("word").asText().equals("TOGETHER");
    }
    return all;
  }
}
