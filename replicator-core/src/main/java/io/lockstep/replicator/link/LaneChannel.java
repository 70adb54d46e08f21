package io.lockstep.replicator.link;

import io.lockstep.replicator.link.Handshake.Effect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: first its handshake, then a lane of the link. Everything but {@link #queue} and
 * {@link #flush} runs on the connection's event loop. Between authentication and {@link #open}
 * nothing is read, so no frame comes before the link is up.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as a closed channel
final class LaneChannel extends ChannelInboundHandlerAdapter
    implements FrameDecoder.Sink, Outbox.Meter, WaitersReads.Lane {
  /** What a connection tells the link; called on the connection's event loop. */
  interface Owner {
    void authenticated(LaneChannel lane);

    /** Called once, for any cause, after the last frame. */
    void closed(LaneChannel lane, String reason);

    void refused(LaneChannel lane, String reason);

    /** A frame of a user of the link, while the lane is open. */
    void frame(LaneChannel lane, byte type, int module, ByteBuffer payload);

    void batchEnd(LaneChannel lane);

    void received(LaneChannel lane, long bytes);

    void sent(LaneChannel lane, long bytes, int frames);

    /** The lane may have become writable again. */
    void writable();

    void pong(long roundTripNanos);
  }

  private enum State {
    HANDSHAKE,
    PAUSED,
    OPEN,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(LaneChannel.class);
  private static final int LINGER_MS = 500;
  private static final int PINGS_PER_SILENCE = 4;

  private final LinkOptions options;
  private final Owner owner;
  private final Handshake.Step start;
  private volatile Handshake handshake;
  private State state = State.HANDSHAKE;
  private SocketChannel channel;
  private FrameDecoder decoder;
  private ReadBuffer reads;
  private volatile Outbox outbox;
  private volatile WaitersReads waitersReads;

  /** When something last came that the event loop did not read; {@code System.nanoTime}. */
  private volatile long heardByWaiter;

  private volatile HelloMessage peer;
  private volatile Pairing.Pair pair;
  private int handshakeFrames;
  private volatile boolean reading;
  private volatile boolean delivered;
  private volatile Silence silence;
  private ScheduledFuture<?> timer;

  LaneChannel(LinkOptions options, Handshake.Step start, Owner owner) {
    this.options = options;
    this.owner = owner;
    this.start = start;
    this.handshake = start.next();
  }

  /** What the peer said; null until it is authenticated. */
  HelloMessage peer() {
    return peer;
  }

  /** The lane; until the dialling side has said which one, that of the accepting side is open. */
  Link.Lane lane() {
    return handshake.own().lane();
  }

  /** The attempt to connect that the connection belongs to; the accepting side learns it late. */
  long attempt() {
    return handshake.own().attempt();
  }

  boolean isDialled() {
    return handshake.own().role() == HelloMessage.Role.DIALER;
  }

  /** What the lane is half of; null until both lanes are authenticated. */
  Pairing.Pair pair() {
    return pair;
  }

  void pair(Pairing.Pair joined) {
    this.pair = joined;
  }

  SocketChannel channel() {
    return channel;
  }

  Outbox outbox() {
    return outbox;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = (SocketChannel) ctx.channel();
    reads = new ReadBuffer(channel.config().getRecvByteBufAllocator(), Transport.LARGEST_READ);
    channel.config().setRecvByteBufAllocator(reads);
    decoder = new FrameDecoder(ctx.alloc(), options.frames().handshake(), this);
    outbox = new Outbox(channel, options, this);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(
                () -> close("the handshake took longer than " + options.admission().timeout()),
                options.admission().timeout().toMillis(),
                TimeUnit.MILLISECONDS);
    perform(start);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    reading = true;
    int bytes = in.readableBytes();
    try {
      if (silence != null) {
        silence = silence.heard(System.nanoTime());
      }
      if (state != State.CLOSED) {
        decoder.feed(in);
      }
    } catch (Frames.Malformed e) {
      close(e.getMessage());
    } finally {
      in.release();
      owner.received(this, bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    endBatch();
    reading = false;
    if (state != State.CLOSED) {
      outbox.flush();
    }
  }

  private void endBatch() {
    if (delivered && state == State.OPEN) {
      delivered = false;
      owner.batchEnd(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close("the peer closed the connection");
    if (waitersReads != null) {
      waitersReads.close();
      waitersReads = null;
    }
    decoder.release();
    reads.release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close("the connection broke: " + cause.getMessage());
  }

  @Override
  public void sent(long bytes, int frames) {
    owner.sent(this, bytes, frames);
  }

  @Override
  public void writable() {
    owner.writable();
  }

  @Override
  public boolean ready() {
    return state == State.HANDSHAKE || state == State.OPEN;
  }

  @Override
  public void frame(byte type, int module, ByteBuffer payload) throws Frames.Malformed {
    if (state == State.HANDSHAKE) {
      handshakeFrame(type, payload);
    } else if (!Frames.Type.isReserved(type)) {
      delivered = true;
      owner.frame(this, type, module, payload);
    } else if (type == Frames.Type.PING) {
      outbox.add(Frames.encode(channel.alloc(), Frames.Type.PONG, 0, payload.remaining(), payload));
      outbox.schedule();
    } else if (type == Frames.Type.PONG && payload.remaining() == Long.BYTES) {
      owner.pong(System.nanoTime() - payload.getLong());
    } else {
      throw new Frames.Malformed("a frame of type " + type + " on an open connection");
    }
  }

  private void handshakeFrame(byte type, ByteBuffer payload) throws Frames.Malformed {
    if (++handshakeFrames > options.admission().frames()) {
      throw new Frames.Malformed("too many frames before authentication");
    }
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    perform(handshake.step(type, bytes));
  }

  private void perform(Handshake.Step step) {
    handshake = step.next();
    for (Effect effect : step.effects()) {
      if (effect instanceof Effect.Send send) {
        write(send.type(), send.payload());
      } else if (effect instanceof Effect.Succeed success) {
        succeed(success.peer());
      } else if (effect instanceof Effect.Refuse refuse) {
        owner.refused(this, refuse.reason());
        write(Frames.Type.REFUSE, refuse.reason().getBytes(StandardCharsets.UTF_8));
        closeSoftly(refuse.reason());
      } else if (effect instanceof Effect.RefusedByPeer refused) {
        String reason = "the peer refuses this node: " + refused.reason();
        owner.refused(this, reason);
        close(reason);
      } else if (effect instanceof Effect.Fail fail) {
        close(fail.reason());
      }
    }
    channel.flush();
  }

  private void succeed(HelloMessage hello) {
    peer = hello;
    state = State.PAUSED;
    decoder.trust(options.frames().of(lane()));
    reads.keep();
    channel.config().setAutoRead(false);
    owner.authenticated(this);
  }

  /** Both lanes are up and the listener knows: deliver from now on. */
  void open() {
    if (state != State.PAUSED) {
      return;
    }
    timer.cancel(false);
    state = State.OPEN;
    writeDirectly();
    if (lane() == Link.Lane.OPERATIONS) {
      watch();
      letWaitersRead();
    }
    try {
      decoder.resume();
    } catch (Frames.Malformed e) {
      close(e.getMessage());
    }
    endBatch();
    if (state == State.OPEN) {
      channel.config().setAutoRead(true);
      outbox.flush();
    }
  }

  private void writeDirectly() {
    ChannelOutboundBuffer unwritten = channel.unsafe().outboundBuffer();
    if (channel instanceof UnixChannel unix && unwritten != null && unwritten.isEmpty()) {
      try {
        options.transport().writers().writer(unix.fd().intValue()).ifPresent(outbox::direct);
      } catch (IOException e) {
        LOG.warn("The event loop writes everything: {}", e.getMessage());
      }
    }
  }

  private void letWaitersRead() {
    if (channel instanceof UnixChannel unix) {
      try {
        heardByWaiter = System.nanoTime();
        options
            .transport()
            .writers()
            .reader(unix.fd().intValue())
            .ifPresent(
                socket ->
                    waitersReads =
                        new WaitersReads(channel, socket, options.transport().attentionNs(), this));
      } catch (IOException e) {
        LOG.warn("The event loop reads everything: {}", e.getMessage());
      }
    }
  }

  /**
   * Reads, by the calling thread, until {@code over} or for {@code timeoutNs}; false when it may
   * not.
   */
  boolean read(byte type, BooleanSupplier over, long timeoutNs) {
    WaitersReads reads = waitersReads;
    return reads != null && reads.read(type, over, timeoutNs);
  }

  @Override
  public boolean atFrameBoundary() {
    return state == State.OPEN && decoder.atFrameBoundary();
  }

  @Override
  public void reading(boolean byLoop) {
    if (state != State.CLOSED) {
      channel.config().setAutoRead(byLoop);
    }
  }

  @Override
  public void feed(ByteBuf bytes) {
    channelRead(null, bytes);
    channelReadComplete(null);
  }

  @Override
  public void frame(byte type, int module, ByteBuffer payload, int bytes) {
    heardByWaiter = System.nanoTime();
    owner.frame(this, type, module, payload);
    owner.received(this, bytes);
  }

  private void watch() {
    long limit = options.silence().toNanos();
    silence = Silence.start(limit, System.nanoTime());
    long tick = limit / PINGS_PER_SILENCE;
    timer = channel.eventLoop().scheduleAtFixedRate(this::tick, tick, tick, TimeUnit.NANOSECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    silence = silence.heardAt(heardByWaiter).tick(now);
    Silence other = pair.other(this).silence;
    if (silence.dead(now, other == null ? silence : other)) {
      close("the peer was silent for " + options.silence().toMillis() + " ms or longer");
      return;
    }
    ByteBuffer time = ByteBuffer.allocate(Long.BYTES).putLong(now).flip();
    outbox.add(Frames.encode(channel.alloc(), Frames.Type.PING, 0, Long.BYTES, time));
    outbox.flush();
  }

  private void write(byte type, byte[] payload) {
    ByteBuf frame =
        Frames.encode(channel.alloc(), type, 0, payload.length, ByteBuffer.wrap(payload));
    owner.sent(this, frame.readableBytes(), 1);
    channel.write(frame, channel.voidPromise());
  }

  /**
   * Queues a user's frame until {@link #flush}; any thread.
   *
   * @return the bytes that wait now, or −1 when the connection is closed
   */
  long queue(byte type, int module, int bytes, ByteBuffer... payload) {
    return outbox.add(Frames.encode(channel.alloc(), type, module, bytes, payload));
  }

  /** Writes what is queued, now or at the end of the read that the event loop is at; any thread. */
  void flush() {
    if (!(channel.eventLoop().inEventLoop() && reading)) {
      outbox.write();
    }
  }

  /** Closes the connection; the first reason counts. */
  void close(String reason) {
    if (markClosed(reason)) {
      channel.close();
    }
  }

  /** Closes after what was written has gone out and the peer had time to read it. */
  private void closeSoftly(String reason) {
    if (markClosed(reason)) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.shutdownOutput());
      channel.eventLoop().schedule(() -> channel.close(), LINGER_MS, TimeUnit.MILLISECONDS);
    }
  }

  private boolean markClosed(String reason) {
    if (state == State.CLOSED) {
      return false;
    }
    state = State.CLOSED;
    if (timer != null) {
      timer.cancel(false);
    }
    outbox.close();
    owner.closed(this, reason);
    return true;
  }
}
