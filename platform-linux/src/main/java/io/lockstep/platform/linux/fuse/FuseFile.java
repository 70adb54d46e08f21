package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.volume.Volume.Durability;
import io.lockstep.replicator.volume.VolumeFile;

/** A file that the kernel has open. */
final class FuseFile {
  /** What was durable when: both activities as they stood after a durable write. */
  private record Durable(long file, long names, boolean all) {}

  private final VolumeFile file;
  private final long node;
  private final Activity changes;
  private volatile Durable durable = new Durable(-1, -1, false);

  /** {@code changes} is shared by all that have the same node open. */
  FuseFile(VolumeFile file, long node, Activity changes) {
    this.file = file;
    this.node = node;
    this.changes = changes;
  }

  VolumeFile file() {
    return file;
  }

  /** The kernel's number of its node. */
  long node() {
    return node;
  }

  Activity changes() {
    return changes;
  }

  /**
   * A durable write that was the only change of the file from {@code begun} to now ended; names
   * stood at {@code names} when it began.
   */
  void wrote(long begun, long names, Durability durability) {
    if (changes.end(begun) && durability != Durability.RECEIVED) {
      durable = new Durable(begun + 1, names, durability == Durability.ALL);
    }
  }

  /** Whether everything up to now is durable already. */
  boolean isDurable(boolean dataOnly, Activity names) {
    Durable last = durable;
    return last.file() == changes.now() && last.names() == names.now() && (dataOnly || last.all());
  }
}
