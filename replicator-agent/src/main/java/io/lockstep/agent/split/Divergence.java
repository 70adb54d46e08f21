package io.lockstep.agent.split;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.reintegration.Touched;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The files that one branch of a split changed, by what its map of changes names: may name a file
 * that is as it was, never leaves one out.
 *
 * <p>A map that a crash made coarse knows what was created since only by the directory that it was
 * created in: there, whatever has an identity that this branch may have given counts, with
 * everything below it. A file that is not where the map last knew it, or has other names too, is
 * looked for by identity.
 */
public final class Divergence {
  private final FileStore store;
  private final Predicate<FileId> born;
  private final NavigableSet<TreePath> paths = new TreeSet<>();
  private final Set<FileId> lost = new HashSet<>();
  private final Map<FileId, List<byte[]>> lostNames = new HashMap<>();

  private Divergence(FileStore store, Predicate<FileId> born) {
    this.store = store;
    this.born = born;
  }

  /**
   * In the order of their paths; roots of directories are not among them.
   *
   * @param born whether this branch may have given that identity to a new file
   */
  public static List<TreePath> of(
      FileStore store, List<? extends Touched> touched, Predicate<FileId> born)
      throws StoreException {
    Divergence found = new Divergence(store, born);
    for (Touched each : touched) {
      found.add(each);
    }
    found.findLost();
    return found.paths.stream().filter(path -> !path.isRoot()).toList();
  }

  /** What is at {@code path} now. */
  public static DivergedFile at(FileStore store, TreePath path) throws StoreException {
    try {
      return new DivergedFile(path, store.status(path));
    } catch (StoreException e) {
      if (missing(e)) {
        return new DivergedFile(path, null);
      }
      throw e;
    }
  }

  private static boolean missing(StoreException e) {
    return switch (e.failure()) {
      case NOT_FOUND, NOT_A_DIRECTORY -> true;
      default -> false;
    };
  }

  private void add(Touched touched) throws StoreException {
    if (touched instanceof Touched.Everything) {
      for (int directory = 0; directory < store.directories(); directory++) {
        addBelow(TreePath.root(directory));
      }
    } else if (touched instanceof Touched.Name name) {
      if (is(name.directory(), name.path())) {
        addName(name.path(), name.bytes());
      } else {
        lostNames.computeIfAbsent(name.directory(), id -> new ArrayList<>()).add(name.bytes());
      }
    } else if (touched instanceof Touched.Whole file) {
      addFile(file.id(), file.path());
    } else if (touched instanceof Touched.Content file) {
      addFile(file.id(), file.path());
    } else if (touched instanceof Touched.Metadata file) {
      addFile(file.id(), file.path());
    }
  }

  private void addFile(FileId id, TreePath path) throws StoreException {
    if (!is(id, path)) {
      lost.add(id);
      return;
    }
    paths.add(path);
    FileStatus status = store.status(path);
    if (status.kind() != FileKind.DIRECTORY && status.links() > 1) {
      // the map knows it by one name; it differs under the others too
      lost.add(id);
    }
  }

  private void addName(TreePath directory, byte[] name) throws StoreException {
    if (name.length > 0) {
      TreePath path = directory.resolve(name);
      paths.add(path);
      addIfBorn(path);
      return;
    }
    for (FileStore.Entry entry : store.list(directory, true)) {
      if (entry.id().filter(born).isPresent()) {
        TreePath path = directory.resolve(entry.name());
        paths.add(path);
        if (entry.kind() == FileKind.DIRECTORY) {
          addBelow(path);
        }
      }
    }
  }

  private void addIfBorn(TreePath path) throws StoreException {
    DivergedFile here = at(store, path);
    boolean directory = !here.gone() && here.status().kind() == FileKind.DIRECTORY;
    if (directory && store.identity(path).filter(born).isPresent()) {
      addBelow(path);
    }
  }

  private void addBelow(TreePath from) throws StoreException {
    store.walk(
        from,
        path -> {
          paths.add(path);
          return true;
        });
  }

  /** Whether the file of that identity is there. */
  private boolean is(FileId id, TreePath path) throws StoreException {
    try {
      return store.identity(path).filter(id::equals).isPresent();
    } catch (StoreException e) {
      if (missing(e)) {
        return false;
      }
      throw e;
    }
  }

  /** One walk for all; what is not found is on this branch no more. */
  private void findLost() throws StoreException {
    if (lost.isEmpty() && lostNames.isEmpty()) {
      return;
    }
    Map<TreePath, FileId> found = new HashMap<>();
    for (int directory = 0; directory < store.directories(); directory++) {
      addLost(TreePath.root(directory), found);
    }
    for (Map.Entry<TreePath, FileId> each : found.entrySet()) {
      if (lost.contains(each.getValue())) {
        paths.add(each.getKey());
      }
      for (byte[] name : lostNames.getOrDefault(each.getValue(), List.of())) {
        addName(each.getKey(), name);
      }
    }
  }

  private void addLost(TreePath directory, Map<TreePath, FileId> found) throws StoreException {
    for (FileStore.Entry entry : store.list(directory, true)) {
      TreePath path = directory.resolve(entry.name());
      entry
          .id()
          .filter(id -> lost.contains(id) || lostNames.containsKey(id))
          .ifPresent(id -> found.put(path, id));
      if (entry.kind() == FileKind.DIRECTORY) {
        addLost(path, found);
      }
    }
  }
}
