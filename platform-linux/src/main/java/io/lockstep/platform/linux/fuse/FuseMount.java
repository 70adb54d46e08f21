package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.Interceptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One mounted directory. Safe for any thread. */
public final class FuseMount implements Interceptor.Mount {
  private static final Logger LOG = LoggerFactory.getLogger(FuseMount.class);
  private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long END_MS = 10_000;
  private static final long FLUSH_MS = 5_000;

  private final Path at;
  private final String connection;
  private final FuseSession session;
  private volatile boolean unmounted;

  FuseMount(Path at, String connection, FuseSession session) {
    this.at = at;
    this.connection = connection;
    this.session = session;
  }

  @Override
  public Path at() {
    return at;
  }

  @Override
  public boolean alive() {
    return !unmounted && session.alive();
  }

  /** Why the kernel does not take what it offered, as an error number; 0 if it does. */
  int refused() throws IOException {
    try {
      return session.refused();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while mounting over " + at);
    }
  }

  /** Whether requests are still served, be it for users of a mount that was detached. */
  boolean serving() {
    return session.alive();
  }

  /** Number of the FUSE connection, as in {@code /sys/fs/fuse/connections}. */
  @Override
  public String abortHandle() {
    return connection;
  }

  /**
   * Ends the connection at once: what is under way fails, and so does every later use of the mount
   * until it is unmounted. For an interception that hangs.
   *
   * @throws IOException when the kernel's control files cannot be reached
   */
  public void abort() throws IOException {
    FuseConnections.abort(connection);
  }

  /**
   * As {@link Interceptor.Mount#unmount}. While it lasts requests are served, so that the kernel
   * can write back what was changed through mappings. A directory still in use after {@code
   * graceMs} disappears from its path at once; those who use it are served until they let it go.
   */
  @Override
  public synchronized void unmount(long graceMs) throws IOException {
    if (unmounted) {
      return;
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMs);
    while (isThere()) {
      int errno = umount(0);
      if (errno == 0) {
        break;
      }
      if (errno != Errno.EBUSY) {
        throw new IOException("cannot unmount " + at + ": errno " + errno);
      }
      if (System.nanoTime() >= deadline) {
        detach();
        unmounted = true;
        return;
      }
      LockSupport.parkNanos(RETRY_NS);
    }
    unmounted = true;
    awaitEnd();
  }

  private boolean isThere() throws IOException {
    Optional<String> uppermost = FuseConnections.at(at);
    return uppermost.isPresent() && uppermost.get().equals(connection);
  }

  private int umount(int flags) {
    return FuseSystem.errno(
        FuseSystem.umount2(FuseSystem.c(at), flags | FuseSystem.UMOUNT_NOFOLLOW));
  }

  private void detach() throws IOException {
    LOG.warn("{} is still in use: detached; its users are served until they close their files", at);
    if (session.alive()) {
      flush();
    }
    int errno = umount(FuseSystem.MNT_DETACH);
    if (errno != 0) {
      throw new IOException("cannot detach the mount from " + at + ": errno " + errno);
    }
  }

  /** Mapped data first. On a thread of its own, for a volume that hangs must not hang this one. */
  private void flush() {
    CountDownLatch done = new CountDownLatch(1);
    Thread flusher =
        new Thread(
            () -> {
              int fd =
                  FuseSystem.open(FuseSystem.c(at), FuseSystem.O_RDONLY | FuseSystem.O_CLOEXEC);
              if (fd >= 0) {
                FuseSystem.syncfs(fd);
                FuseSystem.close(fd);
              }
              done.countDown();
            },
            "fuse-flush");
    flusher.setDaemon(true);
    flusher.start();
    try {
      if (!done.await(FLUSH_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("what was changed through mappings of {} could not be written back yet", at);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitEnd() {
    try {
      if (!session.awaitEnd(END_MS)) {
        LOG.warn(
            "{} is unmounted here but the file system is still in use, by another mount namespace"
                + " or by a request that does not end: it is served until that ends",
            at);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    unmount(0);
  }
}
