package io.lockstep.replicator.testkit;

import io.lockstep.replicator.link.Link;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One end of a link between two objects of one test: frames arrive in order on the other end's own
 * thread.
 */
public final class MemoryLink implements Link {
  /** Receives what the other end sends. */
  public interface Receiver {
    void frame(long epoch, Lane lane, byte type, int module, ByteBuffer payload);

    void batchEnd(long epoch, Lane lane);
  }

  private final ExecutorService loop =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "memory-link");
            thread.setDaemon(true);
            return thread;
          });
  private final List<String> drops = new ArrayList<>();
  private volatile MemoryLink other;
  private volatile Receiver receiver;
  private volatile long epoch = 1;
  private volatile boolean up = true;
  private volatile boolean deaf;

  /** Two ends that are connected with epoch 1. */
  public static MemoryLink[] pair() {
    MemoryLink one = new MemoryLink();
    MemoryLink two = new MemoryLink();
    one.other = two;
    two.other = one;
    return new MemoryLink[] {one, two};
  }

  /** Who receives at this end. */
  public void receiver(Receiver newReceiver) {
    receiver = newReceiver;
  }

  /** Cuts the connection: what is under way is lost. */
  public void cut() {
    up = false;
    other.up = false;
  }

  /** What this end sends gets lost, without a sign. */
  public void setDeaf(boolean newDeaf) {
    deaf = newDeaf;
  }

  /** Connects again under a new epoch. */
  public synchronized long heal() {
    epoch = epoch + 1;
    other.epoch = epoch;
    up = true;
    other.up = true;
    return epoch;
  }

  @Override
  public boolean connected() {
    return up;
  }

  @Override
  public boolean send(long sendEpoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    if (!up || sendEpoch != epoch) {
      return false;
    }
    ByteBuffer copy = ByteBuffer.allocateDirect(1 + total(payload));
    for (ByteBuffer part : payload) {
      copy.put(part.duplicate());
    }
    copy.flip();
    if (!deaf) {
      other.loop.execute(() -> other.deliver(sendEpoch, lane, type, module, copy));
    }
    return true;
  }

  private static int total(ByteBuffer... parts) {
    int total = 0;
    for (ByteBuffer part : parts) {
      total += part.remaining();
    }
    return total;
  }

  private void deliver(long frameEpoch, Lane lane, byte type, int module, ByteBuffer payload) {
    if (up && frameEpoch == epoch && receiver != null) {
      receiver.frame(frameEpoch, lane, type, module, payload);
      receiver.batchEnd(frameEpoch, lane);
    }
  }

  @Override
  public boolean writable(Lane lane) {
    return true;
  }

  @Override
  public boolean awaitWritable(Lane lane, long timeoutMs) {
    return true;
  }

  @Override
  public synchronized void drop(long droppedEpoch, String reason) {
    drops.add(reason);
    cut();
  }

  /** Why this end dropped the connection, each time. */
  public synchronized List<String> drops() {
    return List.copyOf(drops);
  }

  @Override
  public long sentBytes(Lane lane) {
    return 0;
  }

  @Override
  public long receivedBytes(Lane lane) {
    return 0;
  }

  @Override
  public void close() {
    loop.shutdownNow();
  }
}
