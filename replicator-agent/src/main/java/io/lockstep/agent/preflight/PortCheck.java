package io.lockstep.agent.preflight;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.Endpoint;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether the ports that a node listens at are free, by taking each for a moment. An address that
 * is not on this machine is a problem for the console only: link and heartbeats wait for theirs,
 * since a network may come up later than the agent.
 */
final class PortCheck {
  private final String node;
  private final ClusterConfiguration running;

  /** {@code running} is null before the agent runs. */
  PortCheck(String node, ClusterConfiguration running) {
    this.node = node;
    this.running = running;
  }

  List<String> problems(ClusterConfiguration next) {
    List<String> problems = new ArrayList<>();
    Map<String, Endpoint> held = running == null ? Map.of() : tcp(running);
    tcp(next)
        .forEach(
            (key, endpoint) -> {
              if (!held.containsValue(endpoint)) {
                tcp(key, endpoint, problems);
              }
            });
    List<Endpoint> heard = running == null ? List.of() : running.node(node).heartbeats();
    List<Endpoint> hear = next.node(node).heartbeats();
    for (int i = 0; i < hear.size(); i++) {
      if (!heard.contains(hear.get(i))) {
        udp("nodes." + node + ".heartbeats[" + i + "]", hear.get(i), problems);
      }
    }
    return problems;
  }

  private Map<String, Endpoint> tcp(ClusterConfiguration configuration) {
    Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    endpoints.put("nodes." + node + ".link", configuration.node(node).link());
    endpoints.put("console.listen", configuration.console().listen().of(node));
    return endpoints;
  }

  private static void tcp(String key, Endpoint endpoint, List<String> problems) {
    if (!local(endpoint)) {
      if (key.startsWith("console")) {
        problems.add(key + ": " + endpoint + " is not an address of this machine");
      }
      return;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(!windows());
      socket.bind(endpoint.socketAddress());
    } catch (IOException e) {
      problems.add(key + ": " + taken("TCP", endpoint, e));
    }
  }

  private static void udp(String key, Endpoint endpoint, List<String> problems) {
    if (!local(endpoint)) {
      return;
    }
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.bind(endpoint.socketAddress());
    } catch (IOException e) {
      problems.add(key + ": " + taken("UDP", endpoint, e));
    }
  }

  private static String taken(String protocol, Endpoint endpoint, IOException e) {
    return e instanceof BindException && String.valueOf(e.getMessage()).contains("in use")
        ? protocol
            + " port "
            + endpoint
            + " is in use by another process (`ss -lnp "
            + (protocol.equals("TCP") ? "-t" : "-u")
            + " sport = :"
            + endpoint.port()
            + "` names it): stop it, or configure another port"
        : protocol + " port " + endpoint + " cannot be opened: " + e.getMessage();
  }

  private static boolean windows() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("win");
  }

  /** A wildcard address counts as local. */
  private static boolean local(Endpoint endpoint) {
    try {
      return endpoint.address().isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(endpoint.address()) != null;
    } catch (IOException e) {
      return true;
    }
  }
}
