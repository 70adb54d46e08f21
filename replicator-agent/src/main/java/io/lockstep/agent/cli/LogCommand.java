package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the application printed. */
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    description =
        "Prints the newest lines that the application's start, stop and check commands, and what"
            + " they left running, printed on this node.")
final class LogCommand implements Callable<Integer> {
  private static final int MOST = 10_000;

  @Option(
      names = "--lines",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many lines, 1 to 10000 (default: ${DEFAULT-VALUE}).")
  private int lines;

  private final Lockstep lockstep;

  LogCommand(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    if (lines < 1 || lines > MOST) {
      throw new CliException(ExitCodes.USAGE, "--lines is " + lines + "; allowed are 1 to " + MOST);
    }
    ClusterConfiguration configuration = lockstep.configuration();
    String module = lockstep.module(configuration);
    return ModuleCommands.told(
        lockstep, lockstep.client(configuration).module(module, "log", Map.of("lines", lines)));
  }
}
