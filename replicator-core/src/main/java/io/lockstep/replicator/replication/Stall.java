package io.lockstep.replicator.replication;

import io.lockstep.replicator.port.Execution;

/**
 * For how long somebody has been waiting for the peer without any progress: since the first began
 * to wait, or since the last progress, whichever is later. The caller synchronises.
 */
final class Stall {
  private final Execution execution;
  private int waiting;
  private long sinceNs;

  Stall(Execution execution) {
    this.execution = execution;
  }

  /** One more waits. */
  void enter() {
    if (waiting == 0) {
      sinceNs = execution.nanoTime();
    }
    waiting++;
  }

  /** One of those that {@link #enter entered} waits no more. */
  void leave() {
    waiting--;
  }

  /** The peer came further with what is waited for. */
  void progressed() {
    if (waiting > 0) {
      sinceNs = execution.nanoTime();
    }
  }

  /** In ns; 0 when nobody waits. */
  long ns() {
    return waiting == 0 ? 0 : Math.max(1, execution.nanoTime() - sinceNs);
  }
}
