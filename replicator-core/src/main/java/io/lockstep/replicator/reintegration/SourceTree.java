package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Finds and reads what a round sends from the source's tree. One thread. */
final class SourceTree {
  private static final int ATTEMPTS = 3;

  /** Gives a file that has no identity one, on this node's tree. */
  @FunctionalInterface
  interface Identifier {
    FileId identityOf(TreePath path) throws IOException;
  }

  /** Receives each entry below a directory; parents before children. */
  @FunctionalInterface
  interface Visitor {
    void entry(TreePath path, FileId id, FileKind kind) throws IOException;
  }

  final FileStore store;
  private final Predicate<TreePath> excluded;
  private final LongSupplier moves;
  private final Identifier identifier;

  /** {@code moves} counts the renames that were tracked. */
  SourceTree(
      FileStore store, Predicate<TreePath> excluded, LongSupplier moves, Identifier identifier) {
    this.store = store;
    this.excluded = excluded;
    this.moves = moves;
    this.identifier = identifier;
  }

  boolean excluded(TreePath path) {
    return excluded.test(path);
  }

  /** Whether {@code path} names that file now; a hidden name is none. */
  boolean is(TreePath path, FileId id) throws StoreException {
    if (HiddenName.is(path)) {
      return false;
    }
    try {
      return store.identity(path).filter(id::equals).isPresent();
    } catch (StoreException e) {
      return gone(e, false);
    }
  }

  /** Something read by path. */
  @FunctionalInterface
  interface Read<T> {
    T read() throws IOException;
  }

  /**
   * Reads by path what belongs to one file, surely: the path led to it before and after, and no
   * rename came between. Null when that could not be had; a rename marks only names as changed, so
   * what was read of another file would never be mended.
   */
  <T> T surely(TreePath path, FileId id, Read<T> read) throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      long before = moves.getAsLong();
      if (!is(path, id)) {
        return null;
      }
      T result;
      try {
        result = read.read();
      } catch (StoreException e) {
        gone(e, null);
        continue;
      }
      if (moves.getAsLong() == before && is(path, id)) {
        return result;
      }
      if (result instanceof AutoCloseableRead open) {
        open.close();
      }
    }
    return null;
  }

  /** What a read leaves open when it turns out to be of another file. */
  interface AutoCloseableRead extends AutoCloseable {
    @Override
    void close();
  }

  /** What {@code path} names; null when nothing. */
  FileStatus status(TreePath path) throws StoreException {
    try {
      return store.status(path);
    } catch (StoreException e) {
      return gone(e, null);
    }
  }

  /** The identity of what {@code path} names, given to it now if it had none. */
  FileId identity(TreePath path) throws IOException {
    var id = store.identity(path);
    return id.isPresent() ? id.get() : identifier.identityOf(path);
  }

  /** The states of one directory's names: all of them, or those given. */
  List<Message.NameState> names(TreePath directory, List<byte[]> only, Predicate<FileId> fresh)
      throws IOException {
    List<Message.NameState> states = new ArrayList<>();
    if (only == null) {
      for (FileStore.Entry entry : store.list(directory, true)) {
        TreePath path = directory.resolve(entry.name());
        if (!excluded.test(path)) {
          FileId id = entry.id().isPresent() ? entry.id().get() : identifier.identityOf(path);
          states.add(new Message.NameState(entry.name(), entry.kind(), id, fresh.test(id)));
        }
      }
      return states;
    }
    for (byte[] name : only) {
      TreePath path = directory.resolve(name);
      if (!excluded.test(path)) {
        states.add(state(path, name, fresh));
      }
    }
    return states;
  }

  private Message.NameState state(TreePath path, byte[] name, Predicate<FileId> fresh)
      throws IOException {
    if (HiddenName.is(name)) {
      return new Message.NameState(name, null, FileId.NONE, false);
    }
    try {
      FileId id = identity(path);
      FileKind kind = store.status(path).kind();
      for (int i = 0; !is(path, id) && i < ATTEMPTS; i++) {
        id = identity(path);
        kind = store.status(path).kind();
      }
      return new Message.NameState(name, kind, id, fresh.test(id));
    } catch (StoreException e) {
      return gone(e, new Message.NameState(name, null, FileId.NONE, false));
    }
  }

  /** Visits everything below a directory that is not excluded; what vanishes meanwhile is left. */
  void walk(TreePath directory, Visitor visitor) throws IOException {
    List<FileStore.Entry> entries;
    try {
      entries = store.list(directory, true);
    } catch (StoreException e) {
      entries = gone(e, List.of());
    }
    for (FileStore.Entry entry : entries) {
      TreePath path = directory.resolve(entry.name());
      if (excluded.test(path)) {
        continue;
      }
      try {
        FileId id = entry.id().isPresent() ? entry.id().get() : identifier.identityOf(path);
        visitor.entry(path, id, entry.kind());
      } catch (StoreException e) {
        gone(e, null);
      }
      if (entry.kind() == FileKind.DIRECTORY) {
        walk(path, visitor);
      }
    }
  }

  /** Looks through the whole tree for files whose names are not known. */
  Map<FileId, TreePath> search(Set<FileId> lost) throws IOException {
    Map<FileId, TreePath> found = new HashMap<>();
    for (int i = 0; i < store.directories() && !lost.isEmpty(); i++) {
      walk(
          TreePath.root(i),
          (path, id, kind) -> {
            if (lost.contains(id)) {
              found.put(id, path);
            }
          });
    }
    return found;
  }

  /** Attributes as they are now, with extended ones where asked for. */
  Message.Attributes attributes(TreePath path, FileStatus status, boolean xattrs)
      throws StoreException {
    List<Message.Xattr> list = null;
    if (xattrs) {
      list = new ArrayList<>();
      for (byte[] name : store.xattrs(path)) {
        list.add(new Message.Xattr(name, store.xattr(path, name)));
      }
    }
    return new Message.Attributes(
        status.permissions(), status.owner(), status.group(), status.modifyNs(), list);
  }

  /** {@code value} where the failure only says that the file is not there (any more). */
  static <T> T gone(StoreException e, T value) throws StoreException {
    return switch (e.failure()) {
      case NOT_FOUND, NOT_A_DIRECTORY, NO_ATTRIBUTE, LOOP, STALE -> value;
      default -> throw e;
    };
  }
}
