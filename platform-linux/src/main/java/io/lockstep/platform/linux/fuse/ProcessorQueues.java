package io.lockstep.platform.linux.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queues of a connection, one for each processor: the kernel wants one for every processor that
 * may ever be there, and begins to use them when each has a place.
 */
final class ProcessorQueues implements AutoCloseable {
  /** None: requests come through the device. */
  static final ProcessorQueues NONE = new ProcessorQueues();

  private static final Logger LOG = LoggerFactory.getLogger(ProcessorQueues.class);
  private static final Path ALLOWED = Path.of("/sys/module/fuse/parameters/enable_uring");
  private static final int MOST_PROCESSORS = 32;
  private static final int FEWEST_PLACES = 6;

  private final List<QueueChannel> places = new ArrayList<>();
  private int waits = 1;
  private volatile Consumer<QueueChannel> serving = place -> {};
  private volatile Runnable ending = () -> {};

  private ProcessorQueues() {}

  /**
   * Lets the kernel offer its queues, which it does to nobody by default; other file systems have
   * to ask for them all the same. Does nothing where the kernel is older than 6.18, the first that
   * Lockstep uses them with, or this process may not.
   */
  static void allow() {
    try {
      if (KernelVersion.current().atLeast(6, 18) && !Files.readString(ALLOWED).startsWith("Y")) {
        Files.writeString(ALLOWED, "Y");
        LOG.info("Switched on {}: requests come through a queue for each processor", ALLOWED);
      }
    } catch (IOException e) {
      LOG.debug("The kernel cannot be told to offer its queues: {}", e.getMessage());
    }
  }

  /**
   * Opens for each processor its part of twice as many places as there are to be workers, {@link
   * #FEWEST_PLACES} at least, and one for each that is not there; {@link #NONE} where this machine
   * has too many processors or this process may not run on all, or where it is refused.
   */
  static ProcessorQueues open(int device, FuseSession.Options options) {
    ProcessorQueues queues = new ProcessorQueues();
    int workers = options.workers();
    try {
      BitSet possible = Processors.possible();
      BitSet online = Processors.online();
      if (possible.length() > MOST_PROCESSORS
          || possible.cardinality() != possible.length()
          || !contains(Processors.allowed(), online)) {
        LOG.info("No queues for processors {}, of which there are {}", possible, online);
        return NONE;
      }
      int fair = 2 * workers / Math.max(1, online.cardinality());
      int each = Math.min(workers, Math.max(FEWEST_PLACES, fair));
      queues.waits = Math.max(1, each - Math.max(1, each * options.reserved() / workers));
      for (int i = 0; i < possible.length(); i++) {
        ProcessorQueue queue = new ProcessorQueue(device, i, options.placeBytes(), queues);
        queues.open(queue, online.get(i) ? each : 1);
      }
      return queues;
    } catch (IOException | RuntimeException e) {
      queues.close();
      LOG.info("Requests come through /dev/fuse alone: {}", e.getMessage());
      return NONE;
    }
  }

  private static boolean contains(BitSet all, BitSet some) {
    BitSet left = (BitSet) some.clone();
    left.andNot(all);
    return left.isEmpty();
  }

  private void open(ProcessorQueue queue, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      places.add(new QueueChannel(queue));
    }
  }

  /** How many places of a queue may wait at a time. */
  int waits() {
    return waits;
  }

  boolean isEmpty() {
    return places.isEmpty();
  }

  /** Those that were opened with the queues; not those that are made later. */
  List<QueueChannel> places() {
    return places;
  }

  /** Who starts workers on places that are made later, and who ends a connection that is broken. */
  void serveWith(Consumer<QueueChannel> starts, Runnable ends) {
    serving = starts;
    ending = ends;
  }

  /** Starts a worker on a place that was just made. */
  void serve(QueueChannel place) {
    serving.accept(place);
  }

  /** A queue has no place any more: whoever runs on its processor would wait for ever. */
  void end() {
    ending.run();
  }

  /** Before anybody serves. */
  @Override
  public void close() {
    places.forEach(QueueChannel::close);
  }
}
