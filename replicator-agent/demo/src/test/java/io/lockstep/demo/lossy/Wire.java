package io.lockstep.demo.lossy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Cables that lose frames and bring the others late, each by a time of its own, so that they also
 * overtake each other. A kernel without netem can run it. A process of its own, in the namespace of
 * the bridges that the cables join.
 *
 * <pre>
 * Wire TAP TAP [TAP TAP ...]    a cable between each two
 * </pre>
 *
 * <p>Reads lines {@code LOSS JITTER} (percent of the frames of either direction, ms at the most),
 * and answers each with the number of frames carried and lost since the one before. Ends with its
 * input.
 */
public final class Wire {
  private final AtomicLong carried = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private volatile int lossPercent;
  private volatile int jitterMs;

  private Wire() {}

  /** Carries until its input ends. */
  public static void main(String[] arguments) throws IOException {
    Wire wire = new Wire();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      Tap one = new Tap(arguments[i]);
      Tap other = new Tap(arguments[i + 1]);
      wire.carry(one, other);
      wire.carry(other, one);
    }
    System.out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      wire.lossPercent = Integer.parseInt(words[0]);
      wire.jitterMs = Integer.parseInt(words[1]);
      System.out.println(wire.carried.getAndSet(0) + " " + wire.lost.getAndSet(0));
    }
    System.exit(0);
  }

  private void carry(Tap from, Tap to) {
    DelayQueue<Frame> onItsWay = new DelayQueue<>();
    thread("take", () -> take(from, onItsWay));
    thread("give", () -> give(onItsWay, to));
  }

  private static void thread(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void take(Tap from, DelayQueue<Frame> onItsWay) {
    while (true) {
      byte[] bytes = from.take();
      ThreadLocalRandom random = ThreadLocalRandom.current();
      if (random.nextInt(100) < lossPercent) {
        lost.incrementAndGet();
        continue;
      }
      long delayNs = jitterMs == 0 ? 0 : random.nextLong(jitterMs * 1_000_000L);
      onItsWay.add(new Frame(bytes, System.nanoTime() + delayNs));
    }
  }

  private void give(DelayQueue<Frame> onItsWay, Tap to) {
    try {
      while (true) {
        to.give(onItsWay.take().bytes());
        carried.incrementAndGet();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A frame, and when it arrives. */
  private record Frame(byte[] bytes, long dueNs) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNs - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(dueNs, ((Frame) other).dueNs);
    }
  }
}
