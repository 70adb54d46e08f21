package io.lockstep.platform.linux.network;

import io.lockstep.platform.linux.syscall.NativeMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;

/** IPv6: unsolicited advertisements, and the question of duplicate address detection (RFC 4862). */
final class NeighbourDiscovery {
  private static final int ETH_P_IPV6 = 0x86dd;
  private static final int ICMPV6 = 58;
  private static final int SOLICITATION = 135;
  private static final int ADVERTISEMENT = 136;
  private static final int OVERRIDE = 0x20000000;
  private static final int TARGET_LINK_ADDRESS = 2;
  private static final int IPPROTO_IPV6 = 41;
  private static final int MULTICAST_INTERFACE = 17;
  private static final int MULTICAST_HOPS = 18;
  private static final int SOL_SOCKET = 1;
  private static final int SO_BINDTOIFINDEX = 62;
  private static final int HOPS = 255;
  private static final int PROBES = 3;
  private static final int MESSAGE_BYTES = 24;
  private static final int IP_HEADER = 40;

  private NeighbourDiscovery() {}

  /** Tells all nodes of the link that the address is here now. */
  static void announce(Link link, InetAddress address) throws IOException {
    ByteBuffer message = NativeMemory.allocate(MESSAGE_BYTES + 8).order(ByteOrder.BIG_ENDIAN);
    message.put((byte) ADVERTISEMENT).put((byte) 0).putShort((short) 0).putInt(OVERRIDE);
    message.put(address.getAddress());
    message.put((byte) TARGET_LINK_ADDRESS).put((byte) 1).put(link.hardware()).flip();
    byte[] allNodes = new byte[16];
    allNodes[0] = (byte) 0xff;
    allNodes[1] = 2;
    allNodes[15] = 1;
    try (RawSocket socket = new RawSocket(RawSocket.AF_INET6, RawSocket.SOCK_RAW, ICMPV6)) {
      socket.option(IPPROTO_IPV6, MULTICAST_INTERFACE, link.index());
      socket.option(IPPROTO_IPV6, MULTICAST_HOPS, HOPS);
      socket.bind(socketAddress(address.getAddress(), link.index()));
      socket.send(message, socketAddress(allNodes, link.index()));
    }
  }

  /** Asks three times within {@code wait}; true as soon as another host answers. */
  static boolean taken(Link link, InetAddress address, Duration wait) throws IOException {
    byte[] target = address.getAddress();
    ByteBuffer question = question(target);
    byte[] group = {0x33, 0x33, (byte) 0xff, target[13], target[14], target[15]};
    ByteBuffer to = RawSocket.linkAddress(ETH_P_IPV6, link.index(), group);
    long start = System.nanoTime();
    try (RawSocket answers = new RawSocket(RawSocket.AF_INET6, RawSocket.SOCK_RAW, ICMPV6);
        RawSocket asking = new RawSocket(RawSocket.AF_PACKET, RawSocket.SOCK_DGRAM, 0)) {
      answers.option(SOL_SOCKET, SO_BINDTOIFINDEX, link.index());
      for (int i = 1; i <= PROBES; i++) {
        asking.send(question, to);
        long until = start + wait.toNanos() * i / PROBES;
        while (System.nanoTime() - until < 0) {
          ByteBuffer answer = answers.receive(until);
          if (answer != null && claims(answer, target)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean claims(ByteBuffer message, byte[] target) {
    if (message.limit() < MESSAGE_BYTES || (message.get(0) & 0xff) != ADVERTISEMENT) {
      return false;
    }
    byte[] claimed = new byte[16];
    message.get(8, claimed);
    return Arrays.equals(claimed, target);
  }

  /** The IPv6 packet of a solicitation from nobody, so that no neighbour table learns from it. */
  private static ByteBuffer question(byte[] target) {
    ByteBuffer packet =
        NativeMemory.allocate(IP_HEADER + MESSAGE_BYTES).order(ByteOrder.BIG_ENDIAN);
    packet.putInt(6 << 28).putShort((short) MESSAGE_BYTES).put((byte) ICMPV6).put((byte) HOPS);
    packet.put(new byte[16]);
    packet.put(new byte[] {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff});
    packet.put(target, 13, 3);
    packet.put((byte) SOLICITATION).put((byte) 0).putShort((short) 0).putInt(0).put(target).flip();
    packet.putShort(IP_HEADER + 2, checksum(packet));
    return packet;
  }

  /** Over addresses, length, protocol and message. */
  private static short checksum(ByteBuffer packet) {
    int sum = MESSAGE_BYTES + ICMPV6;
    for (int i = 8; i < packet.limit(); i += 2) {
      sum += packet.getShort(i) & 0xffff;
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  /** A struct sockaddr_in6. */
  private static ByteBuffer socketAddress(byte[] address, int scope) {
    ByteBuffer buffer = NativeMemory.allocate(28);
    buffer.putShort(0, (short) RawSocket.AF_INET6);
    buffer.put(8, address).putInt(24, scope);
    return buffer;
  }
}
