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
  private final boolean held;
  private final DirectoryEntries entries;
  private final AtomicInteger uses = new AtomicInteger();

  private PosixFile(int fd, boolean held, DirectoryEntries entries) {
    this.fd = fd;
    this.held = held;
    this.entries = entries;
  }

  /** A regular file that is open. */
  PosixFile(int fd) {
    this(fd, false, null);
  }

  /** A descriptor that is only a place. */
  static PosixFile held(int fd) {
    return new PosixFile(fd, true, null);
  }

  /** A directory open for reading; {@code root} when it is a replicated directory itself. */
  static PosixFile directory(int fd, boolean root) {
    return new PosixFile(fd, false, new DirectoryEntries(root));
  }

  boolean isHeld() {
    return held;
  }

  /**
   * @throws StoreException NOT_A_DIRECTORY for anything else
   */
  DirectoryEntries entries() throws StoreException {
    if (entries == null) {
      throw new StoreException(Failure.NOT_A_DIRECTORY, "not a directory that was opened as one");
    }
    return entries;
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
