package io.lockstep.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.agent.configuration.ClusterConfiguration;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Has a takeover rehearsed, and waits for what comes of it. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    description =
        "Rehearses a takeover on the secondary, without touching the service: starts the"
            + " application there on a view of its files that is thrown away, in a network of its"
            + " own, and measures the time until its check passes. Exit code 1 when it fails.")
final class DrillCommand implements Callable<Integer> {
  /** For the removal, and for the peer to tell. */
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Lockstep lockstep;

  DrillCommand(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    ClusterConfiguration configuration = lockstep.configuration();
    String module = lockstep.module(configuration);
    AgentClient client = lockstep.client(configuration);
    long before = drill(client, module).path("endedMs").asLong(0);
    ModuleCommands.told(lockstep, client.module(module, "drill", Map.of()));
    Duration patience = configuration.modules().get(module).drill().timeout().plus(GRACE);
    long endNs = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < endNs) {
      JsonNode drill = drill(client, module);
      if (drill.path("endedMs").asLong(0) > before) {
        return end(drill);
      }
      Follow.pause();
    }
    throw new CliException(
        ExitCodes.FAILED,
        "nothing was heard of the drill for "
            + patience.toSeconds()
            + " s; the other node's status and log may know more");
  }

  private static JsonNode drill(AgentClient client, String module) {
    return Follow.module(client.status(), module).path("drill");
  }

  private int end(JsonNode drill) {
    String text = drill.path("text").asText();
    if (!drill.path("outcome").asText().equals("GOOD")) {
      throw new CliException(ExitCodes.FAILED, text);
    }
    lockstep.out().println(text);
    return ExitCodes.OK;
  }
}
