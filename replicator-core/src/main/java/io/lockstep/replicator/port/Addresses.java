package io.lockstep.replicator.port;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;

/**
 * The node's network addresses, for the virtual ones that move with the application. Safe for any
 * thread.
 */
public interface Addresses {
  /** An address with its prefix on an interface. */
  record VirtualAddress(InetAddress address, int prefixBits, String networkInterface) {}

  /**
   * Adds the address, or renews it if it is there already.
   *
   * @param lifetime after which the machine takes it away by itself unless it is renewed, in whole
   *     seconds, at least one: what was frozen or killed must not hold an address for ever
   */
  void add(VirtualAddress address, Duration lifetime) throws IOException;

  /** Removes it. Returns normally if it is not there. */
  void remove(VirtualAddress address) throws IOException;

  /** Whether this machine has the address on that interface. */
  boolean present(VirtualAddress address) throws IOException;

  /**
   * Tells the neighbours once (gratuitous ARP, unsolicited neighbour advertisement); the caller
   * repeats.
   */
  void announce(VirtualAddress address) throws IOException;

  /** Asks the network whether another host has the address, for {@code wait} at the most. */
  boolean takenByAnother(VirtualAddress address, Duration wait) throws IOException;
}
