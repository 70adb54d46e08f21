package io.lockstep.platform.linux.network;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Address requests to the kernel's routing tables (rtnetlink). A socket each: they are rare. */
final class Netlink {
  private static final int ADD = 20;
  private static final int DELETE = 21;
  private static final int GET = 22;
  private static final int REQUEST = 0x1;
  private static final int ACKNOWLEDGE = 0x4;
  private static final int DUMP = 0x300;
  private static final int CREATE_OR_REPLACE = 0x500;
  private static final int ERROR = 2;
  private static final int DONE = 3;
  private static final int HEADER = 16;
  private static final int ADDRESS_HEADER = 24;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_CACHEINFO = 6;
  private static final int CACHEINFO = 16;
  private static final int IFA_F_NODAD = 0x02;
  private static final int SEQUENCE = 1;
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

  private Netlink() {}

  /**
   * Adds an address, or gives the one that is there a new lifetime; 0 or the kernel's error number.
   * A new IPv6 address is usable at once: whether another host has it was asked before, and during
   * a takeover there is no second to lose.
   *
   * @param seconds after which the kernel removes it
   */
  static int add(Link link, InetAddress address, int prefixBits, int seconds) throws IOException {
    ByteBuffer message = change(ADD, CREATE_OR_REPLACE, 4 + CACHEINFO, link, address, prefixBits);
    message.put(18, (byte) (address instanceof Inet6Address ? IFA_F_NODAD : 0));
    ByteBuffer lifetime = ByteBuffer.allocate(CACHEINFO).order(ByteOrder.nativeOrder());
    lifetime.putInt(0, seconds).putInt(4, seconds);
    attribute(message, message.limit() - 4 - CACHEINFO, IFA_CACHEINFO, lifetime.array());
    return perform(message);
  }

  /** Deletes an address; 0 or the kernel's error number. */
  static int delete(Link link, InetAddress address, int prefixBits) throws IOException {
    return perform(change(DELETE, 0, 0, link, address, prefixBits));
  }

  private static ByteBuffer change(
      int type, int flags, int room, Link link, InetAddress address, int prefixBits) {
    byte[] bytes = address.getAddress();
    ByteBuffer message = NativeMemory.allocate(ADDRESS_HEADER + 2 * (4 + bytes.length) + room);
    header(message, type, REQUEST | ACKNOWLEDGE | flags, address);
    message.put(17, (byte) prefixBits);
    message.putInt(20, link.index());
    attribute(message, ADDRESS_HEADER, IFA_LOCAL, bytes);
    attribute(message, ADDRESS_HEADER + 4 + bytes.length, IFA_ADDRESS, bytes);
    return message;
  }

  private static int perform(ByteBuffer message) throws IOException {
    try (RawSocket socket = new RawSocket(RawSocket.AF_NETLINK, RawSocket.SOCK_RAW, 0)) {
      socket.send(message, null);
      return -receive(socket).getInt(HEADER);
    }
  }

  /** Whether the interface has the address with that prefix. */
  static boolean present(Link link, InetAddress address, int prefixBits) throws IOException {
    ByteBuffer message = NativeMemory.allocate(ADDRESS_HEADER);
    header(message, GET, REQUEST | DUMP, address);
    boolean found = false;
    try (RawSocket socket = new RawSocket(RawSocket.AF_NETLINK, RawSocket.SOCK_RAW, 0)) {
      socket.send(message, null);
      while (true) {
        ByteBuffer answer = receive(socket);
        for (int at = 0; at + HEADER <= answer.limit(); at += align(answer.getInt(at))) {
          int type = answer.getShort(at + 4);
          if (type == DONE) {
            return found;
          }
          if (type == ERROR) {
            throw new IOException(
                "the kernel does not list its addresses: " + Errno.text(-answer.getInt(at + 16)));
          }
          found |= matches(answer, at, link, address.getAddress(), prefixBits);
        }
      }
    }
  }

  private static boolean matches(
      ByteBuffer answer, int at, Link link, byte[] address, int prefixBits) {
    if (answer.getInt(at + 20) != link.index() || (answer.get(at + 17) & 0xff) != prefixBits) {
      return false;
    }
    int end = at + answer.getInt(at);
    for (int a = at + ADDRESS_HEADER; a + 4 <= end; a += align(answer.getShort(a))) {
      int kind = answer.getShort(a + 2);
      if (kind == IFA_LOCAL || (kind == IFA_ADDRESS && address.length == 16)) {
        byte[] held = new byte[answer.getShort(a) - 4];
        answer.get(a + 4, held);
        if (Arrays.equals(held, address)) {
          return true;
        }
      }
    }
    return false;
  }

  private static void header(ByteBuffer message, int type, int flags, InetAddress address) {
    message.putInt(0, message.limit());
    message.putShort(4, (short) type);
    message.putShort(6, (short) flags);
    message.putInt(8, SEQUENCE);
    message.put(HEADER, (byte) (address instanceof Inet6Address ? RawSocket.AF_INET6 : 2));
  }

  private static void attribute(ByteBuffer message, int at, int kind, byte[] value) {
    message.putShort(at, (short) (4 + value.length));
    message.putShort(at + 2, (short) kind);
    message.put(at + 4, value);
  }

  private static ByteBuffer receive(RawSocket socket) throws IOException {
    ByteBuffer answer = socket.receive(System.nanoTime() + PATIENCE_NS);
    if (answer == null || answer.limit() < HEADER + 4) {
      throw new IOException("the kernel does not answer a question about addresses (netlink)");
    }
    return answer;
  }

  private static int align(int length) {
    return Math.max(4, (length + 3) & ~3);
  }
}
