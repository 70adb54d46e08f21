package io.lockstep.demo.lossy;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * An end of a cable in software: what the kernel sends to the interface is read here, and what is
 * written here arrives at it. One thread reads and one writes.
 */
final class Tap {
  private static final int O_RDWR = 2;
  private static final long TUNSETIFF = 0x400454caL;
  private static final short IFF_TAP_WITHOUT_HEADER = 0x1002;
  private static final int NAME_BYTES = 16;
  private static final int REQUEST_BYTES = 40;
  private static final int LARGEST_FRAME = 65_600;

  private final int fd;
  private final Memory in = new Memory(LARGEST_FRAME);
  private final Memory out = new Memory(LARGEST_FRAME);

  static {
    Native.register(Tap.class, "c");
  }

  /** Makes the interface of that name in this process's network namespace. */
  Tap(String name) throws IOException {
    fd = open("/dev/net/tun", O_RDWR);
    try (Memory request = new Memory(REQUEST_BYTES)) {
      request.clear();
      request.write(0, name.getBytes(StandardCharsets.US_ASCII), 0, name.length());
      request.setShort(NAME_BYTES, IFF_TAP_WITHOUT_HEADER);
      ioctl(fd, TUNSETIFF, request);
    } catch (LastErrorException e) {
      throw new IOException("cannot make the interface " + name, e);
    }
  }

  private static native int open(String path, int flags) throws LastErrorException;

  private static native int ioctl(int fd, long request, Memory argument) throws LastErrorException;

  private static native long read(int fd, Memory buffer, long length) throws LastErrorException;

  private static native long write(int fd, Memory buffer, long length) throws LastErrorException;

  /** The next frame that the kernel sends. Waits. */
  byte[] take() {
    int length = (int) read(fd, in, LARGEST_FRAME);
    return in.getByteArray(0, length);
  }

  /** Lets a frame arrive; one for an interface that is down is lost. */
  void give(byte[] frame) {
    out.write(0, frame, 0, frame.length);
    try {
      write(fd, out, frame.length);
    } catch (LastErrorException e) {
      System.err.println("a frame is lost: " + e.getMessage());
    }
  }
}
