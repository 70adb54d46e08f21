package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Ends a module's protection. */
@Command(
    name = "remove",
    mixinStandardHelpOptions = true,
    description =
        "Stops the module on both nodes, brings everything to its files and gives them back as"
            + " ordinary files: no mount, no read-only view, no state. Refused while a node's files"
            + " are not whole.")
final class RemoveModule implements Callable<Integer> {
  @Option(names = "--force", description = "Also when a node's files are old, mixed or split.")
  private boolean force;

  @Option(
      names = "--clean",
      description = "Also take Lockstep's marks (trusted.lockstep.*) and .lockstep out of them.")
  private boolean clean;

  @Option(
      names = "--this-node",
      description = "Only on this node, without asking the other: for when that one is lost.")
  private boolean thisNode;

  @Option(names = "--yes", description = "Do not ask for confirmation.")
  private boolean yes;

  private final Lockstep lockstep;

  RemoveModule(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    ClusterConfiguration configuration = lockstep.configuration();
    String module = lockstep.module(configuration);
    lockstep
        .out()
        .println(
            "Module "
                + module
                + " will be stopped and no longer be protected, "
                + (thisNode ? "on this node." : "on both nodes.")
                + " Its files stay.");
    if (!yes && !ModuleCommands.confirmed(lockstep, module)) {
      throw new CliException(ExitCodes.REFUSED, "not confirmed; nothing has changed");
    }
    return ModuleCommands.told(
        lockstep,
        lockstep
            .client(configuration)
            .module(
                module, "remove", Map.of("force", force, "clean", clean, "thisNode", thisNode)));
  }
}
