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
 * The places of all queues of a connection: the kernel wants one for every processor that may ever
 * be there, and begins to use them when each has one.
 */
final class Rings implements AutoCloseable {
  /** None: requests come through the device. */
  static final Rings NONE = new Rings();

  private static final Logger LOG = LoggerFactory.getLogger(Rings.class);
  private static final Path ALLOWED = Path.of("/sys/module/fuse/parameters/enable_uring");
  private static final int MOST_PROCESSORS = 32;
  private static final int FEWEST_PLACES = 6;

  private final List<RingChannel> channels = new ArrayList<>();
  private int waits = 1;
  private volatile Consumer<RingChannel> serving = channel -> {};
  private volatile Runnable ending = () -> {};

  private Rings() {}

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
   * Opens for each processor its part of twice as many as there are to be workers, {@link
   * #FEWEST_PLACES} at least, and one for each that is not there; {@link #NONE} where this machine
   * has too many processors or this process may not run on all, or where it is refused.
   */
  static Rings open(int device, FuseSession.Options options) {
    Rings rings = new Rings();
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
      int places = Math.min(workers, Math.max(FEWEST_PLACES, fair));
      rings.waits = Math.max(1, places - Math.max(1, places * options.reserved() / workers));
      for (int i = 0; i < possible.length(); i++) {
        rings.open(
            new RingQueue(device, i, options.ringBytes(), rings), online.get(i) ? places : 1);
      }
      return rings;
    } catch (IOException | RuntimeException e) {
      rings.close();
      LOG.info("Requests come through /dev/fuse alone: {}", e.getMessage());
      return NONE;
    }
  }

  private static boolean contains(BitSet all, BitSet some) {
    BitSet left = (BitSet) some.clone();
    left.andNot(all);
    return left.isEmpty();
  }

  private void open(RingQueue queue, int places) throws IOException {
    for (int place = 0; place < places; place++) {
      channels.add(new RingChannel(queue));
    }
  }

  /** How many places of a queue may wait at a time. */
  int waits() {
    return waits;
  }

  boolean isEmpty() {
    return channels.isEmpty();
  }

  List<RingChannel> channels() {
    return channels;
  }

  /** Who starts workers on places that are made later, and who ends a connection that is broken. */
  void serveWith(Consumer<RingChannel> starts, Runnable ends) {
    serving = starts;
    ending = ends;
  }

  /** Starts a worker on a place that was just made. */
  void serve(RingChannel channel) {
    serving.accept(channel);
  }

  /** A queue has no place any more: whoever runs on its processor would wait for ever. */
  void end() {
    ending.run();
  }

  /** Before anybody serves. */
  @Override
  public void close() {
    channels.forEach(RingChannel::close);
  }
}
