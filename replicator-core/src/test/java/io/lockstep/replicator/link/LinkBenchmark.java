package io.lockstep.replicator.link;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures the round trip of a 4 KiB frame and its acknowledgement over loopback, with one and with
 * four senders, each waiting for its own. Not a test: run its main with the test class path.
 * Arguments: transport (epoll or nio), round trips for each sender, "spin" to let the loops poll.
 */
public final class LinkBenchmark {
  private static final int PAYLOAD = 4096;
  private static final byte DATA = 16;
  private static final byte ACK = 17;
  private static final int MAX_SENDERS = 4;
  private static final int[] SENDERS = {1, 4};

  private volatile long acknowledged;
  private final AtomicReferenceArray<Thread> waiting = new AtomicReferenceArray<>(MAX_SENDERS);
  private final Object order = new Object();
  private long lastSequence;

  private LinkBenchmark() {}

  /** Runs the measurement and prints a line for each number of senders. */
  public static void main(String[] args) throws Exception {
    boolean epoll = args.length < 1 || args[0].equals("epoll");
    int trips = args.length < 2 ? 20_000 : Integer.parseInt(args[1]);
    boolean spin = args.length > 2 && args[2].equals("spin");
    new LinkBenchmark().run(LinkFixture.transport(LinkOptions.defaults(), epoll, spin), trips);
  }

  private void run(LinkOptions options, int trips) throws Exception {
    try (LinkFixture fixture = new LinkFixture()) {
      Acknowledger secondary = new Acknowledger();
      Releaser primary = new Releaser();
      NettyLink b =
          fixture.start(
              options,
              LinkFixture.KEY,
              fixture.helloB,
              "desk-a",
              fixture.addressB,
              fixture.addressA,
              secondary);
      secondary.link = b;
      NettyLink a =
          fixture.start(
              options,
              LinkFixture.KEY,
              fixture.helloA,
              "desk-b",
              fixture.addressA,
              fixture.addressB,
              primary);
      if (!primary.up.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the link did not come up");
      }
      measure(a, primary.epoch(), 4, trips);
      for (int round = 0; round < 2; round++) {
        for (int senders : SENDERS) {
          measure(a, primary.epoch(), senders, trips);
        }
      }
    }
  }

  private void measure(NettyLink link, long epoch, int senders, int trips) throws Exception {
    long[][] nanos = new long[senders][trips];
    Thread[] threads = new Thread[senders];
    long start = System.nanoTime();
    for (int s = 0; s < senders; s++) {
      int slot = s;
      threads[s] = new Thread(() -> send(link, epoch, slot, nanos[slot]));
      threads[s].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long[] all = Arrays.stream(nanos).flatMapToLong(Arrays::stream).sorted().toArray();
    System.out.printf(
        "%d senders: %.0f round trips/s, p50 %.1f us, p99 %.1f us%n",
        senders,
        all.length / seconds,
        all[all.length / 2] / 1e3,
        all[(int) (all.length * 0.99)] / 1e3);
  }

  private void send(NettyLink link, long epoch, int slot, long[] nanos) {
    ByteBuffer payload = ByteBuffer.allocateDirect(PAYLOAD);
    waiting.set(slot, Thread.currentThread());
    for (int i = 0; i < nanos.length; i++) {
      long begin = System.nanoTime();
      long sequence;
      synchronized (order) {
        sequence = ++lastSequence;
        payload.putLong(0, sequence);
        link.send(epoch, Link.Lane.OPERATIONS, DATA, 1, payload);
      }
      while (acknowledged < sequence) {
        LockSupport.parkNanos(this, 1_000_000_000L);
      }
      nanos[i] = System.nanoTime() - begin;
    }
    waiting.set(slot, null);
  }

  /** The secondary: acknowledges once for each batch. */
  private static final class Acknowledger extends RecordingListener {
    private volatile NettyLink link;
    private final ByteBuffer ack = ByteBuffer.allocate(Long.BYTES);

    @Override
    public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
      ack.putLong(0, payload.getLong(0));
    }

    @Override
    public void batchEnd(long epoch, Link.Lane lane) {
      link.send(epoch, lane, ACK, 1, ack);
    }
  }

  /** The primary: wakes the senders. */
  private final class Releaser extends RecordingListener {
    private final CountDownLatch up = new CountDownLatch(1);

    @Override
    public void up(long epoch, PeerHello peer) {
      super.up(epoch, peer);
      up.countDown();
    }

    @Override
    public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
      acknowledged = payload.getLong(0);
    }

    @Override
    public void batchEnd(long epoch, Link.Lane lane) {
      for (int i = 0; i < MAX_SENDERS; i++) {
        Thread thread = waiting.get(i);
        if (thread != null) {
          LockSupport.unpark(thread);
        }
      }
    }
  }
}
