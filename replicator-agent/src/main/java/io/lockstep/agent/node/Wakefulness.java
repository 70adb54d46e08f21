package io.lockstep.agent.node;

import io.lockstep.replicator.port.IdleProcessors;
import java.util.function.LongSupplier;

/**
 * Keeps idle processors awake while operations are replicated: each write is a chain of threads
 * that wait for one another, and a processor that sleeps answers late. A node that replicates
 * little lets them sleep. {@link #look} by one thread, at an even pace; the rest by any.
 */
final class Wakefulness implements AutoCloseable {
  /** Frames between two looks from which on a node is busy. */
  static final int BUSY = 8;

  /** So many looks without {@link #BUSY} frames until the processors may sleep. */
  static final int PATIENCE = 10;

  private final IdleProcessors processors;
  private final LongSupplier frames;
  private final long attentionNs;
  private long before;
  private int quiet = PATIENCE;
  private volatile boolean awake;

  /**
   * Asks nothing before the first {@link #look}.
   *
   * @param frames how many the link has sent and received so far
   * @param attentionNs see {@link #attentionNs}
   */
  Wakefulness(IdleProcessors processors, LongSupplier frames, long attentionNs) {
    this.processors = processors;
    this.frames = frames;
    this.attentionNs = attentionNs;
    this.before = frames.getAsLong();
  }

  void look() {
    long now = frames.getAsLong();
    quiet = now - before >= BUSY ? 0 : Math.min(PATIENCE, quiet + 1);
    before = now;
    awake = processors.stayAwake(quiet < PATIENCE);
  }

  /**
   * How long a thread that waits for the peer stays awake by itself, in ns: not at all while the
   * processors do, which take nothing from other threads.
   */
  long attentionNs() {
    return awake ? 0 : attentionNs;
  }

  @Override
  public void close() {
    awake = false;
    processors.close();
  }
}
