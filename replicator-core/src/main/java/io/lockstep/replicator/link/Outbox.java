package io.lockstep.replicator.link;

import io.lockstep.replicator.port.SocketWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be written on one connection. Any thread may add; one at a time writes.
 *
 * <p>With a {@link SocketWriter} the thread that has something to write does so itself, as long as
 * the socket takes it at once. What the socket does not take, and everything where there is no such
 * writer, goes through the connection's event loop, which is woken once for however many frames
 * have gathered and writes them with one system call. Until that is done everything goes that way,
 * so that the order stays.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as a closed channel
final class Outbox {
  /** Where the water marks are told to; any thread. */
  interface Meter {
    void sent(long bytes, int frames);

    /** The lane may have become writable again. */
    void writable();
  }

  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

  private final Channel channel;
  private final LinkOptions options;
  private final Meter meter;
  private final Queue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong waiting = new AtomicLong();

  /** Held by who writes, which is short: nothing waits in it. */
  private final AtomicBoolean writing = new AtomicBoolean();

  /** Bytes that the channel has and has not written; above 0 nobody writes past it. */
  private final AtomicLong handedOver = new AtomicLong();

  private volatile SocketWriter direct;

  /** A frame of which the socket took a part; by who writes only. */
  private volatile ByteBuf rest;

  private volatile boolean full;
  private volatile boolean closed;

  Outbox(Channel channel, LinkOptions options, Meter meter) {
    this.channel = channel;
    this.options = options;
    this.meter = meter;
  }

  /**
   * From now on threads write by themselves; once, on the event loop, when the channel has nothing
   * left to write. Takes the writer over.
   */
  void direct(SocketWriter writer) {
    direct = writer;
  }

  /**
   * Takes the frame over.
   *
   * @return the bytes that now wait, or −1 when the connection is closed
   */
  long add(ByteBuf frame) {
    if (closed) {
      frame.release();
      return -1;
    }
    long total = waiting.addAndGet(frame.readableBytes());
    if (total > options.waiting().high()) {
      full = true;
    }
    queue.add(frame);
    return total;
  }

  /** Writes all that waits, by this thread if it may, else by the event loop soon. */
  void write() {
    if (closed) {
      discard();
    } else if (!wroteDirectly()) {
      schedule();
    }
  }

  /** Has the event loop flush soon, unless it will anyway. */
  void schedule() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        channel.eventLoop().execute(this::flush);
      } catch (RejectedExecutionException e) {
        close();
      }
    }
  }

  /** Writes all that waits; on the event loop only. */
  void flush() {
    scheduled.set(false);
    if (closed) {
      discard();
    } else if (!wroteDirectly()) {
      handOver();
    }
  }

  /**
   * Whether nothing is left to the caller: everything is written, or by the one who writes just now
   * and looks again at the end.
   */
  private boolean wroteDirectly() {
    while (!queue.isEmpty() || rest != null) {
      if (direct == null || handedOver.get() > 0) {
        return false;
      }
      if (!writing.compareAndSet(false, true)) {
        return true;
      }
      try {
        if (closed || rest != null || handedOver.get() > 0 || !drain(direct)) {
          return closed;
        }
      } finally {
        writing.set(false);
      }
    }
    return true;
  }

  /** Returns whether the socket took all. */
  private boolean drain(SocketWriter socket) {
    long bytes = 0;
    int frames = 0;
    for (ByteBuf frame = queue.poll(); frame != null; frame = queue.poll()) {
      int size = frame.readableBytes();
      boolean whole = send(socket, frame);
      bytes += size - frame.readableBytes();
      if (!whole) {
        rest = frame;
        break;
      }
      frame.release();
      frames++;
    }
    meter.sent(bytes, frames);
    written(bytes);
    return rest == null;
  }

  /** A failure is left to the channel, which meets it again and closes. */
  private static boolean send(SocketWriter socket, ByteBuf frame) {
    if (!frame.hasMemoryAddress()) {
      return false;
    }
    try {
      while (frame.isReadable()) {
        long address = frame.memoryAddress() + frame.readerIndex();
        int taken = socket.send(address, frame.readableBytes());
        if (taken == 0) {
          return false;
        }
        frame.skipBytes(taken);
      }
      return true;
    } catch (IOException e) {
      LOG.debug("Writing past the event loop failed", e);
      return false;
    }
  }

  /** Gives all that waits to the channel; on the event loop only. */
  private void handOver() {
    if (!writing.compareAndSet(false, true)) {
      schedule();
      return;
    }
    try {
      long bytes = 0;
      int frames = 0;
      for (ByteBuf frame = next(); frame != null; ) {
        bytes += frame.readableBytes();
        handedOver.addAndGet(frame.readableBytes());
        frames++;
        ByteBuf following = next();
        if (following == null) {
          channel.write(frame).addListener(whenWritten(bytes, frames));
        } else {
          channel.write(frame, channel.voidPromise());
        }
        frame = following;
      }
    } finally {
      writing.set(false);
    }
    channel.flush();
  }

  private ChannelFutureListener whenWritten(long bytes, int frames) {
    return written -> {
      handedOver.addAndGet(-bytes);
      if (written.isSuccess()) {
        meter.sent(bytes, frames);
        written(bytes);
      }
    };
  }

  private ByteBuf next() {
    ByteBuf frame = rest;
    rest = null;
    return frame == null ? queue.poll() : frame;
  }

  private void written(long bytes) {
    long left = waiting.addAndGet(-bytes);
    if (full && left <= options.waiting().low()) {
      full = false;
      if (waiting.get() > options.waiting().high()) {
        full = true;
      } else {
        meter.writable();
      }
    }
  }

  boolean writable() {
    return !closed && !full;
  }

  long waitingBytes() {
    return waiting.get();
  }

  /** Refuses further frames and frees those not yet given to the channel. */
  void close() {
    closed = true;
    discard();
  }

  private void discard() {
    while (!writing.compareAndSet(false, true)) {
      Thread.onSpinWait();
    }
    try {
      for (ByteBuf frame = next(); frame != null; frame = next()) {
        frame.release();
      }
      if (direct != null) {
        direct.close();
        direct = null;
      }
    } finally {
      writing.set(false);
    }
  }
}
