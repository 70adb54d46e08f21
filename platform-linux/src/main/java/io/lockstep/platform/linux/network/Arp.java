package io.lockstep.platform.linux.network;

import io.lockstep.platform.linux.syscall.NativeMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;

/** Gratuitous ARP and ARP probes (RFC 5227), as packets of the link layer. */
final class Arp {
  private static final int ETH_P_ARP = 0x0806;
  private static final int REQUEST = 1;
  private static final int REPLY = 2;
  private static final int PACKET_BYTES = 28;
  private static final int PROBES = 3;
  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final byte[] NOWHERE = new byte[6];
  private static final byte[] NOBODY = new byte[4];

  private Arp() {}

  /** Sends both forms: some hosts believe only requests, others only replies. */
  static void announce(Link link, InetAddress address) throws IOException {
    byte[] ip = address.getAddress();
    try (RawSocket socket = open(link)) {
      ByteBuffer everyone = RawSocket.linkAddress(ETH_P_ARP, link.index(), BROADCAST);
      socket.send(packet(REQUEST, link.hardware(), ip, NOWHERE, ip), everyone);
      socket.send(packet(REPLY, link.hardware(), ip, BROADCAST, ip), everyone);
    }
  }

  /** Probes three times within {@code wait}; true as soon as another host claims the address. */
  static boolean taken(Link link, InetAddress address, Duration wait) throws IOException {
    byte[] ip = address.getAddress();
    ByteBuffer probe = packet(REQUEST, link.hardware(), NOBODY, NOWHERE, ip);
    ByteBuffer everyone = RawSocket.linkAddress(ETH_P_ARP, link.index(), BROADCAST);
    long start = System.nanoTime();
    try (RawSocket socket = open(link)) {
      for (int i = 1; i <= PROBES; i++) {
        socket.send(probe, everyone);
        long until = start + wait.toNanos() * i / PROBES;
        while (System.nanoTime() - until < 0) {
          ByteBuffer answer = socket.receive(until);
          if (answer != null && claims(answer, ip, link.hardware())) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean claims(ByteBuffer packet, byte[] ip, byte[] own) {
    if (packet.limit() < PACKET_BYTES) {
      return false;
    }
    byte[] sender = new byte[6];
    byte[] claimed = new byte[4];
    packet.get(8, sender);
    packet.get(14, claimed);
    return Arrays.equals(claimed, ip) && !Arrays.equals(sender, own);
  }

  private static RawSocket open(Link link) throws IOException {
    RawSocket socket = new RawSocket(RawSocket.AF_PACKET, RawSocket.SOCK_DGRAM, 0);
    boolean bound = false;
    try {
      socket.bind(RawSocket.linkAddress(ETH_P_ARP, link.index(), new byte[0]));
      bound = true;
      return socket;
    } finally {
      if (!bound) {
        socket.close();
      }
    }
  }

  private static ByteBuffer packet(
      int form, byte[] sender, byte[] senderIp, byte[] target, byte[] targetIp) {
    ByteBuffer packet = NativeMemory.allocate(PACKET_BYTES).order(ByteOrder.BIG_ENDIAN);
    packet.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
    packet.putShort((short) form).put(sender).put(senderIp).put(target).put(targetIp);
    return packet.flip();
  }
}
