package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.NodeConfiguration;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;

/** Finds out which node of the cluster this machine is. */
final class ThisNode {
  private ThisNode() {}

  /** The node asked for, else the host's name, else the only one whose link address is local. */
  static String of(ClusterConfiguration configuration, String asked) {
    if (asked != null) {
      if (!configuration.nodes().containsKey(asked)) {
        throw new CliException(
            ExitCodes.USAGE,
            "no node '" + asked + "'; there are " + configuration.nodes().keySet());
      }
      return asked;
    }
    String host = hostName();
    if (configuration.nodes().containsKey(host)) {
      return host;
    }
    List<String> local =
        configuration.nodes().values().stream()
            .filter(node -> local(node.link().address()))
            .map(NodeConfiguration::name)
            .toList();
    if (local.size() == 1) {
      return local.get(0);
    }
    throw new CliException(
        ExitCodes.USAGE,
        "cannot tell which node this is: the host is named '"
            + host
            + "', and "
            + (local.isEmpty() ? "no node's" : "more than one node's")
            + " link address is this machine's; name it with --node "
            + String.join("|", configuration.nodes().keySet()));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().split("\\.", 2)[0];
    } catch (UnknownHostException e) {
      return "";
    }
  }

  private static boolean local(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }
}
