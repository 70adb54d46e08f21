package io.lockstep.demo.topology;

import static io.lockstep.demo.topology.Shell.attempt;
import static io.lockstep.demo.topology.Shell.run;

import java.util.List;

/**
 * The networks of one run: a namespace a node, joined by two bridges, and the machine as a caller.
 *
 * <p>The <em>service</em> network carries the link, the first heartbeats and the virtual addresses,
 * and the machine has an address in it from which the callers call. The second <em>heartbeat</em>
 * network joins only the nodes. A <em>management</em> network of each node with the machine carries
 * console and API and is never cut. The bridges live in a namespace of their own, so that no packet
 * filter of the machine sees the nodes' traffic.
 */
public final class Topology {
  private static final String SERVICE_BRIDGE = "service";
  private static final String HEARTBEAT_BRIDGE = "heartbeat";

  private final int run;
  private final List<NodeNetwork> nodes;

  /** Describes the topology of run {@code run}; nothing is made yet. */
  public Topology(int run) {
    this.run = run;
    this.nodes = List.of(NodeNetwork.of(run, 0), NodeNetwork.of(run, 1));
  }

  /** The two nodes, the preferred one first. */
  public List<NodeNetwork> nodes() {
    return nodes;
  }

  /**
   * Makes namespaces, bridges and interfaces.
   *
   * @throws Shell.CommandFailedException if the kernel refuses; what was made until then stays, for
   *     {@link #remove}
   */
  public void create() {
    String bridges = NodeNetwork.switchNamespace(run);
    run("ip", "netns", "add", bridges);
    quiet(bridges);
    for (String bridge : List.of(SERVICE_BRIDGE, HEARTBEAT_BRIDGE)) {
      run("ip", "-n", bridges, "link", "add", bridge, "type", "bridge", "stp_state", "0");
      run("ip", "-n", bridges, "link", "set", bridge, "up");
    }
    for (NodeNetwork node : nodes) {
      createNode(node);
    }
    createCaller(bridges);
  }

  private void createNode(NodeNetwork node) {
    String namespace = node.namespace();
    run("ip", "netns", "add", namespace);
    quiet(namespace);
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    plug(node, NodeNetwork.SERVICE_INTERFACE, node.servicePort(), SERVICE_BRIDGE);
    plug(node, NodeNetwork.HEARTBEAT_INTERFACE, node.heartbeatPort(), HEARTBEAT_BRIDGE);
    address(namespace, node.serviceIp() + "/24", NodeNetwork.SERVICE_INTERFACE);
    address(namespace, node.serviceIp6() + "/64", NodeNetwork.SERVICE_INTERFACE, "nodad");
    address(namespace, node.heartbeatIp() + "/24", NodeNetwork.HEARTBEAT_INTERFACE);

    String port = node.managementPort();
    String inside = NodeNetwork.MANAGEMENT_INTERFACE;
    run("ip", "link", "add", port, "type", "veth", "peer", "name", inside, "netns", namespace);
    run("ip", "addr", "add", node.hostIp() + "/30", "dev", port);
    run("ip", "link", "set", port, "up");
    run("ip", "-n", namespace, "link", "set", inside, "up");
    address(namespace, node.managementIp() + "/30", inside);
  }

  private static void plug(NodeNetwork node, String inside, String port, String bridge) {
    String bridges = node.switchNamespace();
    run(
        "ip",
        "-n",
        bridges,
        "link",
        "add",
        port,
        "type",
        "veth",
        "peer",
        "name",
        inside,
        "netns",
        node.namespace());
    run("ip", "-n", bridges, "link", "set", port, "master", bridge, "up");
    run("ip", "-n", node.namespace(), "link", "set", inside, "up");
  }

  private void createCaller(String bridges) {
    String host = NodeNetwork.callerInterface(run);
    run("ip", "link", "add", host, "type", "veth", "peer", "name", "caller", "netns", bridges);
    run("ip", "-n", bridges, "link", "set", "caller", "master", SERVICE_BRIDGE, "up");
    run("ip", "addr", "add", NodeNetwork.callerIp(run) + "/24", "dev", host);
    run("ip", "link", "set", host, "up");
    // A machine without IPv6 can still run the demo: its callers then use IPv4 alone.
    attempt("ip", "addr", "add", "fd6c:6f63:6b00:%x::fe/64".formatted(run), "dev", host, "nodad");
  }

  private static void address(String namespace, String address, String device, String... more) {
    String[] command = {"ip", "-n", namespace, "addr", "add", address, "dev", device};
    String[] all = java.util.Arrays.copyOf(command, command.length + more.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    run(all);
  }

  /** Keeps router advertisements and duplicate-address waits out of a namespace. */
  private static void quiet(String namespace) {
    for (String key : List.of("accept_ra", "accept_dad", "dad_transmits")) {
      attempt(
          "ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.default." + key + "=0");
    }
  }

  /** Whether the addresses of run {@code run} would hide a network that the machine already has. */
  public static boolean collides(int run) {
    for (String network : List.of("10.213.%d.0/24", "10.215.%d.0/24")) {
      String routes = attempt("ip", "route", "show", "to", "root", network.formatted(run)).output();
      String wider = attempt("ip", "route", "show", "to", "match", network.formatted(run)).output();
      boolean taken =
          (routes + wider).lines().anyMatch(line -> !line.isBlank() && !line.startsWith("default"));
      if (taken) {
        return true;
      }
    }
    return false;
  }

  /** Ends every process in the run's namespaces and removes them. Absent parts are skipped. */
  public void remove() {
    for (NodeNetwork node : nodes) {
      endProcesses(node.namespace());
    }
    attempt("ip", "link", "del", NodeNetwork.callerInterface(run));
    for (NodeNetwork node : nodes) {
      attempt("ip", "link", "del", node.managementPort());
      attempt("ip", "netns", "del", node.namespace());
    }
    endProcesses(NodeNetwork.switchNamespace(run));
    attempt("ip", "netns", "del", NodeNetwork.switchNamespace(run));
  }

  /** Kills all processes of a namespace with SIGKILL, until none is left (at most 50 rounds). */
  static void endProcesses(String namespace) {
    for (int round = 0; round < 50; round++) {
      Shell.Result pids = attempt("ip", "netns", "pids", namespace);
      if (!pids.succeeded() || pids.output().isBlank()) {
        return;
      }
      attempt("sh", "-c", "kill -KILL " + pids.output().replaceAll("\\s+", " "));
    }
  }
}
