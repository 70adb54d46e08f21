package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.CrashPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that takes requests from a channel of the connection, handles each to its end, and
 * answers on the same channel. Its buffers are allocated once. Ends when the mount does.
 */
final class FuseWorker implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(FuseWorker.class);

  /** Header of a write request, and names and attributes beside the largest data. */
  private static final int ROOM_BESIDE_DATA = 4096;

  private final int fd;
  private final FuseDispatcher dispatcher;
  private final FuseRequest request;
  private final FuseReply reply;
  private final Runnable ended;

  /** {@code ended} runs last, on the worker's thread. */
  FuseWorker(int fd, FuseDispatcher dispatcher, Runnable ended) {
    this.fd = fd;
    this.dispatcher = dispatcher;
    this.request = new FuseRequest(Negotiation.MAX_DATA_BYTES + ROOM_BESIDE_DATA);
    this.reply = new FuseReply(Negotiation.MAX_DATA_BYTES + ROOM_BESIDE_DATA);
    this.ended = ended;
  }

  @Override
  public void run() {
    FuseSystem.becomeFlusher();
    try {
      while (serveOne()) {
        // until the mount ends
      }
    } finally {
      ended.run();
    }
  }

  private boolean serveOne() {
    long read = request.read(fd);
    if (read < 0) {
      return goOnAfter(FuseSystem.errno(read));
    }
    int opcode = request.opcode();
    long unique = request.unique();
    CrashPoint.PRIMARY_REQUEST_READ.reached();
    int errno = dispatcher.handle(request, reply.begin(), fd);
    if (errno != FuseReply.NONE) {
      CrashPoint.PRIMARY_BEFORE_REPLY.reached();
      int sent = reply.send(fd, unique, errno);
      CrashPoint.PRIMARY_REPLIED.reached();
      if (sent != 0 && errno == 0) {
        dispatcher.undelivered(opcode, reply);
      }
    }
    return true;
  }

  /** ENOENT: the request was taken back before it was read. ENODEV: the mount is gone. */
  private static boolean goOnAfter(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.EINTR, Errno.EAGAIN -> true;
      case Errno.ENODEV, Errno.ECONNABORTED -> false;
      default -> {
        LOG.error(
            "reading requests from /dev/fuse failed with errno {}: this worker stops; if all do,"
                + " applications hang until the mount is aborted",
            errno);
        yield false;
      }
    };
  }
}
