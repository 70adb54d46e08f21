package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Where requests wait that would make more files known than there is room for. Never all workers:
 * the kernel's word that it forgot is a request too. And not for long where forgetting takes the
 * lock of a directory, which the very request that waits holds: there it is slowed down, and goes
 * on until there is no room at all. Safe for any thread.
 */
final class Room {
  private static final long LONG_NS = TimeUnit.SECONDS.toNanos(5);
  private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(5);

  private final KnownFiles known;
  private final Semaphore waits;
  private final boolean locks;

  /** For {@code waits} workers at once; {@code locks}: whether forgetting locks directories. */
  Room(KnownFiles known, int waits, boolean locks) {
    this.known = known;
    this.waits = new Semaphore(waits);
    this.locks = locks;
  }

  /**
   * Returns when there is room for one more.
   *
   * @throws StoreException NO_MEMORY when there was none for too long, or too many wait for it
   *     already
   */
  void await() throws StoreException {
    if (!known.full()) {
      return;
    }
    if (!waits.tryAcquire()) {
      refuseIf(known.overfull());
      return;
    }
    try {
      long since = System.nanoTime();
      long longest = locks ? SHORT_NS : LONG_NS;
      while (known.full()) {
        if (System.nanoTime() - since > longest) {
          refuseIf(!locks || known.overfull());
          return;
        }
        LockSupport.parkNanos(LOOK_NS);
      }
    } finally {
      waits.release();
    }
  }

  private static void refuseIf(boolean refused) throws StoreException {
    if (refused) {
      throw new StoreException(Failure.NO_MEMORY, "the kernel knows more files than there is room");
    }
  }

  /** Whether a listing had better not make files known that nobody may use. */
  boolean scarce() {
    return known.tooMany();
  }
}
