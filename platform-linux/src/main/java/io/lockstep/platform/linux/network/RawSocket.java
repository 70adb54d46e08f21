package io.lockstep.platform.linux.network;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A socket of a kind that the Java library does not know. For one thread. */
final class RawSocket implements AutoCloseable {
  static final int AF_INET6 = 10;
  static final int AF_NETLINK = 16;
  static final int AF_PACKET = 17;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = Libc.O_CLOEXEC;
  private static final int POLLIN = 1;

  private final int fd;

  /** Opens it. @throws IOException telling that root is needed, if that is it */
  RawSocket(int family, int type, int protocol) throws IOException {
    fd = Libc.socket(family, type | SOCK_CLOEXEC, protocol);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      throw new IOException(
          "can not open a network socket of family "
              + family
              + ": "
              + Errno.text(errno)
              + (errno == Errno.EPERM ? ": Lockstep needs root or CAP_NET_RAW" : ""));
    }
  }

  void bind(ByteBuffer address) throws IOException {
    try {
      check(Libc.bind(fd, NativeMemory.address(address), address.limit()), "bind");
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  void option(int level, int option, int value) throws IOException {
    ByteBuffer buffer = NativeMemory.allocate(4).putInt(0, value);
    try {
      check(Libc.setsockopt(fd, level, option, NativeMemory.address(buffer), 4), "set an option");
    } finally {
      Reference.reachabilityFence(buffer);
    }
  }

  /** An ioctl with a structure; 0 or the error number. */
  int control(int request, ByteBuffer structure) {
    try {
      return Libc.errno(Libc.ioctl(fd, request, NativeMemory.address(structure)));
    } finally {
      Reference.reachabilityFence(structure);
    }
  }

  /** Sends from 0 to the limit of {@code data}; {@code address} may be null. */
  void send(ByteBuffer data, ByteBuffer address) throws IOException {
    long to = address == null ? 0 : NativeMemory.address(address);
    int length = address == null ? 0 : address.limit();
    long from = NativeMemory.address(data);
    try {
      check(Libc.sendto(fd, from, data.limit(), 0, to, length), "send");
    } finally {
      Reference.reachabilityFence(data);
      Reference.reachabilityFence(address);
    }
  }

  /** Waits for a message until {@code deadlineNs} of the system clock; null when none came. */
  ByteBuffer receive(long deadlineNs) throws IOException {
    if (!readable(deadlineNs)) {
      return null;
    }
    ByteBuffer into = NativeMemory.allocate(32 * 1024);
    try {
      long read = Libc.recv(fd, NativeMemory.address(into), into.capacity(), 0);
      check(read, "receive");
      return into.limit((int) read);
    } finally {
      Reference.reachabilityFence(into);
    }
  }

  private boolean readable(long deadlineNs) throws IOException {
    ByteBuffer wait = NativeMemory.allocate(8).putInt(0, fd).putShort(4, (short) POLLIN);
    long leftMs = Math.max(0, (deadlineNs - System.nanoTime() + 999_999) / 1_000_000);
    try {
      int timeoutMs = (int) Math.min(leftMs, Integer.MAX_VALUE);
      int ready = Libc.poll(NativeMemory.address(wait), 1, timeoutMs);
      int errno = Libc.errno(ready);
      if (errno != 0 && errno != Errno.EINTR) {
        throw new IOException("can not wait for the network: " + Errno.text(errno));
      }
      return ready > 0;
    } finally {
      Reference.reachabilityFence(wait);
    }
  }

  private static void check(long result, String what) throws IOException {
    int errno = Libc.errno(result);
    if (errno != 0) {
      throw new IOException("can not " + what + " on a network socket: " + Errno.text(errno));
    }
  }

  @Override
  public void close() {
    Libc.close(fd);
  }

  /** A struct sockaddr_ll. */
  static ByteBuffer linkAddress(int protocol, int index, byte[] hardware) {
    ByteBuffer address = NativeMemory.allocate(20);
    address.putShort(0, (short) AF_PACKET);
    address.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) protocol);
    address.order(ByteOrder.nativeOrder()).putInt(4, index);
    address.put(11, (byte) hardware.length).put(12, hardware);
    return address;
  }
}
