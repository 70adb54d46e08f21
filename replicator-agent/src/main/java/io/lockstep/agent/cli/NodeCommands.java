package io.lockstep.agent.cli;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on the node as a whole. */
final class NodeCommands {
  private NodeCommands() {}

  /** What they share. */
  abstract static class NodeCommand implements Callable<Integer> {
    private final Lockstep lockstep;

    NodeCommand(Lockstep lockstep) {
      this.lockstep = lockstep;
    }

    Lockstep lockstep() {
      return lockstep;
    }
  }

  /** Marks this node's directories as the source. */
  @Command(
      name = "init",
      description =
          "Declares that this node's directories hold the data: the peer gets a full copy of them."
              + " Once, on one node, before the first start.")
  static final class Init extends NodeCommand {
    Init(Lockstep lockstep) {
      super(lockstep);
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep().configuration();
      String node = lockstep().node(configuration);
      try {
        String done =
            lockstep()
                .initializer()
                .init(configuration, node, lockstep().moduleOrAll(configuration));
        lockstep().out().println(done);
        return ExitCodes.OK;
      } catch (IOException e) {
        throw new CliException(ExitCodes.REFUSED, e.getMessage());
      }
    }
  }

  /** Validates. */
  @Command(
      name = "check-config",
      description =
          "Validates the configuration's file and prints every problem with its place, or the hash"
              + " that must be the same on both nodes.")
  static final class CheckConfig extends NodeCommand {
    @Option(
        names = "--machine",
        description =
            "Also try it on this machine, while no agent runs on it: directories, interfaces,"
                + " addresses, ports, key file.")
    private boolean machine;

    CheckConfig(Lockstep lockstep) {
      super(lockstep);
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep().configuration();
      lockstep()
          .out()
          .printf(
              "%s is valid: cluster %s, nodes %s, modules %s%nhash %s%n",
              lockstep().configFile(),
              configuration.cluster().name(),
              configuration.nodes().keySet(),
              configuration.modules().keySet(),
              configuration.hash());
      return machine ? machine(configuration) : ExitCodes.OK;
    }

    private int machine(ClusterConfiguration configuration) {
      String node = lockstep().node(configuration);
      try {
        List<String> problems = lockstep().runner().check(configuration, node);
        if (!problems.isEmpty()) {
          throw new CliException(
              ExitCodes.USAGE,
              problems.size()
                  + " problem(s) on this machine as "
                  + node
                  + ":\n"
                  + String.join("\n", problems));
        }
      } catch (IOException e) {
        throw new CliException(ExitCodes.FAILED, e.getMessage());
      }
      lockstep().out().println("this machine is right for it as " + node);
      return ExitCodes.OK;
    }
  }

  /** The daemon. */
  @Command(
      name = "run",
      description = "Runs this node's agent in the foreground until it is ended.")
  static final class Run extends NodeCommand {
    Run(Lockstep lockstep) {
      super(lockstep);
    }

    @Override
    public Integer call() {
      ClusterConfiguration configuration = lockstep().configuration();
      String node = lockstep().node(configuration);
      try {
        return lockstep().runner().run(configuration, lockstep().configFile(), node);
      } catch (IOException e) {
        throw new CliException(ExitCodes.FAILED, e.getMessage());
      }
    }
  }

  /** A new configuration. */
  @Command(
      name = "apply",
      description =
          "Brings the configuration in FILE to both nodes or to none: each checks it against its"
              + " own machine, the difference is shown key by key, what can change while they run"
              + " changes, and what needs a restart is named.")
  static final class Apply extends NodeCommand {
    @Parameters(paramLabel = "FILE", description = "The new configuration.")
    private Path file;

    @Option(
        names = "--dry-run",
        description = "Only check on both nodes and show what would change.")
    private boolean dryRun;

    Apply(Lockstep lockstep) {
      super(lockstep);
    }

    @Override
    public Integer call() {
      ClusterConfiguration running = lockstep().configuration();
      String text;
      try {
        text = Files.readString(file);
        ClusterConfiguration.parse(file.toString(), text);
      } catch (IOException e) {
        throw new CliException(ExitCodes.USAGE, file + " cannot be read: " + e);
      } catch (ConfigurationException e) {
        throw new CliException(ExitCodes.USAGE, e.getMessage());
      }
      CommandResult result = lockstep().client(running).configuration(text, dryRun);
      return ModuleCommands.told(lockstep(), result);
    }
  }
}
