package io.lockstep.replicator.replication;

import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the secondary's stream, each of which makes one round of its work after the other
 * until the stream has stopped. A round that fails costs the copy, and the thread goes on: a later
 * stream may find the copy whole again. Added, started and joined by the stream's owner.
 */
final class StreamThreads {
  private static final Logger LOG = LoggerFactory.getLogger(StreamThreads.class);
  private static final long JOIN_S = 10;

  /** One round of a thread's work. */
  interface Round {
    void once() throws IOException, InterruptedException;
  }

  private final Execution execution;
  private final SecondaryCopy copy;
  private final Latch stopped;
  private final List<Execution.Task> threads = new ArrayList<>();

  StreamThreads(Execution execution, SecondaryCopy copy, Latch stopped) {
    this.execution = execution;
    this.copy = copy;
    this.stopped = stopped;
  }

  /** One more, not started; {@code failing} goes before the reason why a round of it failed. */
  void add(String name, String failing, Round round) {
    threads.add(execution.task(name, () -> loop(failing, round)));
  }

  private void loop(String failing, Round round) {
    try {
      while (!stopped.isOpen()) {
        try {
          round.once();
        } catch (IOException | RuntimeException e) {
          copy.fail(failing + e.getMessage(), e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts all; once. */
  void start() {
    threads.forEach(Execution.Task::start);
  }

  /** Waits for the end of each, within a bound; they have been told to stop. */
  void join() {
    boolean interrupted = false;
    for (Execution.Task thread : threads) {
      try {
        if (!thread.join(TimeUnit.SECONDS.toMillis(JOIN_S))) {
          LOG.warn("A thread of the secondary's stream goes on after its end");
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
