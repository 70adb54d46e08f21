package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.CrashPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that takes requests from a channel, handles each to its end, and answers on the same
 * channel. Ends when the mount does.
 */
final class FuseWorker implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(FuseWorker.class);

  private final FuseChannel channel;
  private final FuseDispatcher dispatcher;
  private final Runnable ended;
  private boolean replied;

  /** {@code ended} runs last, on the worker's thread. */
  FuseWorker(FuseChannel channel, FuseDispatcher dispatcher, Runnable ended) {
    this.channel = channel;
    this.dispatcher = dispatcher;
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
    int failed = channel.next();
    if (failed != 0) {
      return goOnAfter(failed);
    }
    FuseRequest request = channel.request();
    FuseReply reply = channel.reply();
    int opcode = request.opcode();
    long unique = request.unique();
    if (replied) {
      // some channels send an answer when they ask for the next request
      CrashPoint.PRIMARY_REPLIED.reached();
    }
    CrashPoint.PRIMARY_REQUEST_READ.reached();
    int errno = dispatcher.handle(request, reply.begin(), channel);
    replied = errno != FuseReply.NONE;
    if (errno != FuseReply.NONE) {
      CrashPoint.PRIMARY_BEFORE_REPLY.reached();
      int sent = answer(unique, errno);
      if (sent != 0 && errno == 0) {
        dispatcher.undelivered(opcode, reply);
      }
    }
    return true;
  }

  /** Whoever asked must not wait for ever, whatever is wrong with the answer. */
  private int answer(long unique, int errno) {
    try {
      return channel.answer(unique, errno);
    } catch (RuntimeException e) {
      LOG.error("an answer could not be sent; the application sees an I/O error. Please report", e);
      return channel.answer(unique, Errno.EIO);
    }
  }

  /** ENOENT: the request was taken back before it was read. ENODEV: the mount is gone. */
  private boolean goOnAfter(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.EINTR, Errno.EAGAIN -> true;
      case Errno.ENODEV, Errno.ECONNABORTED, Errno.ENOTCONN -> false;
      default -> {
        LOG.error(
            "reading requests from the kernel failed with errno {}: this worker stops; if all do,"
                + " applications hang until the mount is aborted",
            errno);
        channel.broken();
        yield false;
      }
    };
  }
}
