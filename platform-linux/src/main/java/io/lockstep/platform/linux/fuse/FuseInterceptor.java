package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Intercepts a directory by mounting a FUSE file system over it and answering the kernel itself, on
 * /dev/fuse, without a library.
 */
public final class FuseInterceptor implements Interceptor {
  private static final Logger LOG = LoggerFactory.getLogger(FuseInterceptor.class);

  /** The file system type that mount tables show. */
  public static final String TYPE = "fuse.lockstep";

  /** Requests under way at once: they wait for the peer, not for a processor. */
  public static final int DEFAULT_WORKERS = 12;

  private static final int RESERVED_PART = 3;

  private final FuseSession.Options options;

  /** With {@link #DEFAULT_WORKERS}, and alone in this process. */
  public FuseInterceptor() {
    this(DEFAULT_WORKERS, KnownFiles.forHeap(Runtime.getRuntime().maxMemory()));
  }

  /**
   * {@code workers} requests at once, of which a third are never used to wait for a disk; {@code
   * known} is shared by all mounts of this process.
   */
  public FuseInterceptor(int workers, KnownFiles known) {
    this(workers, known, true);
  }

  /**
   * {@code queues}: whether requests come through a queue for each processor where the kernel has
   * them ({@link ProcessorQueues}), else through the device as they do before Linux 6.18.
   */
  public FuseInterceptor(int workers, KnownFiles known, boolean queues) {
    this(workers, known, queues, true);
  }

  /** {@code mayPrune} is false to do as on kernels that know no FUSE_NOTIFY_PRUNE. */
  FuseInterceptor(int workers, KnownFiles known, boolean queues, boolean mayPrune) {
    this(workers, known, queues ? Negotiation.MAX_DATA_BYTES : 0, mayPrune);
  }

  /** With room for {@code placeBytes} in each place of the queues; the kernel wants enough. */
  FuseInterceptor(int workers, KnownFiles known, int placeBytes, boolean mayPrune) {
    if (workers < 2) {
      throw new IllegalArgumentException("at least 2 workers, not " + workers);
    }
    int reserved = Math.max(1, workers / RESERVED_PART);
    this.options = new FuseSession.Options(workers, reserved, known, mayPrune, placeBytes);
  }

  @Override
  public FuseMount mount(Volume volume, int directory, Path at) throws IOException {
    Path real = at.toRealPath();
    if (!Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(at + " is not a directory: name the directory to replicate");
    }
    if (options.queues()) {
      ProcessorQueues.allow();
    }
    FuseMount mount = mount(volume, directory, real, options);
    int refused = mount.refused();
    if (refused == 0) {
      return mount;
    }
    LOG.warn(
        "The kernel offers queues for the processors and does not take a place in them (errno {}):"
            + " {} is served through /dev/fuse. replication.queues: off avoids the attempt",
        refused,
        at);
    mount.abort();
    mount.close();
    return mount(volume, directory, real, options.withoutQueues());
  }

  private static FuseMount mount(
      Volume volume, int directory, Path real, FuseSession.Options options) throws IOException {
    int device = openDevice();
    boolean mounted = false;
    try {
      mountOver(real, device);
      mounted = true;
      String connection = connection(real);
      FuseSession session = FuseSession.start(device, real, connection, volume, directory, options);
      return new FuseMount(real, connection, session);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // so says Java too where there are too many threads
      if (mounted) {
        FuseSystem.umount2(FuseSystem.c(real), FuseSystem.MNT_DETACH);
      }
      FuseSystem.close(device);
      throw e;
    }
  }

  private static int openDevice() throws IOException {
    int fd = FuseSystem.open(FuseSystem.c("/dev/fuse"), FuseSystem.O_RDWR | FuseSystem.O_CLOEXEC);
    int errno = FuseSystem.errno(fd);
    if (errno == 0) {
      return fd;
    }
    throw new IOException(
        switch (errno) {
          case Errno.ENOENT, Errno.ENODEV ->
              "/dev/fuse is not there: load the kernel module (modprobe fuse), or give the"
                  + " container the device";
          case Errno.EACCES, Errno.EPERM ->
              "/dev/fuse may not be opened: run as root, and allow the device in the container";
          default -> "cannot open /dev/fuse: errno " + errno;
        });
  }

  private static void mountOver(Path at, int device) throws IOException {
    String options =
        "fd="
            + device
            + ",rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read="
            + Negotiation.MAX_DATA_BYTES;
    int result =
        FuseSystem.mount(
            FuseSystem.c("lockstep"),
            FuseSystem.c(at),
            FuseSystem.c(TYPE),
            FuseSystem.mountRestrictions(at),
            FuseSystem.c(options));
    int errno = FuseSystem.errno(result);
    if (errno == Errno.EPERM || errno == Errno.EACCES) {
      throw new IOException(
          "mounting over " + at + " is not permitted: run as root (CAP_SYS_ADMIN)");
    }
    if (errno != 0) {
      throw new IOException("cannot mount over " + at + ": errno " + errno);
    }
  }

  private static String connection(Path at) throws IOException {
    Optional<String> number = FuseConnections.at(at);
    return number.orElseThrow(
        () -> new IOException("the mount over " + at + " disappeared as soon as it was made"));
  }
}
