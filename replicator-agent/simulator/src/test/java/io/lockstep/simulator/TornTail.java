package io.lockstep.simulator;

import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.state.NodeStateStore;
import io.lockstep.replicator.testkit.sim.SimExecution;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A damaged record, and all behind it, counts as never written, whatever was said to be durable:
 * the journal ends before it.
 */
final class TornTail extends Substitution {
  private static final Path STATE = Path.of("/var/lib/lockstep/desk/state");

  @Override
  void rotten(SimHost host, Path file, long at) throws IOException {
    Disk.DiskFile damaged = host.disk.open(file, false);
    try {
      long size = damaged.size();
      damaged.setSize(at / 4 * 4);
      damaged.setSize(size);
      damaged.force();
    } finally {
      damaged.close();
    }
    SimExecution execution = new SimExecution(host.scheduler, host.scheduler.world());
    try (NodeStateStore state = NodeStateStore.open(execution, host.disk, STATE)) {
      state.update(record -> record.withJournalDurable(0));
    }
  }

  @Override
  Plan plan(Plan drawn) {
    // the secondary's journal, and its primary dies before it has gone on alone
    long atNs = 30 * Plan.SECOND;
    return drawn.and(
        new Fault(Fault.Kind.BIT_ROT, atNs, 1, 4 * Plan.SECOND, 0, null),
        new Fault(Fault.Kind.AGENT_KILLED, atNs + 1, 0, 3 * Plan.SECOND, 0, null));
  }
}
