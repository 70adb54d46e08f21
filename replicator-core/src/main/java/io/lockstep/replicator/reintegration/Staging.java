package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Files on the target that lost their place, kept until the end because another place may want
 * them. What an earlier, interrupted reintegration left is found again. One thread.
 */
final class Staging {
  /** Receives one entry with an identity; returns whether to go on. */
  @FunctionalInterface
  interface Visitor {
    boolean entry(TreePath path, FileStore.Entry entry) throws StoreException;
  }

  private final FileStore store;
  private final Map<FileId, TreePath> byId = new HashMap<>();
  private final Set<TreePath> taken = new HashSet<>();
  private long counter;

  /** Opens the staging directories without moving the times of the directories they lie in. */
  Staging(FileStore store) throws StoreException {
    this.store = store;
    for (int i = 0; i < store.directories(); i++) {
      TreePath root = TreePath.root(i);
      FileStatus before = store.status(root);
      TreePath staging = store.staging(i);
      if (store.status(root).modifyNs() != before.modifyNs()) {
        store.setAttributes(root, AttributeChange.modified(before.modifyNs()));
      }
      for (FileStore.Entry entry : store.list(staging, true)) {
        TreePath path = staging.resolve(entry.name());
        taken.add(path);
        entry.id().ifPresent(id -> byId.put(id, path));
      }
    }
  }

  /** Moves what {@code path} names here. */
  void put(TreePath path, FileId id) throws StoreException {
    TreePath staging = store.staging(path.directory());
    TreePath to = staging.resolve("s" + counter++);
    while (taken.contains(to)) {
      to = staging.resolve("s" + counter++);
    }
    store.rename(path, to, true);
    taken.add(to);
    if (!id.isNone()) {
      byId.put(id, to);
    }
  }

  /** Where a file is kept, or null. */
  TreePath find(FileId id) {
    return byId.get(id);
  }

  /** The file was moved out to its place. */
  void left(FileId id) {
    TreePath path = byId.remove(id);
    if (path != null) {
      taken.remove(path);
    }
  }

  /** Visits everything that is kept, with what lies below. */
  void walk(Visitor visitor) throws StoreException {
    for (int i = 0; i < store.directories(); i++) {
      walk(store.staging(i), visitor);
    }
  }

  /** Visits everything below a directory; returns false when the visitor stopped it. */
  boolean walk(TreePath directory, Visitor visitor) throws StoreException {
    for (FileStore.Entry entry : store.list(directory, true)) {
      TreePath path = directory.resolve(entry.name());
      if (!visitor.entry(path, entry)) {
        return false;
      }
      if (entry.kind() == FileKind.DIRECTORY && !walk(path, visitor)) {
        return false;
      }
    }
    return true;
  }

  /** Deletes everything that no place wanted. */
  void empty() throws StoreException {
    for (int i = 0; i < store.directories(); i++) {
      deleteBelow(store.staging(i));
    }
    byId.clear();
    taken.clear();
  }

  private void deleteBelow(TreePath directory) throws StoreException {
    List<FileStore.Entry> entries = store.list(directory, false);
    for (FileStore.Entry entry : entries) {
      TreePath path = directory.resolve(entry.name());
      boolean isDirectory = entry.kind() == FileKind.DIRECTORY;
      if (isDirectory) {
        deleteBelow(path);
      }
      store.remove(path, isDirectory);
    }
  }
}
