package io.lockstep.failover.arbiter;

import io.lockstep.replicator.model.Generation;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What the arbiter keeps of a module: who numbers the operations, and whose copy holds everything
 * acknowledged. Not leased, and changed only by compare-and-swap: a lease that expires forgets that
 * a node ran alone, and the stale other would win the right to serve old data.
 *
 * @param view grows whenever the right to serve is given; orders the nodes that number operations
 * @param generation that every copy in {@code inSync} descends from
 * @param primary incarnation of the node with the right to serve
 * @param inSync incarnations of the nodes that may be given that right
 * @param version of this record at the arbiter; 0 for {@link #NONE}
 */
public record InSyncRecord(
    long view, Generation generation, UUID primary, Set<UUID> inSync, long version) {
  private static final UUID NOBODY = new UUID(0, 0);

  /** No record yet. */
  public static final InSyncRecord NONE = new InSyncRecord(0, Generation.NONE, NOBODY, Set.of(), 0);

  public InSyncRecord {
    inSync = Set.copyOf(inSync);
  }

  /** Whether there is a record at all. */
  public boolean exists() {
    return version != 0;
  }

  /** The same content under the version that the arbiter gave it. */
  public InSyncRecord at(long newVersion) {
    return new InSyncRecord(view, generation, primary, inSync, newVersion);
  }

  /** Whether both say the same, whatever their versions. */
  public boolean sameAs(InSyncRecord other) {
    return at(0).equals(other.at(0));
  }

  @Override
  public String toString() {
    return exists()
        ? "view "
            + view
            + ", generation "
            + generation
            + ", primary "
            + primary
            + ", in sync "
            + new TreeSet<>(inSync)
        : "no record";
  }
}
