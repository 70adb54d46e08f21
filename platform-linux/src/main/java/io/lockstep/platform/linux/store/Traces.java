package io.lockstep.platform.linux.store;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes out of directories that are managed no more what Lockstep kept in them: their mark, the
 * identity on each file, and the staging place with what an interrupted return left there. Content,
 * names and times stay; the directories are on stable storage afterwards.
 */
public final class Traces {
  private Traces() {}

  /**
   * Removes them; nothing of Lockstep's may cover the directories.
   *
   * @return how many files had an identity
   */
  public static long remove(List<Path> directories) throws IOException {
    try (FileStore opened = StoreOpener.open(directories)) {
      PosixFileStore store = (PosixFileStore) opened;
      store.sweep(true);
      long marked = 0;
      for (int i = 0; i < directories.size(); i++) {
        TreePath root = TreePath.root(i);
        marked += below(store, root);
        emptyStaging(store, root);
        store.unmark(i);
      }
      store.syncAll();
      return marked;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static long below(PosixFileStore store, TreePath root) throws StoreException {
    long[] marked = {0};
    store.walk(
        root,
        path -> {
          try {
            marked[0] += store.forgetIdentity(path) ? 1 : 0;
            return true;
          } catch (StoreException e) {
            throw new UncheckedIOException(e);
          }
        });
    return marked[0];
  }

  private static void emptyStaging(PosixFileStore store, TreePath root) throws StoreException {
    long modifiedNs = store.status(root).modifyNs();
    TreePath staging = store.staging(root.directory());
    List<TreePath> inside = new ArrayList<>(List.of(staging));
    store.walk(staging, inside::add);
    for (int i = inside.size() - 1; i >= 0; i--) {
      TreePath path = inside.get(i);
      store.remove(path, store.status(path).kind() == FileKind.DIRECTORY);
    }
    store.setAttributes(root, AttributeChange.modified(modifiedNs));
  }
}
