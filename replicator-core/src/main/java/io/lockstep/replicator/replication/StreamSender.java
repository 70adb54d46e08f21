package io.lockstep.replicator.replication;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Mark;
import java.nio.ByteBuffer;

/**
 * What the primary's end of the stream sends: operations when they are numbered, again what the
 * peer does not acknowledge, and marks. Knows on which connection, under which generation, and what
 * the peer was asked for.
 *
 * <p>The caller holds the stream's lock, which keeps the frames in order, but for {@link #epoch}
 * and {@link #flush}. Nothing here waits.
 */
final class StreamSender {
  /** Of no connection: what is sent on it is dropped. */
  private static final long NOWHERE = -1;

  /** Most bytes that {@link #sendAgain} sends at a time, but for the first operation. */
  private static final long AGAIN_BYTES = 64 << 10;

  private final Execution execution;
  private final Link link;
  private final int module;
  private final SendWindow window;
  private Generation generation = Generation.NONE;
  private volatile long epoch = NOWHERE;
  private long sentAgainNs;

  /** Up to where the peer was last asked to force; may be a number of a history that is no more. */
  private long forceAskedTo;

  /** Sends for {@code module} what is in {@code window}. */
  StreamSender(Execution execution, Link link, int module, SendWindow window) {
    this.execution = execution;
    this.link = link;
    this.module = module;
    this.window = window;
  }

  /** From now on sends on the connection {@code newEpoch}. */
  void connect(long newEpoch) {
    epoch = newEpoch;
  }

  /** From now on sends nowhere. */
  void disconnect() {
    epoch = NOWHERE;
  }

  /** The connection; for any thread, with or without the lock. */
  long epoch() {
    return epoch;
  }

  /** Operations are numbered under {@code newGeneration} from now on. */
  void begin(Generation newGeneration) {
    generation = newGeneration;
  }

  Generation generation() {
    return generation;
  }

  /** Whether something that came on {@code otherEpoch} is about what is sent now. */
  boolean isAbout(long otherEpoch, Generation otherGeneration) {
    return otherEpoch == epoch && otherGeneration.equals(generation);
  }

  /** Closes the connection, on which something came that cannot be. */
  void drop(String reason) {
    link.drop(epoch, reason);
  }

  /** Queues an operation's frame; {@link #flush} sends it off. */
  void queue(ByteBuffer frame) {
    link.queue(epoch, Link.Lane.OPERATIONS, StreamMessages.OPERATION, module, frame.duplicate());
  }

  /**
   * Sends off what was queued on connection {@code on}. Without the lock, which is over the order
   * and not over the system call.
   */
  void flush(long on) {
    link.flush(on, Link.Lane.OPERATIONS);
  }

  /** Sends a mark of this type, and what is queued before it. */
  void mark(byte type, long sequence) {
    link.send(epoch, Link.Lane.OPERATIONS, type, module, new Mark(generation, sequence).encode());
  }

  /** Asks the peer to force its journal through everything numbered so far. */
  void askForce() {
    forceAskedTo = window.last();
    mark(StreamMessages.FORCE, window.last());
  }

  /** Asks so where more than {@code bytes} are kept, unless an answer is on its way. */
  void askForceAbove(long bytes) {
    if (window.retainedBytes() > bytes && !isForceAsked()) {
      askForce();
    }
  }

  /** Whether an answer is on its way, as far as this node knows. */
  private boolean isForceAsked() {
    return window.durable() < forceAskedTo && forceAskedTo <= window.last();
  }

  /** The answer is late, and may have been lost: who needs it asks again. */
  void forgetForceAsked() {
    forceAskedTo = 0;
  }

  /**
   * Sends the oldest of what is not acknowledged again, on the bulk lane as far as that takes it,
   * if it has waited since {@code waitsSinceNs} and was not sent again for {@code afterNs}.
   */
  void sendAgain(long waitsSinceNs, long afterNs) {
    long now = execution.nanoTime();
    long sinceNs = sentAgainNs - waitsSinceNs > 0 ? sentAgainNs : waitsSinceNs;
    if (now - sinceNs < afterNs) {
      return;
    }
    sentAgainNs = now;
    for (SendWindow.Entry entry : window.oldestAbove(window.received(), AGAIN_BYTES)) {
      if (link.writable(Link.Lane.BULK)) {
        ByteBuffer frame = entry.frame().duplicate();
        link.send(epoch, Link.Lane.BULK, StreamMessages.OPERATION, module, frame);
      }
    }
  }
}
