package io.lockstep.demo.topology;

import java.util.List;

/**
 * The names and addresses of one node in a run: pure values, computed from the run's number.
 *
 * @param run the number of the run
 * @param name the node's name in the configuration
 * @param namespace its network namespace
 * @param switchNamespace the namespace that holds the bridges of the run
 * @param serviceIp address in the service network: link, first heartbeats, virtual address
 * @param heartbeatIp address in the second heartbeat network
 * @param managementIp address that only the machine itself reaches; never cut
 * @param hostIp the machine's end of the management network
 * @param servicePort the node's port at the service bridge, inside the switch namespace
 * @param heartbeatPort the node's port at the heartbeat bridge, inside the switch namespace
 * @param managementPort the node's port on the machine
 */
public record NodeNetwork(
    int run,
    String name,
    String namespace,
    String switchNamespace,
    String serviceIp,
    String heartbeatIp,
    String managementIp,
    String hostIp,
    String servicePort,
    String heartbeatPort,
    String managementPort) {

  /** The interface of the service network inside the node. */
  public static final String SERVICE_INTERFACE = "eth0";

  /** The interface of the second heartbeat network inside the node. */
  public static final String HEARTBEAT_INTERFACE = "eth1";

  /** The interface of the management network inside the node. */
  public static final String MANAGEMENT_INTERFACE = "mgmt0";

  /** The nodes' names, in the order of their indexes. */
  public static final List<String> NAMES = List.of("desk-a", "desk-b");

  /** The node number {@code index} (0 or 1) of run {@code run} (0 to 63). */
  public static NodeNetwork of(int run, int index) {
    String letter = index == 0 ? "a" : "b";
    int host = index + 1;
    return new NodeNetwork(
        run,
        NAMES.get(index),
        "lsd%d-%s".formatted(run, letter),
        switchNamespace(run),
        "10.213.%d.%d".formatted(run, host),
        "10.214.%d.%d".formatted(run, host),
        "10.215.%d.%d".formatted(run, 4 * index + 2),
        "10.215.%d.%d".formatted(run, 4 * index + 1),
        "lsd%d%ss".formatted(run, letter),
        "lsd%d%sh".formatted(run, letter),
        "lsd%d%sm".formatted(run, letter));
  }

  /** The namespace that holds the bridges of run {@code run}. */
  public static String switchNamespace(int run) {
    return "lsd%d-net".formatted(run);
  }

  /** The machine's interface in the service network of run {@code run}. */
  public static String callerInterface(int run) {
    return "lsd%dcall".formatted(run);
  }

  /** The machine's address in the service network: where the callers are. */
  public static String callerIp(int run) {
    return "10.213.%d.254".formatted(run);
  }

  /** The module's virtual IPv4 address. */
  public static String virtualIp(int run) {
    return "10.213.%d.50".formatted(run);
  }

  /** The module's virtual IPv6 address (unique local). */
  public static String virtualIp6(int run) {
    return "fd6c:6f63:6b00:%x::50".formatted(run);
  }

  /** The node's own IPv6 address in the service network. */
  public String serviceIp6() {
    String[] parts = serviceIp.split("\\.");
    return "fd6c:6f63:6b00:%x::%s".formatted(Integer.parseInt(parts[2]), parts[3]);
  }
}
