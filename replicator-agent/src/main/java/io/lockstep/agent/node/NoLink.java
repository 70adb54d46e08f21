package io.lockstep.agent.node;

import io.lockstep.replicator.link.Link;
import java.nio.ByteBuffer;

/** The link before there is one: nothing is connected, nothing goes out. */
enum NoLink implements Link {
  INSTANCE;

  @Override
  public boolean connected() {
    return false;
  }

  @Override
  public boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    return false;
  }

  @Override
  public boolean writable(Lane lane) {
    return false;
  }

  @Override
  public boolean awaitWritable(Lane lane, long timeoutMs) {
    return false;
  }

  @Override
  public void drop(long epoch, String reason) {}

  @Override
  public long sentBytes(Lane lane) {
    return 0;
  }

  @Override
  public long receivedBytes(Lane lane) {
    return 0;
  }

  @Override
  public void close() {}
}
