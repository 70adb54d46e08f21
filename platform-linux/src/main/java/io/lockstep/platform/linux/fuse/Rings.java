package io.lockstep.platform.linux.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private static final int FEWEST_PLACES = 4;

  private final List<RingChannel> channels = new ArrayList<>();
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
   * Opens twice as many as {@code workers} in all, or {@link #FEWEST_PLACES} a processor; {@link
   * #NONE} where this machine has too many processors, or refuses.
   *
   * @param reserved those of {@code workers} that never wait for stable storage
   */
  static Rings open(int device, int workers, int reserved) {
    Rings rings = new Rings();
    try {
      int processors = Processors.possible();
      if (processors > MOST_PROCESSORS) {
        LOG.info("No queues for each of {} processors", processors);
        return NONE;
      }
      int places = Math.min(workers, Math.max(FEWEST_PLACES, 2 * workers / processors));
      int waits = Math.max(1, places - Math.max(1, places * reserved / workers));
      for (int i = 0; i < processors; i++) {
        RingQueue queue = new RingQueue(device, i, waits, rings::serve, rings::end);
        for (int place = 0; place < places; place++) {
          rings.channels.add(new RingChannel(queue));
        }
      }
      return rings;
    } catch (IOException e) {
      rings.close();
      LOG.info("Requests come through /dev/fuse alone: {}", e.getMessage());
      return NONE;
    }
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

  private void end() {
    ending.run();
  }

  private void serve(RingChannel channel) {
    serving.accept(channel);
  }

  /** Before anybody serves. */
  @Override
  public void close() {
    channels.forEach(RingChannel::close);
  }
}
