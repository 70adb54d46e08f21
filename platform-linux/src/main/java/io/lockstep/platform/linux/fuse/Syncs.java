package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.StoreException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps waits for stable storage from occupying every worker.
 *
 * <p>Were all workers in fsync, the kernel could not write back or read anything through the mount,
 * and whatever the disks wait for might be just that. So only some workers may wait themselves,
 * which is the fastest; beyond that a request is finished on a thread of this pool.
 */
final class Syncs implements AutoCloseable {
  private static final int THREADS = 16;
  private static final long IDLE_SECONDS = 30;
  private static final int REPLY_BYTES = 16;

  /** Something that waits for stable storage. */
  interface Sync {
    void run() throws StoreException;
  }

  private final Semaphore onWorkers;
  private final ThreadPoolExecutor pool;

  /** At most {@code onWorkers} workers wait themselves. */
  Syncs(String name, int onWorkers) {
    this.onWorkers = new Semaphore(onWorkers);
    this.pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + "-sync");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  /** Whether this worker may wait; if so it calls {@link #leave} afterwards. */
  boolean tryEnter() {
    return onWorkers.tryAcquire();
  }

  void leave() {
    onWorkers.release();
  }

  /**
   * Runs {@code sync} elsewhere and answers the request {@code unique} on {@code fd} when it ends:
   * with {@code written} as the count of bytes where it is not negative, else without a body.
   */
  void later(int fd, long unique, int written, Sync sync) {
    pool.execute(
        () -> {
          FuseSystem.becomeFlusher();
          int errno = 0;
          try {
            sync.run();
          } catch (StoreException e) {
            errno = Errno.of(e);
          }
          FuseReply reply = new FuseReply(REPLY_BYTES).begin();
          if (written >= 0) {
            reply.int32(written).int32(0);
          }
          reply.send(fd, unique, errno);
        });
  }

  /** Waits for those under way, 30 s at the most. */
  @Override
  public void close() {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(IDLE_SECONDS, TimeUnit.SECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
