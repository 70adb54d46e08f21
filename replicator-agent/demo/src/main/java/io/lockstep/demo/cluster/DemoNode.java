package io.lockstep.demo.cluster;

import io.lockstep.demo.topology.NodeCommands;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One node of the pair: its names, its commands, its agent.
 *
 * @param network names and addresses
 * @param home its own directory in the run
 * @param directory its replicated directory
 * @param plain the same directory as the file system below has it, without any mount over it; equal
 *     to {@code directory} where no such view was made
 * @param commands what breaks and mends it
 * @param api its agent's interface
 * @param relay its console on the machine's loopback
 */
public record DemoNode(
    NodeNetwork network,
    Path home,
    Path directory,
    Path plain,
    NodeCommands commands,
    AgentApi api,
    Relay relay) {

  /**
   * Makes the node's commands and relay; its network exists already.
   *
   * @param run the run's number
   * @param consolePort the port of 127.0.0.1 to relay from, if it is free
   * @throws IOException if something cannot be written
   */
  static DemoNode create(
      NodeNetwork network,
      Path home,
      Path directory,
      Path plain,
      int run,
      LauncherCommand launcher,
      int consolePort)
      throws IOException {
    NodeCommands commands =
        new NodeCommands(
            network,
            home,
            directory,
            java.util.List.of(
                NodeNetwork.virtualIp(run) + "/24", NodeNetwork.virtualIp6(run) + "/64"),
            launcher.words(network.name(), "run"));
    commands.write();
    return new DemoNode(
        network,
        home,
        directory,
        plain,
        commands,
        new AgentApi(network.managementIp(), ConfigurationFile.CONSOLE_PORT),
        new Relay(
            consolePort,
            new InetSocketAddress(network.managementIp(), ConfigurationFile.CONSOLE_PORT)));
  }

  /** The node's name. */
  public String name() {
    return network.name();
  }

  /** Runs one of the node's commands. */
  public void perform(String command) {
    Shell.run("sh", "-c", command);
  }

  /** Where a browser on this machine finds the node's console. */
  public String console() {
    return "http://127.0.0.1:" + relay.port() + "/";
  }

  /**
   * The process id of the agent; -1 if none was started.
   *
   * @throws IOException if it cannot be read
   */
  public long agentPid() throws IOException {
    return Files.exists(commands.pidFile())
        ? Long.parseLong(Files.readString(commands.pidFile()).strip())
        : -1;
  }
}
