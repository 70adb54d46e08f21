package io.lockstep.agent.node;

import io.lockstep.replicator.link.Link;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A link that may come into being after those who use it. */
final class LateLink implements Link {
  private final Supplier<Link> link;

  LateLink(Supplier<Link> link) {
    this.link = link;
  }

  @Override
  public boolean connected() {
    return link.get().connected();
  }

  @Override
  public boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    return epoch >= 0 && link.get().send(epoch, lane, type, module, payload);
  }

  @Override
  public boolean queue(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    return epoch >= 0 && link.get().queue(epoch, lane, type, module, payload);
  }

  @Override
  public void flush(long epoch, Lane lane) {
    if (epoch >= 0) {
      link.get().flush(epoch, lane);
    }
  }

  @Override
  public boolean read(long epoch, byte type, BooleanSupplier over, long timeoutNs) {
    return epoch >= 0 && link.get().read(epoch, type, over, timeoutNs);
  }

  @Override
  public boolean writable(Lane lane) {
    return link.get().writable(lane);
  }

  @Override
  public boolean awaitWritable(Lane lane, long timeoutMs) throws InterruptedException {
    return link.get().awaitWritable(lane, timeoutMs);
  }

  @Override
  public void drop(long epoch, String reason) {
    link.get().drop(epoch, reason);
  }

  @Override
  public long sentBytes(Lane lane) {
    return link.get().sentBytes(lane);
  }

  @Override
  public long receivedBytes(Lane lane) {
    return link.get().receivedBytes(lane);
  }

  /** Does nothing: whoever made the link closes it. */
  @Override
  public void close() {}
}
