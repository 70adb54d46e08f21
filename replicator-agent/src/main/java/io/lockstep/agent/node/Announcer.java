package io.lockstep.agent.node;

import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.port.Execution;

/** Says something again a few times, at growing intervals. Safe for any thread. */
final class Announcer implements AutoCloseable {
  private static final long[] AFTER_MS = {100, 300, 1_000, 2_000, 5_000, 15_000};

  private final Execution execution;
  private final Runnable announcement;
  private Latch stopped;

  Announcer(Execution execution, Runnable announcement) {
    this.execution = execution;
    this.announcement = announcement;
    this.stopped = new Latch(execution);
  }

  /** From now on, instead of what was still to come. */
  void repeat() {
    Latch mine = new Latch(execution);
    replace(mine).open();
    execution.task("announcer", () -> run(mine)).start();
  }

  private synchronized Latch replace(Latch next) {
    Latch before = stopped;
    stopped = next;
    return before;
  }

  private void run(Latch until) {
    try {
      long passedMs = 0;
      for (long afterMs : AFTER_MS) {
        if (until.await(afterMs - passedMs)) {
          return;
        }
        announcement.run();
        passedMs = afterMs;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    replace(new Latch(execution)).open();
  }
}
