package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where each file of a tree is, by identity: made by one walk over the tree, and kept true by its
 * user. Needed only for replay after a crash, when paths in the journal may be older than the tree.
 * One thread.
 */
final class IdentityIndex {
  private final Map<FileId, Set<TreePath>> places = new HashMap<>();

  /** Walks every directory of {@code store}, its staging places included. */
  static IdentityIndex of(FileStore store) throws StoreException {
    IdentityIndex index = new IdentityIndex();
    for (int directory = 0; directory < store.directories(); directory++) {
      index.walk(store, TreePath.root(directory));
      index.walk(store, store.staging(directory));
    }
    return index;
  }

  private void walk(FileStore store, TreePath from) throws StoreException {
    for (FileStore.Entry entry : store.list(from, true)) {
      TreePath path = from.resolve(entry.name());
      entry.id().ifPresent(id -> add(id, path));
      if (entry.kind() == FileKind.DIRECTORY) {
        walk(store, path);
      }
    }
  }

  void add(FileId id, TreePath path) {
    places.computeIfAbsent(id, key -> new LinkedHashSet<>()).add(path);
  }

  void remove(FileId id, TreePath path) {
    Set<TreePath> known = places.get(id);
    if (known != null) {
      known.remove(path);
    }
  }

  /** One place of the file, or null. */
  TreePath find(FileId id) {
    Set<TreePath> known = places.get(id);
    return known == null || known.isEmpty() ? null : known.iterator().next();
  }

  /** Everything at or below {@code from} is now at or below {@code to}. */
  void moved(TreePath from, TreePath to) {
    for (Set<TreePath> known : places.values()) {
      List<TreePath> below = known.stream().filter(path -> path.startsWith(from)).toList();
      for (TreePath path : below) {
        known.remove(path);
        known.add(path.rebase(from, to));
      }
    }
  }
}
