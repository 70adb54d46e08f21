package io.lockstep.platform.linux.network;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.Addresses;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.Optional;

/**
 * Virtual addresses on this machine's interfaces, in the network namespace of the calling thread.
 * Needs CAP_NET_ADMIN and CAP_NET_RAW.
 */
public final class LinuxAddresses implements Addresses {
  @Override
  public void add(VirtualAddress address, Duration lifetime) throws IOException {
    Link link = Link.require(address.networkInterface());
    int seconds = (int) Math.min(Integer.MAX_VALUE, Math.max(1, lifetime.toSeconds()));
    int errno = Netlink.add(link, address.address(), address.prefixBits(), seconds);
    if (errno != 0) {
      throw refused("add", address, errno);
    }
  }

  @Override
  public void remove(VirtualAddress address) throws IOException {
    Optional<Link> link = Link.find(address.networkInterface());
    if (link.isEmpty()) {
      return;
    }
    int errno = Netlink.delete(link.get(), address.address(), address.prefixBits());
    if (errno != 0 && errno != Errno.EADDRNOTAVAIL) {
      throw refused("remove", address, errno);
    }
  }

  @Override
  public boolean present(VirtualAddress address) throws IOException {
    Optional<Link> link = Link.find(address.networkInterface());
    return link.isPresent() && Netlink.present(link.get(), address.address(), address.prefixBits());
  }

  /** Interfaces without hardware addresses (loopback, tunnels) have no neighbours to tell. */
  @Override
  public void announce(VirtualAddress address) throws IOException {
    Link link = Link.require(address.networkInterface());
    if (!link.ethernet()) {
      return;
    }
    if (address.address() instanceof Inet4Address) {
      Arp.announce(link, address.address());
    } else {
      NeighbourDiscovery.announce(link, address.address());
    }
  }

  @Override
  public boolean takenByAnother(VirtualAddress address, Duration wait) throws IOException {
    Link link = Link.require(address.networkInterface());
    if (!link.ethernet()) {
      return false;
    }
    return address.address() instanceof Inet4Address
        ? Arp.taken(link, address.address(), wait)
        : NeighbourDiscovery.taken(link, address.address(), wait);
  }

  private static IOException refused(String what, VirtualAddress address, int errno) {
    String advice =
        switch (errno) {
          case Errno.EPERM, Errno.EACCES ->
              ": Lockstep needs root or CAP_NET_ADMIN; IPv6 may be" + " disabled on the interface";
          case Errno.EINVAL -> ": the address does not fit the prefix length";
          case Errno.ENODEV -> ": the interface has disappeared";
          case Errno.EOPNOTSUPP -> ": the kernel has no IPv6, or it is disabled";
          default -> "";
        };
    return new IOException(
        "can not "
            + what
            + " "
            + address.address().getHostAddress()
            + "/"
            + address.prefixBits()
            + " on "
            + address.networkInterface()
            + ": "
            + Errno.text(errno)
            + advice);
  }
}
