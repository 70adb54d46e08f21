package io.lockstep.replicator.link;

import java.nio.ByteBuffer;

/**
 * Receives what the link brings. Called from one thread at a time per lane (the two lanes may call
 * at the same time); must not block on the operations lane. A frame that a waiting thread
 * {@linkplain Link#read reads} may still be in the listener's hands during {@code down}.
 */
public interface LinkListener {
  /** Both lanes are up. {@code epoch} is higher than any before. */
  void up(long epoch, PeerHello peer);

  /** One frame; {@code payload} is valid only during the call. */
  void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload);

  /**
   * All frames that one read of the socket brought have been delivered: the moment to acknowledge
   * them at once.
   */
  void batchEnd(long epoch, Link.Lane lane);

  /** The connection is gone. Called once for each {@link #up}. */
  void down(long epoch, String reason);

  /**
   * The peer, or what answers at its address, was refused (foreign cluster, name, version or key).
   */
  void refused(String reason);
}
