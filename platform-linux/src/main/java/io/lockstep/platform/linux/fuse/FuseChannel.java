package io.lockstep.platform.linux.fuse;

/**
 * Where the requests of one worker come from, and where its answers go. Used by the worker's thread
 * alone, but for {@link #device}.
 */
interface FuseChannel {
  /** The request that came last; the same object always. */
  FuseRequest request();

  /** The answer to it; the same object always. */
  FuseReply reply();

  /** Waits for the next request; returns 0, or the error number when none came. */
  int next();

  /**
   * Answers a request with {@code errno}, or with what is in {@link #reply} where it is 0. At the
   * latest the next call of {@link #next} sends it. Returns 0 or the error number.
   */
  int answer(long unique, int errno);

  /** The descriptor of /dev/fuse: on which the kernel is told what it has not asked for. */
  int device();

  /**
   * Begins a wait of this worker for stable storage, which {@link #endWait} ends. Returns false,
   * and begins none, where too many wait already for others to be served: the request is to be
   * answered by {@link Syncs#later} then. A channel whose requests nobody else can answer never
   * says so.
   */
  boolean beginWait();

  /** The wait that began is over. */
  void endWait();

  /**
   * {@link #next} failed for no reason that is known: nobody serves here any more. Where requests
   * would wait here for ever the connection ends.
   */
  default void broken() {}
}
