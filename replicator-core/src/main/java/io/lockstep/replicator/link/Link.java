package io.lockstep.replicator.link;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * The authenticated connection to the peer: operations on one connection, bulk data on another, so
 * that bulk never delays a write. Carries frames of a type, a module's number and a payload; what
 * is in the payload is its sender's and receiver's business.
 */
public interface Link extends AutoCloseable {
  /** Which of the two connections. */
  enum Lane {
    OPERATIONS,
    BULK
  }

  /** Whether both lanes are up and authenticated. */
  boolean connected();

  /**
   * Sends one frame; frames sent on one lane from one thread, or under one lock, arrive in that
   * order. The payload buffers (each from position to limit) are copied before the method returns.
   * Never blocks.
   *
   * @param epoch the connection as told by {@link LinkListener#up}; a frame for an earlier one is
   *     dropped
   * @return whether the frame was handed to the connection; false when it is down or another one by
   *     now
   */
  boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload);

  /**
   * As {@link #send}, but the frame may wait until {@link #flush} or the next {@code send}: for
   * callers that hold a lock over the order and not over a system call.
   */
  default boolean queue(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    return send(epoch, lane, type, module, payload);
  }

  /** Sends off what was {@linkplain #queue queued} on the connection of that epoch. */
  default void flush(long epoch, Lane lane) {}

  /**
   * Reads the operations lane by the calling thread, which waits for frames of {@code type}, until
   * {@code over} or for {@code timeoutNs}, or until something else comes: the listener is called by
   * it for each such frame.
   *
   * @return false at once when it did not: another thread reads, or this link does not offer it
   */
  default boolean read(long epoch, byte type, BooleanSupplier over, long timeoutNs) {
    return false;
  }

  /** Whether the lane's outbound buffer has room; bulk senders wait while it has not. */
  boolean writable(Lane lane);

  /**
   * Waits until the lane is writable or down, for {@code timeoutMs} at the most; returns {@link
   * #writable}.
   */
  boolean awaitWritable(Lane lane, long timeoutMs) throws InterruptedException;

  /**
   * Closes the connection of that epoch, telling the reason to the log; it is tried again with
   * backoff.
   */
  void drop(long epoch, String reason);

  /** Bytes sent and received since start, frames included, by lane. */
  long sentBytes(Lane lane);

  long receivedBytes(Lane lane);

  @Override
  void close();
}
