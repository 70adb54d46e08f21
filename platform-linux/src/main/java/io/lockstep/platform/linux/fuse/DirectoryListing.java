package io.lockstep.platform.linux.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import java.util.List;

/**
 * What one open directory lists: as it stood when it was read from its beginning, so that offsets
 * stay true while names come and go. Safe for any thread.
 */
final class DirectoryListing {
  private final TreeNode node;

  @GuardedBy("this")
  private List<Entry> entries;

  DirectoryListing(TreeNode node) {
    this.node = node;
  }

  TreeNode node() {
    return node;
  }

  /** The entries; read anew at {@code offset} 0. */
  synchronized List<Entry> entries(Volume volume, long offset) throws StoreException {
    if (entries == null || offset == 0) {
      entries = volume.list(node);
    }
    return entries;
  }
}
