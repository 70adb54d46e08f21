package io.lockstep.replicator.replication;

import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.replication.PrimaryStream.Mode;

/**
 * What happens to modifications now, and what that means for them. The caller holds the stream's
 * lock, but for {@link #now} and {@link #alonePast}.
 */
final class StreamMode {
  private volatile Mode mode = Mode.CLOSED;
  private volatile long alonePast;
  private String closedBecause = "this node does not serve the module";

  /** For any thread, with or without the lock. */
  Mode now() {
    return mode;
  }

  /** To any but ALONE, to which {@link #runAlone} leads. */
  void become(Mode next) {
    mode = next;
  }

  /** To ALONE, after {@code last} was numbered. */
  void runAlone(long last) {
    alonePast = last;
    mode = Mode.ALONE;
  }

  /**
   * The last operation that was numbered before this node ran alone: it was to go to the peer. For
   * any thread, with or without the lock.
   */
  long alonePast() {
    return alonePast;
  }

  /** Refuses modifications, and says {@code reason} to whoever asks for one. */
  void close(String reason) {
    mode = Mode.CLOSED;
    closedBecause = reason;
  }

  /** Throws IO, with the reason, where modifications are refused. */
  void refuseIfClosed() throws StoreException {
    if (mode == Mode.CLOSED) {
      throw new StoreException(Failure.IO, closedBecause);
    }
  }

  /** Whether modifications go to the peer when they are numbered. */
  boolean sends() {
    return mode == Mode.STREAMING || mode == Mode.DUAL;
  }

  /** Whether modifications wait for the peer. */
  boolean waitsForPeer() {
    return sends() || mode == Mode.BLOCKED;
  }
}
