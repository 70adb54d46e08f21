package io.lockstep.replicator.reintegration;

/** Holds back and slows down the application's modifications. */
public interface WriteGate {
  /** The gate is shut until closed. */
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Shuts the gate: when this returns no modification is in flight (tracked but not yet applied)
   * and none begins before the hold is closed.
   */
  Hold hold() throws InterruptedException;

  /** Limits what modifications may write, in bytes a second; 0 for no limit. */
  void limitBytesPerSecond(long bytesPerSecond);
}
