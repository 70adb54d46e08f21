package io.lockstep.platform.linux.network;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.replicator.port.SocketReader;
import io.lockstep.replicator.port.SocketWriter;
import java.io.IOException;

/**
 * A second descriptor of a connection, so that its owner may close the first at any time without
 * its number becoming another file's under these hands.
 */
public final class DuplicatedSocket implements SocketWriter, SocketReader {
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final short POLLIN = 1;
  private static final int POLLFD_BYTES = 8;

  static {
    Native.register(DuplicatedSocket.class, "c");
  }

  private static final int CLOSED = -1;

  /** {@code struct pollfd}: the descriptor, what to wait for, what came. */
  private final Memory waited = new Memory(POLLFD_BYTES);

  private int fd;

  private DuplicatedSocket(int fd) {
    this.fd = fd;
    waited.setInt(0, fd);
    waited.setShort(4, POLLIN);
  }

  /** A writer to, or a reader of, the socket {@code descriptor}. */
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
  public int receive(long address, int bytes) throws IOException {
    long came = recv(fd, address, bytes, MSG_DONTWAIT);
    if (came > 0) {
      return (int) came;
    }
    if (came == 0) {
      return ENDED;
    }
    int errno = Native.getLastError();
    if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
      return 0;
    }
    throw new IOException("receiving from a socket failed: errno " + errno);
  }

  @Override
  public void await(int timeoutMs) throws IOException {
    if (poll(Pointer.nativeValue(waited), 1, timeoutMs) < 0) {
      int errno = Native.getLastError();
      if (errno != Errno.EINTR) {
        throw new IOException("waiting for a socket failed: errno " + errno);
      }
    }
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

  private static native long recv(int fd, long to, long count, int flags);

  private static native int poll(long descriptors, long count, int timeoutMs);
}
