package io.lockstep.demo.topology;

import java.util.List;

/**
 * Counts the bytes that reach a node over the networks between the nodes, as the kernel counts them
 * at the node's bridge ports. An outside view: neither agent is asked.
 */
public final class InterfaceCounters {
  private InterfaceCounters() {}

  /**
   * Bytes that the networks have delivered to {@code node} since the run began: every protocol
   * header included, acknowledgements and heartbeats too.
   */
  public static long bytesTo(NodeNetwork node) {
    long sum = 0;
    for (String port : List.of(node.servicePort(), node.heartbeatPort())) {
      sum += transmitted(node.switchNamespace(), port);
    }
    return sum;
  }

  private static long transmitted(String namespace, String port) {
    // "TX:  bytes packets ..." is followed by a line with the numbers.
    List<String> lines =
        Shell.run("ip", "-n", namespace, "-s", "link", "show", port).lines().toList();
    for (int i = 0; i < lines.size() - 1; i++) {
      if (lines.get(i).strip().startsWith("TX:")) {
        return Long.parseLong(lines.get(i + 1).strip().split("\\s+")[0]);
      }
    }
    throw new IllegalStateException("no counters for " + port + ": " + lines);
  }
}
