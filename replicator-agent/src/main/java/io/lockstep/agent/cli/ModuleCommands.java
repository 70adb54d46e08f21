package io.lockstep.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.configuration.ClusterConfiguration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on one module, carried out by the agent. */
final class ModuleCommands {
  private ModuleCommands() {}

  static void addTo(CommandLine line, Lockstep lockstep) {
    line.addSubcommand(new Start(lockstep));
    line.addSubcommand("stop", new Plain(lockstep, "stop", false));
    line.addSubcommand("switchover", new Plain(lockstep, "switchover", true));
    line.addSubcommand("switchback", new Plain(lockstep, "switchback", true));
    line.addSubcommand("pause", new Plain(lockstep, "pause", false));
    line.addSubcommand("resume", new Plain(lockstep, "resume", true));
    line.addSubcommand("resync", new Plain(lockstep, "resync", true));
    line.addSubcommand(new DrillCommand(lockstep));
    line.addSubcommand(new LogCommand(lockstep));
    describe(line, "stop", "Stops the module on both nodes: application, address, replication.");
    describe(line, "switchover", "Moves the module to the other node and follows the steps.");
    describe(line, "switchback", "Moves the module to its preferred node and follows the steps.");
    describe(
        line,
        "pause",
        "Maintenance: leaves takeovers, switchovers and restarts of the application to you, on both"
            + " nodes; replication goes on.");
    describe(line, "resume", "Ends maintenance: decisions are automatic again, on both nodes.");
    describe(
        line,
        "resync",
        "Run on the node whose copy is in doubt: compares all of it with the serving node's copy,"
            + " by hashes, and sends what differs. That node cannot take over until it ends."
            + " Follows the progress.");
    line.addSubcommand("split", SplitCommands.of(lockstep));
    describe(
        line, "split", "Looks at a split of the pair, decides it, and takes files back from it.");
    CommandLine module = new CommandLine(new Group("module", "remove"));
    module.addSubcommand("remove", new RemoveModule(lockstep));
    line.addSubcommand("module", module);
    describe(line, "module", "Changes which modules there are.");
  }

  private static void describe(CommandLine line, String name, String text) {
    CommandLine sub = line.getSubcommands().get(name);
    sub.getCommandSpec().usageMessage().description(text);
    sub.getCommandSpec().mixinStandardHelpOptions(true);
  }

  /** Prints how it ended and answers the exit code. */
  static int told(Lockstep lockstep, CommandResult result) {
    if (!result.ok()) {
      throw new CliException(result.exitCode(), result.message());
    }
    lockstep.out().println(result.message());
    lockstep.out().flush();
    return result.exitCode();
  }

  /** Asks for the module's name; anything else is no. */
  static boolean confirmed(Lockstep lockstep, String module) {
    lockstep.out().print("Type the module's name to go on: ");
    lockstep.out().flush();
    try {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
      return module.equals(in.readLine());
    } catch (IOException e) {
      return false;
    }
  }

  /** A command that only holds others. */
  @Command
  static final class Group implements Runnable {
    private final String name;
    private final String words;

    Group(String name, String words) {
      this.name = name;
      this.words = words;
    }

    @Override
    public void run() {
      throw new CliException(ExitCodes.USAGE, name + " needs one of: " + words);
    }
  }

  /** A command without arguments of its own but the module or group. */
  @Command
  static final class Plain implements Callable<Integer> {
    @Parameters(
        paramLabel = "NAME",
        arity = "0..1",
        defaultValue = "",
        description = "The module, or where a group can be meant, the group.")
    private String name;

    private final Lockstep lockstep;
    private final String command;
    private final boolean follow;

    Plain(Lockstep lockstep, String command, boolean follow) {
      this.lockstep = lockstep;
      this.command = command;
      this.follow = follow;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      String target = lockstep.moduleOrGroup(configuration, name);
      AgentClient client = lockstep.client(configuration);
      List<Follow> followed = new ArrayList<>();
      if (follow) {
        JsonNode status = client.status();
        for (String module : modules(configuration, target)) {
          long before = Follow.startedMs(status, module);
          followed.add(new Follow(client, lockstep.out(), module, before));
        }
      }
      int code = told(lockstep, client.module(target, command, Map.of()));
      for (Follow one : followed) {
        code = one.toTheEnd();
      }
      return code;
    }

    /** Which move: of a group all, the last one first. */
    private List<String> modules(ClusterConfiguration configuration, String target) {
      boolean moves = command.startsWith("switch");
      String group = moves ? configuration.groupOf(target).orElse(target) : target;
      List<String> members =
          new ArrayList<>(configuration.groups().getOrDefault(group, List.of(target)));
      Collections.reverse(members);
      return members;
    }
  }

  /** Decides a split. */
  @Command(
      name = "keep",
      mixinStandardHelpOptions = true,
      description = "NODE's copy goes on; the other's differing files are quarantined.")
  static final class Keep implements Callable<Integer> {
    @Parameters(paramLabel = "NODE", description = "The node whose history survives.")
    private String keep;

    private final Lockstep lockstep;

    Keep(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      String module = lockstep.module(configuration);
      if (!configuration.nodes().containsKey(keep)) {
        throw new CliException(
            ExitCodes.USAGE, "no node '" + keep + "'; there are " + configuration.nodes().keySet());
      }
      AgentClient client = lockstep.client(configuration);
      return told(lockstep, client.module(module, "split-keep", Map.of("node", keep)));
    }
  }

  /** Starts a stopped or waiting module. */
  @Command(name = "start", description = "Starts a stopped module.")
  static final class Start implements Callable<Integer> {
    @Option(
        names = "--force",
        description = "Serve from this node's copy although it may not be the newest.")
    private boolean force;

    @Option(names = "--yes", description = "Do not ask for confirmation of --force.")
    private boolean yes;

    @Parameters(
        paramLabel = "NAME",
        arity = "0..1",
        defaultValue = "",
        description = "The module, or without --force the group.")
    private String name;

    private final Lockstep lockstep;

    Start(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep.configuration();
      String module = lockstep.moduleOrGroup(configuration, name);
      AgentClient client = lockstep.client(configuration);
      if (force) {
        CommandResult warning = client.module(module, "force-warning", Map.of());
        lockstep.out().println(warning.message());
        lockstep.out().flush();
        if (!yes && !confirmed(lockstep, module)) {
          throw new CliException(ExitCodes.REFUSED, "not confirmed; nothing has changed");
        }
      }
      return told(lockstep, client.module(module, "start", Map.of("force", force)));
    }
  }
}
