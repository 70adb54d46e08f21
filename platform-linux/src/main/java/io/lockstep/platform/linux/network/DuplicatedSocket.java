package io.lockstep.platform.linux.network;

import com.sun.jna.Native;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.replicator.port.SocketWriter;
import java.io.IOException;

/**
 * A second descriptor of a connection, so that its owner may close the first at any time without
 * its number becoming another file's under this writer's hands.
 */
public final class DuplicatedSocket implements SocketWriter {
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  static {
    Native.register(DuplicatedSocket.class, "c");
  }

  private static final int CLOSED = -1;

  private int fd;

  private DuplicatedSocket(int fd) {
    this.fd = fd;
  }

  /** A writer to the socket {@code descriptor}. */
  public static DuplicatedSocket of(int descriptor) throws IOException {
    int fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
      throw new IOException("cannot duplicate a socket: errno " + Native.getLastError());
    }
    return new DuplicatedSocket(fd);
  }

  @Override
  public int send(long address, int bytes) throws IOException {
    long sent = send(fd, address, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      return (int) sent;
    }
    int errno = Native.getLastError();
    if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
      return 0;
    }
    throw new IOException("sending to a socket failed: errno " + errno);
  }

  @Override
  public void close() {
    if (fd != CLOSED) {
      Libc.close(fd);
      fd = CLOSED;
    }
  }

  private static native int fcntl(int fd, int command, long argument);

  private static native long send(int fd, long from, long count, int flags);
}
