package io.lockstep.agent.node;

import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;

/**
 * The serving node's own checkpoints: what its tree surely holds, told to the peer, which trims by
 * it.
 */
final class Checkpoints implements AutoCloseable {
  private final ModuleContext context;
  private final ModuleData data;
  private final PrimaryStream primary;
  private final ReplicatedVolume.CopyFailed copyFailed;
  private final Latch stopped;
  private final Execution.Task thread;
  private long last;

  Checkpoints(
      ModuleContext context,
      ModuleData data,
      PrimaryStream primary,
      ReplicatedVolume.CopyFailed copyFailed) {
    this.context = context;
    this.data = data;
    this.primary = primary;
    this.copyFailed = copyFailed;
    this.stopped = new Latch(context.execution());
    this.thread = context.execution().task("own-checkpoint-" + context.name(), this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopped.await(context.cluster().timing().checkpoint().toMillis())) {
        if (primary.mode() != PrimaryStream.Mode.CLOSED) {
          take();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      copyFailed.copyFailed("a checkpoint failed on this node: " + e.getMessage());
    }
  }

  private void take() throws IOException {
    long completed = primary.completedSequence();
    if (completed == last) {
      return;
    }
    data.store.syncAll();
    CrashPoint.PRIMARY_CHECKPOINT_SYNCED.reached();
    data.state.update(record -> record.withOwnCheckpoint(completed));
    CrashPoint.PRIMARY_CHECKPOINT_RECORDED.reached();
    last = completed;
    primary.tellCheckpoint(completed);
    CrashPoint.PRIMARY_CHECKPOINT_TOLD.reached();
  }

  @Override
  public void close() {
    stopped.open();
  }
}
