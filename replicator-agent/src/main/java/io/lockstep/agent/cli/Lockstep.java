package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code lockstep} command: global options, and what all subcommands need. */
@Command(
    name = "lockstep",
    mixinStandardHelpOptions = true,
    version = "lockstep 0.1.0",
    description = "Keeps an application running through the loss of a server.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:tried, and it failed",
      "2:wrong usage or configuration; every problem was printed",
      "3:refused, with the reason; nothing has changed",
      "4:the agent of this node cannot be reached"
    },
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n")
public final class Lockstep implements Runnable {
  @Option(
      names = "--config",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "/etc/lockstep/lockstep.yaml",
      description = "The cluster's configuration (default: ${DEFAULT-VALUE}).")
  private Path config;

  @Option(
      names = "--node",
      scope = ScopeType.INHERIT,
      paramLabel = "NODE",
      description =
          "This node's name (default: the host's name, or the only node whose link address is this"
              + " machine's).")
  private String node;

  @Option(
      names = "--module",
      scope = ScopeType.INHERIT,
      paramLabel = "MODULE",
      description = "The module (default: the only one).")
  private String module;

  @Spec private CommandSpec spec;

  private final Supplier<NodeRunner> runner;
  private final Supplier<NodeInitializer> initializer;

  Lockstep(Supplier<NodeRunner> runner, Supplier<NodeInitializer> initializer) {
    this.runner = runner;
    this.initializer = initializer;
  }

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Lockstep lockstep =
        new Lockstep(() -> service(NodeRunner.class), () -> service(NodeInitializer.class));
    System.exit(lockstep.commandLine().execute(arguments));
  }

  /** The whole command, ready to execute. */
  CommandLine commandLine() {
    CommandLine line = new CommandLine(this);
    ModuleCommands.addTo(line, this);
    line.addSubcommand(new NodeCommands.Init(this));
    line.addSubcommand(new NodeCommands.CheckConfig(this));
    line.addSubcommand(new NodeCommands.Run(this));
    line.addSubcommand(new NodeCommands.Apply(this));
    line.addSubcommand(new StatusCommand(this));
    line.addSubcommand(new WhyCommand(this));
    line.addSubcommand(new ReplayCommand(this));
    line.addSubcommand(new CommandLine(new KeyCommand()).addSubcommand(new KeyCommand.Generate()));
    for (CommandLine sub : line.getSubcommands().values()) {
      sub.getCommandSpec().mixinStandardHelpOptions(true);
      sub.getCommandSpec().usageMessage().synopsisHeading("Usage: ");
    }
    line.setUsageHelpAutoWidth(false);
    line.setExecutionExceptionHandler(
        (exception, command, parsed) -> {
          if (exception instanceof CliException known) {
            command.getErr().println("lockstep: " + known.getMessage());
            return known.exitCode();
          }
          throw exception;
        });
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** The configuration; ends the command with every problem if it is not accepted. */
  ClusterConfiguration configuration() {
    try {
      return ClusterConfiguration.load(config);
    } catch (ConfigurationException e) {
      throw new CliException(
          ExitCodes.USAGE,
          e.problems().size() + " problem(s) in the configuration:\n" + e.getMessage());
    }
  }

  Path configFile() {
    return config;
  }

  /** This node's name. */
  String node(ClusterConfiguration configuration) {
    return ThisNode.of(configuration, node);
  }

  /** The module asked for, or the only one. */
  String module(ClusterConfiguration configuration) {
    if (module != null) {
      if (!configuration.modules().containsKey(module)) {
        throw new CliException(
            ExitCodes.USAGE,
            "no module '" + module + "'; there are " + configuration.modules().keySet());
      }
      return module;
    }
    if (configuration.modules().size() > 1) {
      throw new CliException(
          ExitCodes.USAGE, "name one with --module: " + configuration.modules().keySet());
    }
    return configuration.modules().keySet().iterator().next();
  }

  /** The module or group asked for, as an argument or by --module; or the only module. */
  String moduleOrGroup(ClusterConfiguration configuration, String argument) {
    String name = argument.isEmpty() ? module : argument;
    if (name == null || configuration.groups().containsKey(name)) {
      return name == null ? module(configuration) : name;
    }
    if (!configuration.modules().containsKey(name)) {
      throw new CliException(
          ExitCodes.USAGE,
          configuration.groups().isEmpty()
              ? "no module '" + name + "'; there are " + configuration.modules().keySet()
              : "no module or group '"
                  + name
                  + "'; there are "
                  + configuration.modules().keySet()
                  + " and "
                  + configuration.groups().keySet());
    }
    return name;
  }

  /** Empty if none was named. */
  String moduleOrAll(ClusterConfiguration configuration) {
    return module == null ? "" : module(configuration);
  }

  /** Talks to this node's agent. */
  AgentClient client(ClusterConfiguration configuration) {
    String self = node(configuration);
    return new AgentClient(self, configuration.console().listen().of(self));
  }

  NodeRunner runner() {
    return runner.get();
  }

  NodeInitializer initializer() {
    return initializer.get();
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static <T> T service(Class<T> type) {
    return ServiceLoader.load(type)
        .findFirst()
        .orElseThrow(
            () ->
                new CliException(
                    ExitCodes.FAILED,
                    "the installation is incomplete: nothing provides " + type.getName()));
  }
}
