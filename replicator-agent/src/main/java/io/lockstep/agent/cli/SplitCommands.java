package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.split.ContentProof;
import io.lockstep.replicator.link.ClusterKey;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at splits and at what they left in quarantine. */
final class SplitCommands {
  private SplitCommands() {}

  static CommandLine of(Lockstep lockstep) {
    CommandLine split =
        new CommandLine(
            new ModuleCommands.Group("split", "show, keep NODE, list, restore, drop, proof"));
    split.addSubcommand(new Show(lockstep));
    split.addSubcommand(new ModuleCommands.Keep(lockstep));
    split.addSubcommand(new ListQuarantines(lockstep));
    split.addSubcommand(new RestoreCommand(lockstep));
    split.addSubcommand(new Drop(lockstep));
    split.addSubcommand(new Proof(lockstep));
    return split;
  }

  /** That this process may see the content of files: it has read the cluster's key. */
  static String proof(Lockstep lockstep, ClusterConfiguration configuration, String module) {
    String node = lockstep.node(configuration);
    try {
      ClusterKey key = ClusterKey.load(configuration.cluster().keyFile().of(node));
      return ContentProof.of(key, module);
    } catch (IOException e) {
      throw new CliException(
          ExitCodes.REFUSED,
          "the content of files is shown only to who can read the cluster's key: "
              + e.getMessage());
    }
  }

  /** Shows both sides of a split, or what differs in one file. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows what each side of a split changed, or what differs in FILE.")
  static final class Show implements Callable<Integer> {
    @Parameters(
        paramLabel = "FILE",
        arity = "0..1",
        defaultValue = "",
        description = "A file as the list has it: N:/PATH, or a path in the first directory.")
    private String file;

    @Option(names = "--limit", defaultValue = "200", description = "Files of each side: 1 to 1000.")
    private int limit;

    @Option(names = "--json", description = "The list as one line of JSON.")
    private boolean json;

    private final Lockstep lockstep;

    Show(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      String module = lockstep.module(configuration);
      AgentClient client = lockstep.client(configuration);
      if (file.isEmpty()) {
        return ModuleCommands.told(
            lockstep, client.module(module, "split-show", Map.of("limit", limit, "json", json)));
      }
      String proof = proof(lockstep, configuration, module);
      return ModuleCommands.told(
          lockstep, client.module(module, "split-diff", Map.of("file", file, "proof", proof)));
    }
  }

  /** Lists the quarantines. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists what splits left in quarantine, on both nodes.")
  static final class ListQuarantines implements Callable<Integer> {
    @Option(names = "--json", description = "As one line of JSON.")
    private boolean json;

    private final Lockstep lockstep;

    ListQuarantines(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      String module = lockstep.module(configuration);
      return ModuleCommands.told(
          lockstep,
          lockstep
              .client(configuration)
              .module(module, "split-list", Map.of("file", "", "json", json)));
    }
  }

  /** Deletes a quarantine. */
  @Command(
      name = "drop",
      mixinStandardHelpOptions = true,
      description = "Deletes a quarantine of this node for good.")
  static final class Drop implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "As `split list` has it.")
    private String id;

    private final Lockstep lockstep;

    Drop(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      String module = lockstep.module(configuration);
      return ModuleCommands.told(
          lockstep, lockstep.client(configuration).module(module, "split-drop", Map.of("id", id)));
    }
  }

  /** Prints what the console asks for before it shows what is in files. */
  @Command(
      name = "proof",
      mixinStandardHelpOptions = true,
      description =
          "Prints the proof that you can read the cluster's key, for the console: with it the"
              + " content of the module's files can be asked for.")
  static final class Proof implements Callable<Integer> {
    private final Lockstep lockstep;

    Proof(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      lockstep.out().println(proof(lockstep, configuration, lockstep.module(configuration)));
      return ExitCodes.OK;
    }
  }
}
