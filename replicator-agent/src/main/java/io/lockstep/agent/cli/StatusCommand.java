package io.lockstep.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows both nodes. */
@Command(name = "status", description = "Shows both nodes, roles, verdict, lag and progress.")
final class StatusCommand implements Callable<Integer> {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";

  @Option(names = "--watch", description = "Again and again, until interrupted.")
  private boolean watch;

  @Option(names = "--json", description = "As the JSON of GET /api/v1/status, one line each time.")
  private boolean json;

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
        return ExitCodes.OK;
      }
      Follow.pause();
    }
  }
}
