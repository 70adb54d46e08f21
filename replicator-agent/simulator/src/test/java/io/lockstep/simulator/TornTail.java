package io.lockstep.simulator;

import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.state.NodeStateStore;
import io.lockstep.replicator.testkit.sim.SimExecution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A damaged record, and all behind it, counts as never written, whatever was said to be durable:
 * the journal ends before it.
 */
final class TornTail extends Substitution {
  private static final Path STATE = Path.of("/var/lib/lockstep/desk/state");
  private static final int LENGTH = 0x3fffffff;

  @Override
  void rotten(SimHost host, Path file, long at) throws IOException {
    Disk.DiskFile damaged = host.disk.open(file, false);
    try {
      long size = damaged.size();
      damaged.setSize(startOfDocument(damaged, at));
      damaged.setSize(size);
      damaged.force();
    } finally {
      damaged.close();
    }
    dropLater(host.disk, Objects.requireNonNull(file.getParent()));
    SimExecution execution = new SimExecution(host.scheduler, host.scheduler.world());
    try (NodeStateStore state = NodeStateStore.open(execution, host.disk, STATE)) {
      state.update(record -> record.withJournalDurable(0));
    }
  }

  private static long startOfDocument(Disk.DiskFile file, long at) throws IOException {
    long start = 0;
    for (long next = 0; next <= at; ) {
      start = next;
      ByteBuffer header = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      file.read(header, start);
      int length = header.getInt(0) & LENGTH;
      next = length == 0 ? Long.MAX_VALUE : start + 4 + (length + 3L) / 4 * 4;
    }
    return start;
  }

  /** The segments behind that one. */
  private static void dropLater(Disk disk, Path segment) throws IOException {
    for (Path each : disk.list(Objects.requireNonNull(segment.getParent()))) {
      if (each.toString().contains("segment-") && each.compareTo(segment) > 0) {
        for (Path file : disk.list(each)) {
          disk.delete(file);
        }
        disk.delete(each);
      }
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
