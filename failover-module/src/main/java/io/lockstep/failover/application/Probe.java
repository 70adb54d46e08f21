package io.lockstep.failover.application;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;

/** What a checker looks at. */
public sealed interface Probe {
  /**
   * A line for {@code /bin/sh -c}, inside the application's process group; good when it ends with
   * 0.
   */
  record Command(String run) implements Probe {}

  /** A connection to that address is accepted. */
  record Tcp(InetSocketAddress address) implements Probe {}

  /**
   * An answer to GET.
   *
   * @param status that it must have
   * @param contains text that must be in its body; empty for any body
   */
  record Http(URI url, int status, String contains) implements Probe {}

  /** The address answers an ICMP echo. */
  record Ping(InetAddress address) implements Probe {}

  /** The network interface is up and has a carrier. */
  record Interface(String name) implements Probe {}

  /** The module's virtual addresses are on this machine. */
  record VirtualAddresses() implements Probe {}

  /** The file system of that path has at least that many free bytes for unprivileged users. */
  record Space(Path path, long freeBytes) implements Probe {}

  /** The unit of systemd's is active. */
  record OfUnit(Unit unit) implements Probe {}

  /**
   * The application has processes.
   *
   * @param name as in {@code ps -o comm}, of one that must be among them; empty for any
   */
  record Processes(String name) implements Probe {}
}
