package io.lockstep.replicator.link;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The link over two TCP connections, one a lane. Both nodes run the same code and listen on their
 * link address; the node whose name is the smaller one (by {@link String#compareTo}) dials, first
 * the operations lane, then the bulk lane. The link is up when both are authenticated and belong to
 * the same start of the peer's process and the same attempt; the loss of either drops both.
 *
 * <p>Each lane has an event loop of its own, which calls the listener; {@code up}, {@code down} and
 * {@code refused} come on that of the operations lane. A bulk frame whose delivery has begun when
 * the link goes down may still be in the listener's hands during {@code down}; none begins later. A
 * listener that throws closes the connection.
 *
 * <p><b>Trust.</b> Nothing but the handshake is accepted before both sides have proved that they
 * have the cluster key (see {@link Handshake}). After it a frame carries a CRC32C, which finds
 * damage, not forgery: who can inject into an established TCP connection can forge frames. A
 * truncated HMAC-SHA256 on every frame was measured at 4 to 6 µs for 4 KiB, more than is left in a
 * write's round trip; encryption of the connection is what closes this.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as a closed channel
public final class NettyLink implements Link {
  /** The version that this software speaks; it also works with one less and one more. */
  public static final int PROTOCOL_VERSION = 1;

  /** The lowest frame type that users of the link may send. */
  public static final int FIRST_FREE_TYPE = Frames.Type.FIRST_FREE;

  private static final int BACKLOG = 64;
  private static final long CLOSE_SECONDS = 5;

  private final LinkOptions options;
  private final Meters meters = new Meters();
  private final Pairing pairing;
  private final Listening listening;

  private NettyLink(
      LinkOptions options,
      ClusterKey key,
      Supplier<PeerHello> self,
      String expectedPeerNode,
      InetSocketAddress listen,
      InetSocketAddress peer,
      LinkListener listener) {
    this.options = options;
    LinkLog log = new LinkLog(self.get().node());
    this.pairing = new Pairing(options, key, self, expectedPeerNode, peer, listener, log, meters);
    Transport transport = pairing.transport();
    this.listening =
        new Listening(
            transport
                .server()
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(pairing.accepting()),
            transport.loop(Lane.OPERATIONS),
            listen,
            options.redial().bind().toMillis(),
            log);
  }

  /**
   * Listens on {@code listen} and, on the node that dials, begins to dial {@code peer}; both go on
   * until {@link #close}. An address that is not on this machine yet is waited for.
   *
   * @param self what this node says of itself; {@code protocolVersion} is usually {@link
   *     #PROTOCOL_VERSION}
   * @param expectedPeerNode the only name that is accepted, different from this node's
   * @throws IOException when it cannot listen, above all because another process holds the port
   */
  public static NettyLink start(
      LinkOptions options,
      ClusterKey key,
      PeerHello self,
      String expectedPeerNode,
      InetSocketAddress listen,
      InetSocketAddress peer,
      LinkListener listener)
      throws IOException {
    return start(options, key, () -> self, expectedPeerNode, listen, peer, listener);
  }

  /**
   * As above, for a node whose hello changes while it runs, as with its configuration: {@code self}
   * is asked for each connection, by the link's threads. Its node's name stays.
   *
   * @throws IOException when it cannot listen, above all because another process holds the port
   */
  public static NettyLink start(
      LinkOptions options,
      ClusterKey key,
      Supplier<PeerHello> self,
      String expectedPeerNode,
      InetSocketAddress listen,
      InetSocketAddress peer,
      LinkListener listener)
      throws IOException {
    if (self.get().node().equals(expectedPeerNode)) {
      throw new IllegalArgumentException(
          "node " + self.get().node() + " cannot be its own peer: the nodes need different names");
    }
    NettyLink link = new NettyLink(options, key, self, expectedPeerNode, listen, peer, listener);
    boolean started = false;
    try {
      link.listening.start();
      link.pairing.start();
      started = true;
      return link;
    } finally {
      if (!started) {
        link.close();
      }
    }
  }

  @Override
  public boolean connected() {
    return pairing.current() != null;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when the type is one of the link's own (0 to 15), the module
   *     is no u16, or the frame is larger than the lane allows
   */
  @Override
  @CanIgnoreReturnValue
  public boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    boolean queued = queue(epoch, lane, type, module, payload);
    flush(epoch, lane);
    return queued;
  }

  /** {@inheritDoc} Throws as {@link #send}. */
  @Override
  @CanIgnoreReturnValue
  public boolean queue(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    int bytes = checkedSize(lane, type, module, payload);
    Pairing.Pair pair = pairing.current();
    if (pair == null || pair.epoch != epoch) {
      return false;
    }
    long waiting = pair.lane(lane).queue(type, module, bytes, payload);
    if (waiting > options.waiting().most()) {
      drop(
          epoch,
          "the peer does not read: "
              + waiting
              + " bytes wait on the "
              + lane
              + " lane, allowed are "
              + options.waiting().most());
    }
    return waiting >= 0;
  }

  @Override
  public void flush(long epoch, Lane lane) {
    Pairing.Pair pair = pairing.current();
    if (pair != null && pair.epoch == epoch) {
      pair.lane(lane).flush();
    }
  }

  @Override
  public boolean read(long epoch, byte type, BooleanSupplier over, long timeoutNs) {
    Pairing.Pair pair = pairing.current();
    return pair != null && pair.epoch == epoch && pair.operations.read(type, over, timeoutNs);
  }

  private int checkedSize(Lane lane, byte type, int module, ByteBuffer... payload) {
    if (Frames.Type.isReserved(type)) {
      throw new IllegalArgumentException("frame type " + type + " is one of the link's own");
    }
    if (module < 0 || module > Frames.MAX_MODULE) {
      throw new IllegalArgumentException("module number " + module + " is not within 0..65535");
    }
    long bytes = 0;
    for (ByteBuffer part : payload) {
      bytes += part.remaining();
    }
    if (bytes > maxPayload(lane)) {
      throw new IllegalArgumentException(
          "a payload of " + bytes + " bytes; the " + lane + " lane takes " + maxPayload(lane));
    }
    return (int) bytes;
  }

  /** The largest payload of a frame on the lane, in bytes. */
  public int maxPayload(Lane lane) {
    return options.frames().of(lane) - Frames.HEADER;
  }

  @Override
  public boolean writable(Lane lane) {
    Pairing.Pair pair = pairing.current();
    return pair != null && pair.lane(lane).outbox().writable();
  }

  @Override
  public boolean awaitWritable(Lane lane, long timeoutMs) throws InterruptedException {
    Pairing.Pair pair = pairing.current();
    if (pair == null) {
      return false;
    }
    Outbox outbox = pair.lane(lane).outbox();
    if (!outbox.writable()) {
      meters.await(
          () -> outbox.writable() || pair.isOver(), TimeUnit.MILLISECONDS.toNanos(timeoutMs));
    }
    return writable(lane);
  }

  @Override
  public void drop(long epoch, String reason) {
    pairing.drop(epoch, reason);
  }

  @Override
  public long sentBytes(Lane lane) {
    return meters.sentBytes.get(lane).sum();
  }

  @Override
  public long receivedBytes(Lane lane) {
    return meters.receivedBytes.get(lane).sum();
  }

  /** The counters since the start. */
  public LinkCounters counters() {
    Pairing.Pair pair = pairing.current();
    long queued =
        pair == null
            ? 0
            : pair.operations.outbox().waitingBytes() + pair.bulk.outbox().waitingBytes();
    return new LinkCounters(
        meters.sentFrames.sum(),
        meters.receivedFrames.sum(),
        meters.connects.sum(),
        meters.refusals.sum(),
        meters.failures.sum(),
        meters.roundTripNanos,
        queued);
  }

  /**
   * {@inheritDoc} Waits until the listener has been told, for five seconds at the most, and not at
   * all when the listener itself calls it.
   */
  @Override
  public void close() {
    listening.stop();
    MultiThreadIoEventLoopGroup group = pairing.transport().group();
    EventLoop loop = pairing.transport().loop(Lane.OPERATIONS);
    boolean inside = loop.inEventLoop() || pairing.transport().loop(Lane.BULK).inEventLoop();
    if (!group.isShuttingDown()) {
      loop.execute(
          () -> {
            pairing.stop();
            group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
          });
    }
    if (!inside) {
      group.terminationFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
