package io.lockstep.platform.linux.network;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A network interface: its number, and its hardware address or six zeros. Asked from the kernel
 * itself: the Java library knows no interface that has no address yet.
 */
record Link(String name, int index, boolean ethernet, byte[] hardware) {
  private static final int AF_INET = 2;
  private static final int SIOCGIFINDEX = 0x8933;
  private static final int SIOCGIFHWADDR = 0x8927;
  private static final int REQUEST_BYTES = 40;
  private static final int VALUE = 16;
  private static final int ARPHRD_ETHER = 1;

  /** Looks {@code name} up; empty if there is none. */
  static Optional<Link> find(String name) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length >= VALUE) {
      return Optional.empty();
    }
    ByteBuffer request = NativeMemory.allocate(REQUEST_BYTES).put(0, bytes);
    try (RawSocket socket = new RawSocket(AF_INET, RawSocket.SOCK_DGRAM, 0)) {
      int errno = socket.control(SIOCGIFINDEX, request);
      if (errno == Errno.ENODEV) {
        return Optional.empty();
      }
      int index = request.getInt(VALUE);
      if (errno == 0) {
        errno = socket.control(SIOCGIFHWADDR, request);
      }
      if (errno != 0) {
        throw new IOException("can not ask for the interface " + name + ": " + Errno.text(errno));
      }
      byte[] hardware = new byte[6];
      request.get(VALUE + 2, hardware);
      return Optional.of(new Link(name, index, request.getShort(VALUE) == ARPHRD_ETHER, hardware));
    }
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
}
