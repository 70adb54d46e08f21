package io.lockstep.agent.configuration;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A numeric address and a port. Never a host name: a failing name service must not keep a node from
 * taking over.
 */
public record Endpoint(InetAddress address, int port) {
  /** For binding and connecting. */
  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(address, port);
  }

  /** As written in the configuration: {@code 10.0.1.1:7400} or {@code [fd00::1]:7400}. */
  @Override
  public String toString() {
    String host = address.getHostAddress();
    return (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port;
  }
}
