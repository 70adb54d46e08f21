package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.util.Optional;

/**
 * What each operation does to a tree, explicit times included: the one piece of code that both the
 * serving node and its peer run, so that both trees become the same. Stateless; safe for any
 * thread.
 */
public final class TreeEffects {
  private TreeEffects() {}

  /** Data operations on an open file. */
  public static void onFile(FileStore store, OpenFile file, Operation operation)
      throws StoreException {
    if (operation instanceof Operation.Write o) {
      store.write(file, o.data(), o.offset());
    } else if (operation instanceof Operation.Truncate o) {
      store.truncate(file, o.sizeBytes());
    } else if (operation instanceof Operation.Allocate o) {
      store.allocate(file, o.how(), o.offset(), o.lengthBytes());
    } else {
      throw new IllegalArgumentException("not a data operation: " + operation);
    }
    store.setAttributes(file, AttributeChange.modified(operation.timeNs()));
  }

  /** Whether {@link #onFile} is the way. */
  public static boolean isData(Operation operation) {
    return operation instanceof Operation.Write
        || operation instanceof Operation.Truncate
        || operation instanceof Operation.Allocate;
  }

  /** Everything but data, by path. */
  public static void onTree(FileStore store, Operation operation) throws StoreException {
    long timeNs = operation.timeNs();
    if (operation instanceof Operation.Create o) {
      create(store, o).ifPresent(OpenFile::close);
    } else if (operation instanceof Operation.Link o) {
      store.link(o.existing(), o.path());
      modified(store, o.path().parent(), timeNs);
    } else if (operation instanceof Operation.Remove o) {
      store.remove(o.path(), o.directory());
      modified(store, o.path().parent(), timeNs);
    } else if (operation instanceof Operation.Rename o) {
      // two names of one file are left as they are by a rename that may replace
      store.rename(o.path(), o.to(), o.replaced().isNone());
      modified(store, o.path().parent(), timeNs);
      modified(store, o.to().parent(), timeNs);
    } else if (operation instanceof Operation.Exchange o) {
      store.exchange(o.path(), o.otherPath());
      modified(store, o.path().parent(), timeNs);
      modified(store, o.otherPath().parent(), timeNs);
    } else if (operation instanceof Operation.SetAttributes o) {
      store.setAttributes(o.path(), o.change());
    } else if (operation instanceof Operation.SetXattr o) {
      store.setXattr(o.path(), o.name(), o.value());
    } else if (operation instanceof Operation.RemoveXattr o) {
      store.removeXattr(o.path(), o.name());
    } else if (operation instanceof Operation.Identify o) {
      store.setIdentity(o.path(), o.id());
    } else {
      throw new IllegalArgumentException("a data operation: " + operation);
    }
  }

  /** As {@link #onTree}; a new regular file stays open, to read and write. */
  public static Optional<OpenFile> create(FileStore store, Operation.Create o)
      throws StoreException {
    Optional<OpenFile> file = store.create(o.path(), o.file(), o.id(), o.timeNs());
    try {
      modified(store, o.path().parent(), o.timeNs());
      return file;
    } catch (StoreException e) {
      file.ifPresent(OpenFile::close);
      throw e;
    }
  }

  /** Gives a directory the time at which its names changed. */
  public static void modified(FileStore store, TreePath directory, long timeNs)
      throws StoreException {
    store.setAttributes(directory, AttributeChange.modified(timeNs));
  }
}
