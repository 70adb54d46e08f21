package io.lockstep.replicator.link;

import io.lockstep.replicator.port.SocketWriter;
import java.time.Duration;

/**
 * How a {@link NettyLink} behaves. Both nodes should use the same frame sizes: a frame larger than
 * the receiver allows closes the connection.
 *
 * @param maxOperationsFrame largest frame on the operations lane, bytes after the length field
 * @param maxBulkFrame the same for the bulk lane
 * @param maxHandshakeFrame the same for both lanes until the peer has proved that it has the key
 * @param maxHandshakeFrames how many frames a connection may bring until then, at whatever rate;
 *     more close it
 * @param maxUnauthenticated how many connections may be in their handshake at once; one more closes
 *     the oldest
 * @param handshakeTimeout from connecting until both lanes are up
 * @param silence how long the operations lane may bring nothing before the peer is taken for dead;
 *     a quarter of it is the interval of pings. Also this lane's limit for unacknowledged data (TCP
 *     user timeout) where the system has one
 * @param backoffMin first pause before dialling again; each further one doubles, with jitter
 * @param backoffMax longest pause before dialling again
 * @param bindRetry pause between attempts to listen while the address is not on this machine
 * @param highWater bytes waiting on a lane above which it is not {@linkplain Link#writable
 *     writable}
 * @param lowWater bytes waiting on a lane below which it is writable again
 * @param maxQueued bytes waiting on a lane above which the connection is closed: the peer does not
 *     read
 * @param nativeTransport use epoll where present; NIO otherwise
 * @param spin let the event loops poll without sleeping: lower latency for one processor each
 * @param attention how long a thread that waits for the peer, and the event loop after something
 *     came, stays awake: what comes meanwhile wakes nobody
 * @param sockets with whose help the thread that sends writes by itself
 */
public record LinkOptions(
    int maxOperationsFrame,
    int maxBulkFrame,
    int maxHandshakeFrame,
    int maxHandshakeFrames,
    int maxUnauthenticated,
    Duration handshakeTimeout,
    Duration silence,
    Duration backoffMin,
    Duration backoffMax,
    Duration bindRetry,
    int highWater,
    int lowWater,
    long maxQueued,
    boolean nativeTransport,
    boolean spin,
    Duration attention,
    SocketWriter.Maker sockets) {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /** Checks that the values fit together. */
  public LinkOptions {
    if (maxHandshakeFrame < KIB || maxOperationsFrame < maxHandshakeFrame) {
      throw new IllegalArgumentException(
          "maxHandshakeFrame is "
              + maxHandshakeFrame
              + " and maxOperationsFrame "
              + maxOperationsFrame
              + ": the first must be 1024 at least and not above the second");
    }
    if (maxBulkFrame < maxHandshakeFrame) {
      throw new IllegalArgumentException(
          "maxBulkFrame is " + maxBulkFrame + ", below maxHandshakeFrame " + maxHandshakeFrame);
    }
    if (lowWater < 0 || highWater <= lowWater || maxQueued < highWater) {
      throw new IllegalArgumentException(
          "0 <= lowWater < highWater <= maxQueued does not hold for "
              + lowWater
              + ", "
              + highWater
              + ", "
              + maxQueued);
    }
    if (silence.toMillis() < 20 || backoffMin.toMillis() < 1 || maxUnauthenticated < 2) {
      throw new IllegalArgumentException(
          "silence must be 20 ms at least, backoffMin 1 ms, maxUnauthenticated 2");
    }
  }

  /** 1 MiB + 64 KiB and 4 MiB frames, 5 s silence, redial after 100 ms to 2 s, no spinning. */
  public static LinkOptions defaults() {
    return new LinkOptions(
        MIB + 64 * KIB,
        4 * MIB,
        16 * KIB,
        8,
        16,
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofMillis(100),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        8 * MIB,
        2 * MIB,
        256L * MIB,
        true,
        false,
        Duration.ofNanos(100_000),
        SocketWriter.Maker.NONE);
  }

  /** The same with another silence and handshake timeout. */
  public LinkOptions withTimeouts(Duration silence, Duration handshakeTimeout) {
    return new LinkOptions(
        maxOperationsFrame,
        maxBulkFrame,
        maxHandshakeFrame,
        maxHandshakeFrames,
        maxUnauthenticated,
        handshakeTimeout,
        silence,
        backoffMin,
        backoffMax,
        bindRetry,
        highWater,
        lowWater,
        maxQueued,
        nativeTransport,
        spin,
        attention,
        sockets);
  }

  /** The same with other limits of what may wait on a lane, in bytes. */
  public LinkOptions withWaterMarks(int lowWater, int highWater, long maxQueued) {
    return new LinkOptions(
        maxOperationsFrame,
        maxBulkFrame,
        maxHandshakeFrame,
        maxHandshakeFrames,
        maxUnauthenticated,
        handshakeTimeout,
        silence,
        backoffMin,
        backoffMax,
        bindRetry,
        highWater,
        lowWater,
        maxQueued,
        nativeTransport,
        spin,
        attention,
        sockets);
  }

  /** The same with another transport. */
  public LinkOptions withTransport(boolean nativeTransport, boolean spin) {
    return new LinkOptions(
        maxOperationsFrame,
        maxBulkFrame,
        maxHandshakeFrame,
        maxHandshakeFrames,
        maxUnauthenticated,
        handshakeTimeout,
        silence,
        backoffMin,
        backoffMax,
        bindRetry,
        highWater,
        lowWater,
        maxQueued,
        nativeTransport,
        spin,
        attention,
        sockets);
  }

  /** The same with a way past the event loop; without effect unless the transport is native. */
  public LinkOptions withSocketWriters(SocketWriter.Maker sockets) {
    return new LinkOptions(
        maxOperationsFrame,
        maxBulkFrame,
        maxHandshakeFrame,
        maxHandshakeFrames,
        maxUnauthenticated,
        handshakeTimeout,
        silence,
        backoffMin,
        backoffMax,
        bindRetry,
        highWater,
        lowWater,
        maxQueued,
        nativeTransport,
        spin,
        attention,
        sockets);
  }

  /** The same with another time to stay awake. */
  public LinkOptions withAttention(Duration attention) {
    return new LinkOptions(
        maxOperationsFrame,
        maxBulkFrame,
        maxHandshakeFrame,
        maxHandshakeFrames,
        maxUnauthenticated,
        handshakeTimeout,
        silence,
        backoffMin,
        backoffMax,
        bindRetry,
        highWater,
        lowWater,
        maxQueued,
        nativeTransport,
        spin,
        attention,
        sockets);
  }

  /** The same with another largest frame, in bytes, on both lanes. */
  public LinkOptions withMaxFrame(int maxFrame) {
    return new LinkOptions(
        maxFrame,
        maxFrame,
        maxHandshakeFrame,
        maxHandshakeFrames,
        maxUnauthenticated,
        handshakeTimeout,
        silence,
        backoffMin,
        backoffMax,
        bindRetry,
        highWater,
        lowWater,
        maxQueued,
        nativeTransport,
        spin,
        attention,
        sockets);
  }

  int maxFrame(Link.Lane lane) {
    return lane == Link.Lane.OPERATIONS ? maxOperationsFrame : maxBulkFrame;
  }
}
