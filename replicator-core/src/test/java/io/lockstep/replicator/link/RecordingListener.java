package io.lockstep.replicator.link;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what the link tells, for tests to look at. */
class RecordingListener implements LinkListener {
  record Frame(long epoch, Link.Lane lane, byte type, int module, byte[] payload) {}

  final List<Long> ups = new CopyOnWriteArrayList<>();
  final List<PeerHello> peers = new CopyOnWriteArrayList<>();
  final List<Long> downs = new CopyOnWriteArrayList<>();
  final List<String> downReasons = new CopyOnWriteArrayList<>();
  final List<Frame> frames = new CopyOnWriteArrayList<>();
  final List<Integer> batches = new CopyOnWriteArrayList<>();
  final List<String> refusals = new CopyOnWriteArrayList<>();

  @Override
  public void up(long epoch, PeerHello peer) {
    peers.add(peer);
    ups.add(epoch);
  }

  @Override
  public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    frames.add(new Frame(epoch, lane, type, module, bytes));
  }

  @Override
  public void batchEnd(long epoch, Link.Lane lane) {
    batches.add(frames.size());
  }

  @Override
  public void down(long epoch, String reason) {
    downReasons.add(reason);
    downs.add(epoch);
  }

  @Override
  public void refused(String reason) {
    refusals.add(reason);
  }

  long epoch() {
    return ups.get(ups.size() - 1);
  }

  boolean isUp() {
    return ups.size() > downs.size();
  }
}
