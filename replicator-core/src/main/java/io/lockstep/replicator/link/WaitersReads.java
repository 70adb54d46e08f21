package io.lockstep.replicator.link;

import io.lockstep.replicator.port.SocketReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a thread that waits for what the peer sends read it from the socket by itself, so that the
 * event loop need not be woken to wake the thread.
 *
 * <p>Either the event loop reads the connection, or whoever waits, one at a time. Who waits asks
 * for the turn; the event loop grants it between two frames, and stops reading. It takes the turn
 * back when nobody has read for a while, and gets it back at once with the first frame that is not
 * of the kind waited for, or is damaged: what was read of it is fed to the loop first, so that each
 * byte is decoded once, in order. A frame that comes while nobody reads waits for {@value #IDLE_MS}
 * to twice that many milliseconds.
 */
final class WaitersReads {
  /** What the lane does for this; {@link #frame} on the reading thread, the others on its loop. */
  interface Lane {
    /** Whether the loop could stop reading now: open, and between two frames. */
    boolean atFrameBoundary();

    /** Reads, or stops reading, by the event loop. */
    void reading(boolean byLoop);

    /** Bytes that were read and not decoded. */
    void feed(ByteBuf bytes);

    /** One checked frame of the kind waited for. */
    void frame(byte type, int module, ByteBuffer payload, int bytes);
  }

  private enum Turn {
    LOOP,
    ASKED,

    /** Who asked waits no more, and the loop has not answered yet. */
    WITHDRAWN,
    WAITERS,
    RETURNING,
    OVER
  }

  private static final Logger LOG = LoggerFactory.getLogger(WaitersReads.class);
  private static final int BUFFER = 4096;

  /** How late a thread that sleeps in the socket finds out that it need not wait any more. */
  private static final int POLL_MS = 2;

  /** Nobody read for so long, or for up to twice as long: the loop reads again. */
  static final long IDLE_MS = 20;

  /** After the loop refused, or got the turn back. */
  private static final long ASK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(2);

  /** How long who asked waits for the loop's answer. */
  private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(1);

  /** How often it looks whether the answer is there. */
  private static final long ASK_LOOK_NS = TimeUnit.MICROSECONDS.toNanos(20);

  /** Of the usual wait so far, in shares of which the newest is one. */
  private static final int OLD_WEIGHT = 8;

  private final EventLoop loop;
  private final SocketReader socket;
  private final LongSupplier attentionNs;
  private final Spin spin;
  private final Lane lane;
  private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.LOOP);
  private final AtomicBoolean reading = new AtomicBoolean();
  private volatile boolean used;
  private volatile long mayAskAtNs = System.nanoTime();

  /** Read and not decoded; by who reads. */
  private final ByteBuf buffer;

  /** How long waits were of late, ns; by who reads. */
  private long usualNs;

  WaitersReads(SocketChannel channel, SocketReader socket, LongSupplier attentionNs, Lane lane) {
    this.loop = channel.eventLoop();
    this.socket = socket;
    this.attentionNs = attentionNs;
    this.spin = new Spin(attentionNs);
    this.lane = lane;
    this.buffer = channel.alloc().directBuffer(BUFFER, BUFFER);
  }

  /**
   * Reads until {@code over}, or for {@code timeoutNs}; any thread.
   *
   * @return false when this thread did not read: it is another's turn
   */
  boolean read(byte type, BooleanSupplier over, long timeoutNs) {
    if (turn.get() != Turn.WAITERS && !asked(over)) {
      return false;
    }
    if (!reading.compareAndSet(false, true)) {
      return false;
    }
    try {
      if (turn.get() != Turn.WAITERS) {
        return false;
      }
      used = true;
      readUntil(type, over, timeoutNs);
      return true;
    } finally {
      reading.set(false);
    }
  }

  private void readUntil(byte type, BooleanSupplier over, long timeoutNs) {
    long begunNs = System.nanoTime();
    boolean awake = usualNs < 2 * attentionNs.getAsLong();
    if (awake) {
      spin.begin(begunNs);
    }
    long nowNs = begunNs;
    try {
      while (turn.get() == Turn.WAITERS && !over.getAsBoolean() && nowNs - begunNs < timeoutNs) {
        if (!awake) {
          // not a look first: it would find nothing yet, and queue behind whoever sends
          socket.await(POLL_MS);
          used = true;
        }
        int came =
            socket.receive(buffer.memoryAddress() + buffer.writerIndex(), buffer.writableBytes());
        if (came > 0) {
          buffer.writerIndex(buffer.writerIndex() + came);
          if (!decode(type)) {
            giveBack();
            return;
          }
        } else if (came == SocketReader.ENDED) {
          giveBack();
          return;
        } else {
          awake = awake && spin.on();
        }
        nowNs = System.nanoTime();
      }
    } catch (IOException e) {
      LOG.debug("Reading past the event loop failed", e);
      giveBack();
    }
    usualNs += (nowNs - begunNs - usualNs) / OLD_WEIGHT;
  }

  /** Hands on every whole frame of that kind; returns false when something else has come. */
  private boolean decode(byte type) {
    while (buffer.readableBytes() > Frames.LENGTH_BYTES) {
      int length = buffer.getInt(buffer.readerIndex());
      int body = buffer.readerIndex() + Frames.LENGTH_BYTES;
      if (length < Frames.HEADER
          || length > BUFFER - Frames.LENGTH_BYTES
          || buffer.getByte(body) != type) {
        return false;
      }
      if (buffer.readableBytes() < Frames.LENGTH_BYTES + length) {
        break;
      }
      ByteBuffer frame = buffer.nioBuffer(body, length);
      if (Frames.storedChecksum(frame) != Frames.checksum(frame)) {
        return false;
      }
      buffer.skipBytes(Frames.LENGTH_BYTES + length);
      int module = Short.toUnsignedInt(frame.getShort(1));
      lane.frame(type, module, frame.position(Frames.HEADER).slice(), Frames.LENGTH_BYTES + length);
    }
    buffer.discardReadBytes();
    return true;
  }

  /** By who reads: the event loop goes on from here. */
  private void giveBack() {
    if (turn.compareAndSet(Turn.WAITERS, Turn.RETURNING)) {
      mayAskAtNs = System.nanoTime() + ASK_AGAIN_NS;
      onLoop(this::back);
    }
  }

  private void back() {
    if (turn.compareAndSet(Turn.RETURNING, Turn.LOOP)) {
      if (buffer.isReadable()) {
        ByteBuf bytes = buffer.copy();
        buffer.clear();
        lane.feed(bytes);
      }
      lane.reading(true);
    }
  }

  /** Asks for the turn, and waits for it, since nobody reads between; returns whether it came. */
  private boolean asked(BooleanSupplier over) {
    if (System.nanoTime() - mayAskAtNs < 0 || !turn.compareAndSet(Turn.LOOP, Turn.ASKED)) {
      return false;
    }
    onLoop(this::grant);
    long untilNs = System.nanoTime() + PATIENCE_NS;
    while (turn.get() == Turn.ASKED) {
      if (over.getAsBoolean() || System.nanoTime() - untilNs > 0) {
        turn.compareAndSet(Turn.ASKED, Turn.WITHDRAWN);
      }
      LockSupport.parkNanos(ASK_LOOK_NS);
    }
    return turn.get() == Turn.WAITERS;
  }

  private void grant() {
    if (turn.get() == Turn.ASKED && lane.atFrameBoundary()) {
      lane.reading(false);
      // the loop may have promised itself another read before: that comes first
      onLoop(this::granted);
    } else {
      refuse();
    }
  }

  private void granted() {
    used = true;
    if (lane.atFrameBoundary() && turn.compareAndSet(Turn.ASKED, Turn.WAITERS)) {
      scheduleLook();
    } else {
      refuse();
      lane.reading(true);
    }
  }

  private void refuse() {
    mayAskAtNs = System.nanoTime() + ASK_AGAIN_NS;
    if (!turn.compareAndSet(Turn.ASKED, Turn.LOOP)) {
      turn.compareAndSet(Turn.WITHDRAWN, Turn.LOOP);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only looks, and the loop outlives it
  private void scheduleLook() {
    loop.schedule(this::look, IDLE_MS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (turn.get() != Turn.WAITERS) {
      return;
    }
    if (used || !reading.compareAndSet(false, true)) {
      used = false;
      scheduleLook();
      return;
    }
    try {
      if (turn.compareAndSet(Turn.WAITERS, Turn.RETURNING)) {
        back();
      }
    } finally {
      reading.set(false);
    }
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("The link is closed", e);
    }
  }

  /** Nobody reads past the loop any more; on the loop, when the connection is gone. */
  void close() {
    turn.set(Turn.OVER);
    while (!reading.compareAndSet(false, true)) {
      Thread.onSpinWait();
    }
    buffer.release();
    socket.close();
  }
}
