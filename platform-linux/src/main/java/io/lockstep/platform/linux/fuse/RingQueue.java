package io.lockstep.platform.linux.fuse;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places of one processor's queue. A request that waits for stable storage keeps its place
 * until it is answered; were all places taken so, the kernel could not write back or read anything
 * from this processor, and whatever the disks wait for might be just that. So beyond a number of
 * such waits each makes a further place, which stays. Safe for any thread.
 */
final class RingQueue {
  private static final Logger LOG = LoggerFactory.getLogger(RingQueue.class);
  private static final int MOST_STAND_INS = 64;

  private final int device;
  private final int processor;
  private final Semaphore waits;
  private final AtomicInteger standIns = new AtomicInteger();
  private final Consumer<RingChannel> serve;
  private final Runnable broken;

  /**
   * Of {@code processor}.
   *
   * @param waits how many places may wait for stable storage at a time
   * @param serve starts a worker on a new place
   * @param broken ends the connection
   */
  RingQueue(int device, int processor, int waits, Consumer<RingChannel> serve, Runnable broken) {
    this.device = device;
    this.processor = processor;
    this.waits = new Semaphore(waits);
    this.serve = serve;
    this.broken = broken;
  }

  int device() {
    return device;
  }

  int processor() {
    return processor;
  }

  boolean tryEnter() {
    return waits.tryAcquire();
  }

  void leave() {
    waits.release();
  }

  /** The kernel does not use the queues before each has a place, and lets everybody wait. */
  void broken() {
    broken.run();
  }

  /** Makes a further place. */
  void standIn() {
    if (standIns.incrementAndGet() > MOST_STAND_INS) {
      standIns.decrementAndGet();
      return;
    }
    try {
      serve.accept(new RingChannel(this));
    } catch (IOException e) {
      LOG.warn("No further place for requests of processor {}: {}", processor, e.getMessage());
    }
  }
}
