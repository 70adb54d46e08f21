package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.replicator.volume.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
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

  /** Workers on the device where requests come through queues: it brings what needs no answer. */
  private static final int BESIDE_QUEUES = 2;

  private final int device;
  private final int[] channels;
  private final FuseDispatcher dispatcher;
  private final Syncs syncs;
  private final Volume volume;
  private final KnownFiles known;
  private final Forgetting forgetting;
  private final Workers workers;
  private final QueueWorkers onQueues;
  private final CountDownLatch finished = new CountDownLatch(1);

  /**
   * How it is served.
   *
   * @param workers threads
   * @param reserved those of them that never wait for stable storage
   * @param known shared by all mounts of this process
   * @param mayPrune false to do as on kernels that know no FUSE_NOTIFY_PRUNE
   * @param placeBytes room for data in each place of the processors' queues, where the kernel has
   *     them; 0 to do without
   */
  record Options(int workers, int reserved, KnownFiles known, boolean mayPrune, int placeBytes) {
    boolean queues() {
      return placeBytes > 0;
    }

    Options withoutQueues() {
      return new Options(workers, reserved, known, mayPrune, 0);
    }
  }

  private FuseSession(
      int[] channels,
      FuseDispatcher dispatcher,
      Syncs syncs,
      Volume volume,
      KnownFiles known,
      Forgetting forgetting,
      Workers workers,
      QueueWorkers onQueues) {
    this.device = channels[0];
    this.channels = channels;
    this.dispatcher = dispatcher;
    this.syncs = syncs;
    this.volume = volume;
    this.known = known;
    this.forgetting = forgetting;
    this.workers = workers;
    this.onQueues = onQueues;
  }

  /**
   * Answers INIT on {@code device}, where a mount was just made, and starts the workers. Takes the
   * descriptor over.
   */
  static FuseSession start(
      int device, Path at, String connection, Volume volume, int directory, Options options)
      throws IOException {
    FuseRequest init = new FuseRequest(Negotiation.MAX_DATA_BYTES + INIT_BYTES);
    readInit(device, init);
    boolean offered = options.queues() && Negotiation.offersQueues(init);
    ProcessorQueues queues = offered ? ProcessorQueues.open(device, options) : ProcessorQueues.NONE;
    try {
      return start(device, at, connection, volume, directory, options, init, queues);
    } catch (IOException | RuntimeException e) {
      queues.close();
      throw e;
    }
  }

  private static FuseSession start(
      int device,
      Path at,
      String connection,
      Volume volume,
      int directory,
      Options options,
      FuseRequest init,
      ProcessorQueues queues)
      throws IOException {
    Negotiation.Agreed agreed = answerInit(device, init, queues);
    KnownFiles known = options.known();
    int waiting = Math.max(1, options.workers() - options.reserved());
    int onDevice = queues.isEmpty() ? options.workers() : BESIDE_QUEUES;
    String name = "fuse-" + at.getFileName();
    Syncs syncs = new Syncs(name, queues.isEmpty() ? waiting : 1);
    int waitForRoom = queues.isEmpty() ? waiting : queues.waits();
    boolean prunes = options.mayPrune() && agreed.kernelMinor() >= FuseProtocol.PRUNE_MINOR;
    Room room = new Room(known, waitForRoom, !prunes);
    FuseDispatcher dispatcher = new FuseDispatcher(volume, directory, agreed.flags(), syncs, room);
    int[] channels = channels(device, onDevice);
    Forgetting forgetting = new Forgetting(volume, directory, device, known, prunes);
    Workers workers = new Workers(name, onDevice + queues.places().size());
    QueueWorkers onQueues = new QueueWorkers(at, connection, queues, dispatcher, workers);
    FuseSession session =
        new FuseSession(channels, dispatcher, syncs, volume, known, forgetting, workers, onQueues);
    known.add(volume);
    session.startWorkers();
    LOG.info(
        "{} is served {}",
        at,
        queues.isEmpty() ? "through /dev/fuse" : "through a queue for each processor");
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

  private static void readInit(int device, FuseRequest request) throws IOException {
    long read = request.read(device);
    if (read < 0) {
      throw new IOException(
          "the kernel did not begin the FUSE connection: errno " + FuseSystem.errno(read));
    }
  }

  private static Negotiation.Agreed answerInit(
      int device, FuseRequest request, ProcessorQueues queues) throws IOException {
    FuseReply reply = new FuseReply(INIT_BYTES);
    Negotiation.Agreed agreed = Negotiation.answer(request, reply, !queues.isEmpty());
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
      DeviceChannel channel = new DeviceChannel(channels[i], syncs);
      workers.start(new FuseWorker(channel, dispatcher, workers::ended), Integer.toString(i));
    }
    onQueues.start();
    Thread forgetter = workers.start(forgetting, "forget");
    workers.start(() -> closeAtEnd(forgetter), "end");
  }

  /** Descriptors are closed only when nobody can use them any more: numbers are given out again. */
  private void closeAtEnd(Thread forgetter) {
    try {
      workers.awaitEnd();
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

  /** As {@link QueueWorkers#refused}. */
  int refused() throws InterruptedException {
    return onQueues.refused();
  }

  /** Whether any worker still serves. */
  boolean alive() {
    return workers.alive();
  }

  /** Waits until the connection has ended and everything of it is closed; whether it has. */
  boolean awaitEnd(long timeoutMs) throws InterruptedException {
    return finished.await(timeoutMs, TimeUnit.MILLISECONDS);
  }
}
