package io.lockstep.agent.split;

import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;

/**
 * One place in which this node's branch of a split differs, or may differ, from where the branches
 * parted.
 *
 * @param status as it is here now; null where this branch removed or moved away what was there
 */
public record DivergedFile(TreePath path, FileStatus status) {
  /** Whether nothing is there any more. */
  public boolean gone() {
    return status == null;
  }
}
