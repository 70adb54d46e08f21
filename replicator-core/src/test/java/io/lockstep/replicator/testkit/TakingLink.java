package io.lockstep.replicator.testkit;

import io.lockstep.replicator.link.Link;
import java.nio.ByteBuffer;

/** A link that is always up and takes everything; what comes of it is its heir's. */
public abstract class TakingLink implements Link {
  /** One frame was sent. */
  protected abstract void sent(long epoch, Lane lane, byte type, ByteBuffer payload);

  /** The connection of that epoch was given up. */
  protected abstract void dropped(long epoch, String reason);

  @Override
  public final boolean connected() {
    return true;
  }

  @Override
  public final boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    sent(epoch, lane, type, payload[0].duplicate());
    return true;
  }

  @Override
  public final boolean writable(Lane lane) {
    return true;
  }

  @Override
  public final boolean awaitWritable(Lane lane, long timeoutMs) {
    return true;
  }

  @Override
  public final void drop(long epoch, String reason) {
    dropped(epoch, reason);
  }

  @Override
  public final long sentBytes(Lane lane) {
    return 0;
  }

  @Override
  public final long receivedBytes(Lane lane) {
    return 0;
  }

  @Override
  public final void close() {}
}
