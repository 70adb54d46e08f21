package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open descriptor.
 *
 * <p>The number of a closed descriptor is given to the next file that is opened, so a write that
 * overlaps a close could reach another file. Each use is counted; the descriptor is closed by
 * whoever comes last.
 */
final class PosixFile implements OpenFile {
  private static final int CLOSED = 1 << 30;

  private final int fd;
  private final AtomicInteger uses = new AtomicInteger();

  PosixFile(int fd) {
    this.fd = fd;
  }

  /** The descriptor, valid until {@link #release}. @throws StoreException STALE when closed */
  int acquire() throws StoreException {
    if ((uses.incrementAndGet() & CLOSED) != 0) {
      release();
      throw new StoreException(Failure.STALE, Errno.EBADF, "the file was closed before this use");
    }
    return fd;
  }

  void release() {
    if (uses.decrementAndGet() == CLOSED) {
      closeOnce();
    }
  }

  @Override
  public void close() {
    int before = uses.getAndUpdate(u -> u | CLOSED);
    if (before == 0) {
      closeOnce();
    }
  }

  /** A use that was refused passes through here again: only the first one may close. */
  private void closeOnce() {
    if (uses.compareAndSet(CLOSED, CLOSED | (CLOSED >>> 1))) {
      Libc.close(fd);
    }
  }
}
