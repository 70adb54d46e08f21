package io.lockstep.replicator.link;

import io.lockstep.replicator.port.SocketWriter;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How a {@link NettyLink} behaves. Both nodes should use the same frame sizes: a frame larger than
 * the receiver allows closes the connection.
 *
 * @param frames how long a frame may be
 * @param admission what a connection may do before the peer has proved that it has the key
 * @param silence how long the operations lane may bring nothing before the peer is taken for dead;
 *     a quarter of it is the interval of pings. Also this lane's limit for unacknowledged data (TCP
 *     user timeout) where the system has one
 * @param redial when an attempt to connect or to listen is repeated
 * @param waiting how much may wait on a lane for the peer to read
 * @param transport how sockets are read, written and waited for
 */
public record LinkOptions(
    FrameSizes frames,
    Admission admission,
    Duration silence,
    Redial redial,
    Waiting waiting,
    Polling transport) {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /**
   * The largest frames, in bytes after the length field.
   *
   * @param operations on the operations lane
   * @param bulk on the bulk lane
   * @param handshake on both lanes until the peer has proved that it has the key
   */
  public record FrameSizes(int operations, int bulk, int handshake) {
    /** Checks that the sizes fit together. */
    public FrameSizes {
      if (handshake < KIB || operations < handshake || bulk < handshake) {
        throw new IllegalArgumentException(
            "frames of a handshake may have %d bytes, operations %d, bulk %d: the first must be 1024 at least and above none of the others"
                .formatted(handshake, operations, bulk));
      }
    }

    int of(Link.Lane lane) {
      return lane == Link.Lane.OPERATIONS ? operations : bulk;
    }
  }

  /**
   * What is granted to a stranger.
   *
   * @param frames how many frames a connection may bring, at whatever rate; more close it
   * @param connections how many may be in their handshake at once; one more closes the oldest
   * @param timeout from connecting until both lanes are up
   */
  public record Admission(int frames, int connections, Duration timeout) {
    /** Checks that both lanes of one peer find room. */
    public Admission {
      if (connections < 2) {
        throw new IllegalArgumentException(
            "%d connections in their handshake: a link has two".formatted(connections));
      }
    }
  }

  /**
   * Pauses between attempts.
   *
   * @param first pause before dialling again; each further one doubles, with jitter
   * @param longest pause before dialling again
   * @param bind pause between attempts to listen while the address is not on this machine
   */
  public record Redial(Duration first, Duration longest, Duration bind) {
    /** Checks that dialling is no loop without a pause. */
    public Redial {
      if (first.toMillis() < 1) {
        throw new IllegalArgumentException("the first pause is " + first + ", below 1 ms");
      }
    }
  }

  /**
   * Bytes that wait on a lane.
   *
   * @param low below it the lane is {@linkplain Link#writable writable} again
   * @param high above it the lane is not writable
   * @param most above it the connection is closed: the peer does not read
   */
  public record Waiting(int low, int high, long most) {
    /** Checks their order. */
    public Waiting {
      if (low < 0 || high <= low || most < high) {
        throw new IllegalArgumentException(
            "0 <= low < high <= most does not hold for %d, %d, %d".formatted(low, high, most));
      }
    }
  }

  /**
   * How threads and sockets meet.
   *
   * @param epoll use epoll where present; NIO otherwise
   * @param spin let the event loops poll without sleeping: lower latency for one processor each
   * @param attentionNs how long a thread that waits for the peer, and the event loop after
   *     something came, stays awake: what comes meanwhile wakes nobody; asked by any thread
   * @param writers with whose help the thread that sends writes by itself; without effect unless
   *     epoll is used
   */
  public record Polling(
      boolean epoll, boolean spin, LongSupplier attentionNs, SocketWriter.Maker writers) {}

  /** Checks that the peer's silence can be told from a pause. */
  public LinkOptions {
    if (silence.toMillis() < 20) {
      throw new IllegalArgumentException("silence is " + silence + ", below 20 ms");
    }
  }

  /** 1 MiB + 64 KiB and 4 MiB frames, 5 s silence, redial after 100 ms to 2 s, no spinning. */
  public static LinkOptions defaults() {
    return new LinkOptions(
        new FrameSizes(MIB + 64 * KIB, 4 * MIB, 16 * KIB),
        new Admission(8, 16, Duration.ofSeconds(5)),
        Duration.ofSeconds(5),
        new Redial(Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofSeconds(1)),
        new Waiting(2 * MIB, 8 * MIB, 256L * MIB),
        new Polling(true, false, () -> 100_000, SocketWriter.Maker.NONE));
  }

  /** The same with another largest frame, in bytes, on both lanes. */
  public LinkOptions withMaxFrame(int maxFrame) {
    return new LinkOptions(
        new FrameSizes(maxFrame, maxFrame, frames.handshake),
        admission,
        silence,
        redial,
        waiting,
        transport);
  }

  /** The same with other limits for strangers. */
  public LinkOptions withAdmission(Admission other) {
    return new LinkOptions(frames, other, silence, redial, waiting, transport);
  }

  /** The same with another silence. */
  public LinkOptions withSilence(Duration other) {
    return new LinkOptions(frames, admission, other, redial, waiting, transport);
  }

  /** The same with other pauses. */
  public LinkOptions withRedial(Redial other) {
    return new LinkOptions(frames, admission, silence, other, waiting, transport);
  }

  /** The same with other limits of what may wait on a lane. */
  public LinkOptions withWaiting(Waiting other) {
    return new LinkOptions(frames, admission, silence, redial, other, transport);
  }

  /** The same with another transport. */
  public LinkOptions withTransport(Polling other) {
    return new LinkOptions(frames, admission, silence, redial, waiting, other);
  }
}
