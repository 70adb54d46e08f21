package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.volume.Volume;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel to forget files when it knows too many: those first that it has known longest,
 * and none that is open. A thread of its own: the kernel may take locks of a directory for it,
 * which a request that a worker serves just then may hold.
 *
 * <p>From Linux 6.18 on it is asked to let go of what nobody uses (FUSE_NOTIFY_PRUNE). Before that
 * it is told that names of files, never of directories, are to be looked up again
 * (FUSE_NOTIFY_INVAL_ENTRY), which makes it drop them; a descriptor opened with O_PATH then shows
 * its file as deleted.
 */
final class Forgetting implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Forgetting.class);
  private static final long PAUSE_MS = 250;
  private static final long SHORT_PAUSE_MS = 10;
  private static final int BATCH = 512;

  private final Volume volume;
  private final int directory;
  private final int fd;
  private final KnownFiles known;
  private final CountDownLatch over = new CountDownLatch(1);
  private boolean prunes;
  private long from;
  private boolean warned;

  /** Tells the kernel on {@code fd}; {@code prunes}: whether it knows FUSE_NOTIFY_PRUNE. */
  Forgetting(Volume volume, int directory, int fd, KnownFiles known, boolean prunes) {
    this.volume = volume;
    this.directory = directory;
    this.fd = fd;
    this.known = known;
    this.prunes = prunes;
  }

  /** Until {@link #end}. */
  @Override
  public void run() {
    try {
      long pause = PAUSE_MS;
      while (!over.await(pause, TimeUnit.MILLISECONDS)) {
        long before = known.count();
        if (known.tooMany()) {
          sweep();
        }
        boolean helps = known.count() < before;
        pause = known.tooMany() && helps ? SHORT_PAUSE_MS : PAUSE_MS;
        warnOnceWhenFull();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nothing is told to the kernel once the thread has ended. */
  void end() {
    over.countDown();
  }

  /** Once through all files at the most, or until so many were asked for that it is enough. */
  private void sweep() {
    long enough = known.count() - known.most() * 7 / 8;
    long asked = 0;
    boolean wrapped = false;
    Notification.Forget batch = new Notification.Forget(BATCH);
    while (asked < enough && over.getCount() > 0) {
      long next = volume.idle(directory, from, BATCH, batch);
      asked += batch.size();
      tell(batch);
      if (next < 0) {
        from = 0;
        if (wrapped) {
          return;
        }
        wrapped = true;
      } else {
        from = next;
      }
    }
  }

  private void tell(Notification.Forget batch) {
    if (prunes && batch.prune(fd) == Errno.EINVAL) {
      LOG.info("this kernel does not know FUSE_NOTIFY_PRUNE: names are invalidated instead");
      prunes = false;
    }
    if (!prunes) {
      batch.invalidate(fd);
    }
    batch.clear();
  }

  private void warnOnceWhenFull() {
    if (known.full() && !warned) {
      LOG.warn(
          "applications use more than {} files at once, for which this agent's heap has no room:"
              + " further ones are refused with ENOMEM. Give it more (LOCKSTEP_HEAP)",
          2 * known.most());
    }
    warned = known.full();
  }
}
