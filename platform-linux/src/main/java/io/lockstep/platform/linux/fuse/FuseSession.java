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
  private final int[] channels;
  private final CountDownLatch running;
  private final CountDownLatch finished = new CountDownLatch(1);

  private FuseSession(
      String name, int device, int[] channels, FuseDispatcher dispatcher, Syncs syncs) {
    this.name = name;
    this.device = device;
    this.channels = channels;
    this.dispatcher = dispatcher;
    this.syncs = syncs;
    this.running = new CountDownLatch(channels.length);
  }

  /**
   * Answers INIT on {@code device}, where a mount was just made, and starts {@code workers} of
   * which {@code reserved} never wait for stable storage. Takes the descriptor over.
   */
  static FuseSession start(
      int device, String name, Volume volume, int directory, int workers, int reserved)
      throws IOException {
    int flags = negotiate(device);
    Syncs syncs = new Syncs(name, Math.max(1, workers - reserved));
    FuseDispatcher dispatcher = new FuseDispatcher(volume, directory, flags, syncs);
    int[] channels = channels(device, workers);
    FuseSession session = new FuseSession(name, device, channels, dispatcher, syncs);
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

  private static int negotiate(int device) throws IOException {
    FuseRequest request = new FuseRequest(Negotiation.MAX_DATA_BYTES + INIT_BYTES);
    FuseReply reply = new FuseReply(INIT_BYTES);
    long read = request.read(device);
    if (read < 0) {
      throw new IOException(
          "the kernel did not begin the FUSE connection: errno " + FuseSystem.errno(read));
    }
    int flags = Negotiation.answer(request, reply);
    int errno = reply.send(device, request.unique(), 0);
    if (errno != 0) {
      throw new IOException("the kernel refused the answer to INIT: errno " + errno);
    }
    LOG.debug("FUSE 7.{}, flags {}", request.int32(4), Integer.toHexString(flags));
    return flags;
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
    Thread closer = new Thread(this::closeAtEnd, name + "-end");
    closer.setDaemon(true);
    closer.start();
  }

  private void workerEnded() {
    running.countDown();
  }

  /** Descriptors are closed only when nobody can use them any more: numbers are given out again. */
  private void closeAtEnd() {
    try {
      running.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    syncs.close();
    dispatcher.close();
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
