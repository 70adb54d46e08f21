package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.replicator.volume.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection with the kernel: its channels, the workers on them, and what they share. Lives from
 * INIT until the kernel ends the connection (last user of an unmounted file system gone, or abort).
 */
final class FuseSession {
  private static final Logger LOG = LoggerFactory.getLogger(FuseSession.class);
  private static final int INIT_BYTES = 8192;

  private final String name;
  private final int device;
  private final FuseDispatcher dispatcher;
  private final Syncs syncs;
  private final Volume volume;
  private final KnownFiles known;
  private final Forgetting forgetting;
  private final int[] channels;
  private final CountDownLatch running;
  private final CountDownLatch finished = new CountDownLatch(1);

  /**
   * How it is served.
   *
   * @param workers threads
   * @param reserved those of them that never wait for stable storage
   * @param known shared by all mounts of this process
   * @param mayPrune false to do as on kernels that know no FUSE_NOTIFY_PRUNE
   */
  record Options(int workers, int reserved, KnownFiles known, boolean mayPrune) {}

  private FuseSession(
      String name,
      int[] channels,
      FuseDispatcher dispatcher,
      Syncs syncs,
      Volume volume,
      KnownFiles known,
      Forgetting forgetting) {
    this.name = name;
    this.device = channels[0];
    this.channels = channels;
    this.dispatcher = dispatcher;
    this.syncs = syncs;
    this.volume = volume;
    this.known = known;
    this.forgetting = forgetting;
    this.running = new CountDownLatch(channels.length);
  }

  /**
   * Answers INIT on {@code device}, where a mount was just made, and starts the workers. Takes the
   * descriptor over.
   */
  static FuseSession start(int device, String name, Volume volume, int directory, Options options)
      throws IOException {
    Negotiation.Agreed agreed = negotiate(device);
    KnownFiles known = options.known();
    int workers = options.workers();
    Syncs syncs = new Syncs(name, Math.max(1, workers - options.reserved()));
    boolean prunes = options.mayPrune() && agreed.kernelMinor() >= FuseProtocol.PRUNE_MINOR;
    Room room = new Room(known, Math.max(1, workers - options.reserved()), !prunes);
    FuseDispatcher dispatcher = new FuseDispatcher(volume, directory, agreed.flags(), syncs, room);
    int[] channels = channels(device, workers);
    Forgetting forgetting = new Forgetting(volume, directory, device, known, prunes);
    FuseSession session =
        new FuseSession(name, channels, dispatcher, syncs, volume, known, forgetting);
    known.add(volume);
    session.startWorkers();
    return session;
  }

  /** The first is {@code device} itself, which stays the caller's if this fails. */
  private static int[] channels(int device, int count) throws IOException {
    int[] channels = new int[count];
    channels[0] = device;
    for (int i = 1; i < count; i++) {
      try {
        channels[i] = cloned(device);
      } catch (IOException e) {
        for (int open = 1; open < i; open++) {
          FuseSystem.close(channels[open]);
        }
        throw e;
      }
    }
    return channels;
  }

  private static Negotiation.Agreed negotiate(int device) throws IOException {
    FuseRequest request = new FuseRequest(Negotiation.MAX_DATA_BYTES + INIT_BYTES);
    FuseReply reply = new FuseReply(INIT_BYTES);
    long read = request.read(device);
    if (read < 0) {
      throw new IOException(
          "the kernel did not begin the FUSE connection: errno " + FuseSystem.errno(read));
    }
    Negotiation.Agreed agreed = Negotiation.answer(request, reply);
    int errno = reply.send(device, request.unique(), 0);
    if (errno != 0) {
      throw new IOException("the kernel refused the answer to INIT: errno " + errno);
    }
    LOG.debug("FUSE 7.{}, flags {}", agreed.kernelMinor(), Integer.toHexString(agreed.flags()));
    return agreed;
  }

  private static int cloned(int device) throws IOException {
    int fd = FuseSystem.open(FuseSystem.c("/dev/fuse"), FuseSystem.O_RDWR | FuseSystem.O_CLOEXEC);
    if (fd < 0) {
      throw new IOException("cannot open /dev/fuse again: errno " + FuseSystem.errno(fd));
    }
    ByteBuffer original = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
    original.putInt(0, device);
    int result =
        FuseSystem.ioctl(fd, FuseSystem.FUSE_DEV_IOC_CLONE, NativeMemory.address(original));
    if (result != 0) {
      int errno = FuseSystem.errno(result);
      FuseSystem.close(fd);
      throw new IOException("cannot clone the channel to the kernel: errno " + errno);
    }
    return fd;
  }

  private void startWorkers() {
    for (int i = 0; i < channels.length; i++) {
      Thread thread =
          new Thread(new FuseWorker(channels[i], dispatcher, this::workerEnded), name + "-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    Thread forgetter = new Thread(forgetting, name + "-forget");
    forgetter.setDaemon(true);
    forgetter.start();
    Thread closer = new Thread(() -> closeAtEnd(forgetter), name + "-end");
    closer.setDaemon(true);
    closer.start();
  }

  private void workerEnded() {
    running.countDown();
  }

  /** Descriptors are closed only when nobody can use them any more: numbers are given out again. */
  private void closeAtEnd(Thread forgetter) {
    try {
      running.await();
      forgetting.end();
      forgetter.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    syncs.close();
    dispatcher.close();
    known.remove(volume);
    for (int channel : channels) {
      if (channel != device) {
        FuseSystem.close(channel);
      }
    }
    FuseSystem.close(device);
    finished.countDown();
  }

  /** Whether any worker still serves. */
  boolean alive() {
    return running.getCount() > 0;
  }

  /** Waits until the connection has ended and everything of it is closed; whether it has. */
  boolean awaitEnd(long timeoutMs) throws InterruptedException {
    return finished.await(timeoutMs, TimeUnit.MILLISECONDS);
  }
}
