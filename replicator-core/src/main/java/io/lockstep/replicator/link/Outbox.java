package io.lockstep.replicator.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits to be written on one connection. Any thread may add; the connection's event loop is
 * woken once for however many frames have gathered and writes them with one system call.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as a closed channel
final class Outbox {
  /** Where the water marks are told to. */
  interface Meter {
    void sent(long bytes, int frames);

    /** The lane may have become writable again. */
    void writable();
  }

  private final Channel channel;
  private final LinkOptions options;
  private final Meter meter;
  private final Queue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong waiting = new AtomicLong();
  private volatile boolean full;
  private volatile boolean closed;

  Outbox(Channel channel, LinkOptions options, Meter meter) {
    this.channel = channel;
    this.options = options;
    this.meter = meter;
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
    if (total > options.highWater()) {
      full = true;
    }
    queue.add(frame);
    return total;
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
      return;
    }
    ByteBuf frame = queue.poll();
    if (frame == null) {
      return;
    }
    long bytes = 0;
    int frames = 0;
    while (true) {
      bytes += frame.readableBytes();
      frames++;
      ByteBuf next = queue.poll();
      if (next == null) {
        ChannelFuture last = channel.write(frame);
        long batch = bytes;
        int count = frames;
        last.addListener(
            written -> {
              if (written.isSuccess()) {
                meter.sent(batch, count);
                written(batch);
              }
            });
        channel.flush();
        return;
      }
      channel.write(frame, channel.voidPromise());
      frame = next;
    }
  }

  private void written(long bytes) {
    long left = waiting.addAndGet(-bytes);
    if (full && left <= options.lowWater()) {
      full = false;
      if (waiting.get() > options.highWater()) {
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
    for (ByteBuf frame = queue.poll(); frame != null; frame = queue.poll()) {
      frame.release();
    }
  }
}
