package io.lockstep.replicator.reintegration;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Carries the messages of a reintegration to the peer, in order. */
@FunctionalInterface
public interface BulkChannel {
  /**
   * Sends the buffers one after the other, each from position to limit, for {@code onMessage} of
   * the other end in one piece; copied before the method returns. Blocks while the connection has
   * no room.
   *
   * @throws IOException when the connection is gone
   */
  void send(ByteBuffer... message) throws IOException;
}
