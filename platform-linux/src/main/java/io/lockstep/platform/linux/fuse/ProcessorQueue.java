package io.lockstep.platform.linux.fuse;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of one processor, as far as its places go. A request that waits for stable storage
 * keeps its place until it is answered; were all places taken so, the kernel could not write back
 * or read anything from this processor, and whatever the disks wait for might be just that. So
 * beyond a number of such waits each makes a further place, which stays and lets one more wait.
 * Safe for any thread.
 */
final class ProcessorQueue {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessorQueue.class);
  private static final int MOST_FURTHER_PLACES = 64;

  private final int device;
  private final int processor;
  private final int bytes;
  private final ProcessorQueues queues;
  private final Semaphore waits;
  private final AtomicInteger places = new AtomicInteger();
  private final AtomicInteger furtherPlaces = new AtomicInteger();

  /** Of {@code processor}; each place has room for {@code bytes} of data. */
  ProcessorQueue(int device, int processor, int bytes, ProcessorQueues queues) {
    this.device = device;
    this.processor = processor;
    this.bytes = bytes;
    this.queues = queues;
    this.waits = new Semaphore(queues.waits());
  }

  int device() {
    return device;
  }

  int processor() {
    return processor;
  }

  int bytes() {
    return bytes;
  }

  /** A place was made. */
  void made() {
    places.incrementAndGet();
  }

  /** A place serves no more, for no reason that is known. */
  void broken() {
    if (places.decrementAndGet() == 0) {
      queues.end();
    }
  }

  /**
   * Whether there are enough places for one more wait for stable storage, or one was made for it;
   * if so {@link #leave} ends it. If not the wait begins all the same, and its place is missed
   * meanwhile.
   */
  boolean enter() {
    return waits.tryAcquire() || makePlace();
  }

  void leave() {
    waits.release();
  }

  private boolean makePlace() {
    if (furtherPlaces.incrementAndGet() > MOST_FURTHER_PLACES) {
      furtherPlaces.decrementAndGet();
      return false;
    }
    QueueChannel place = null;
    try {
      place = new QueueChannel(this);
      queues.serve(place);
      return true;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // so says Java too where there are too many threads
      furtherPlaces.decrementAndGet();
      if (place != null) {
        places.decrementAndGet();
        place.close();
      }
      LOG.warn("No further place for requests of processor {}: {}", processor, e.getMessage());
      return false;
    }
  }
}
