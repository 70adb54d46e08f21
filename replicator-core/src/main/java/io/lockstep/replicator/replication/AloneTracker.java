package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.Operation;
import java.io.IOException;

/** Remembers what a node modifies while its peer does not get it. Safe for any thread. */
public interface AloneTracker {
  /**
   * Returns when losing power would still leave it known that {@code operation}'s target may differ
   * from the peer's.
   *
   * @param sent whether the peer may have it already: what it creates may be there, as it is or
   *     changed
   */
  void track(Operation operation, boolean sent) throws IOException;

  /** An operation that was tracked has had its effect on this node's own tree. */
  void settled(Operation operation);

  /**
   * An operation has no effect on this node's own tree: the tree refused it, or it was given up
   * while it waited for the peer. It need not have been tracked. Without it, what the operation was
   * to remove or to cut off would count as gone, although it is still there.
   */
  void failed(Operation operation) throws IOException;
}
