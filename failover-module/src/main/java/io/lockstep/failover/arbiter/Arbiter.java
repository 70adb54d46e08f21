package io.lockstep.failover.arbiter;

/**
 * The port to whatever keeps one module's {@link InSyncRecord}: etcd, a third machine's share, or
 * memory in tests.
 *
 * <p>Each call is bounded by the implementation's own timeout and throws nothing: an arbiter out of
 * reach is an expected answer. One thread at a time.
 */
public interface Arbiter extends AutoCloseable {
  /** What a read found. */
  sealed interface Reading {
    /** The newest record; {@link InSyncRecord#NONE} when there is none yet. */
    record Current(InSyncRecord record) implements Reading {}

    /** No clear answer. */
    record Unknown(String reason) implements Reading {}
  }

  /** How a compare-and-swap ended. */
  sealed interface Outcome {
    /** The record is changed, durably at the arbiter. */
    record Changed(InSyncRecord record) implements Outcome {}

    /** Someone else was faster; nothing was changed. */
    record Conflict(InSyncRecord current) implements Outcome {}

    /**
     * It cannot be told whether the record was changed; it may even be changed later, as long as
     * the version that was compared stays.
     */
    record Unknown(String reason) implements Outcome {}
  }

  /** The newest record; linearizable: never older than a change that has ended. */
  Reading read();

  /**
   * Puts {@code wanted} in the place of {@code expected} if that is still the newest, compared by
   * version; {@link InSyncRecord#NONE} stands for "no record yet".
   */
  Outcome compareAndSwap(InSyncRecord expected, InSyncRecord wanted);

  /** What it is, for status and messages. */
  String describe();

  @Override
  void close();
}
