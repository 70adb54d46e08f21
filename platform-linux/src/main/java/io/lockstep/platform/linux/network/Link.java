package io.lockstep.platform.linux.network;

import java.io.IOException;
import java.net.NetworkInterface;
import java.util.Optional;

/** A network interface: its number, and its hardware address or six zeros. */
record Link(String name, int index, byte[] hardware) {
  /** Looks {@code name} up; empty if there is none. */
  static Optional<Link> find(String name) throws IOException {
    NetworkInterface found = NetworkInterface.getByName(name);
    if (found == null) {
      return Optional.empty();
    }
    byte[] hardware = found.getHardwareAddress();
    return Optional.of(
        new Link(name, found.getIndex(), hardware == null ? new byte[6] : hardware));
  }

  /** Looks {@code name} up. @throws IOException if there is none */
  static Link require(String name) throws IOException {
    return find(name)
        .orElseThrow(
            () ->
                new IOException(
                    "there is no network interface "
                        + name
                        + ": correct the module's addresses in the configuration (ip link shows"
                        + " the names)"));
  }

  /** Whether neighbours find each other by hardware addresses on it. */
  boolean ethernet() {
    for (byte b : hardware) {
      if (b != 0) {
        return hardware.length == 6;
      }
    }
    return false;
  }
}
