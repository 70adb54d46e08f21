package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The operations that bring the peer back to what this node's tree really holds, after an operation
 * that the peer has already was refused by this node's own store (its disk is full, say). Only then
 * is the application told of the error, so that what failed has happened on neither node.
 */
final class Compensation {
  private static final int CHUNK_BYTES = 1 << 20;

  private Compensation() {}

  /**
   * What to send for {@code failed}.
   *
   * @return empty when the peer cannot be brought back: this node's copy has failed and must be
   *     handed over
   */
  static Optional<List<Operation>> of(FileStore store, Operation failed, OpenFile file) {
    try {
      return Optional.ofNullable(operations(store, failed, file));
    } catch (StoreException e) {
      return Optional.empty();
    }
  }

  private static List<Operation> operations(FileStore store, Operation failed, OpenFile file)
      throws StoreException {
    long timeNs = failed.timeNs();
    if (failed instanceof Operation.Write o) {
      return content(store, o, file, o.offset(), o.data().remaining());
    } else if (failed instanceof Operation.Truncate o) {
      return content(store, o, file, 0, 0);
    } else if (failed instanceof Operation.Allocate o) {
      return content(store, o, file, o.offset(), o.lengthBytes());
    } else if (failed instanceof Operation.Create o) {
      boolean directory = o.file().kind() == FileKind.DIRECTORY;
      return List.of(
          new Operation.Remove(o.id(), o.parent(), o.path(), directory, timeNs),
          modified(o.parent(), store.status(o.path().parent()), o.path().parent()));
    } else if (failed instanceof Operation.Link o) {
      return List.of(
          new Operation.Remove(o.id(), o.parent(), o.path(), false, timeNs),
          modified(o.parent(), store.status(o.path().parent()), o.path().parent()));
    } else if (failed instanceof Operation.Rename o && o.replaced().isNone()) {
      return List.of(
          new Operation.Rename(
              o.id(), o.toParent(), o.to(), o.parent(), o.path(), FileId.NONE, timeNs));
    } else if (failed instanceof Operation.SetAttributes o) {
      return List.of(
          new Operation.SetAttributes(
              o.id(), o.path(), AttributeChange.all(store.status(o.path())), timeNs));
    } else if (failed instanceof Operation.SetXattr o) {
      return xattr(store, o, o.name());
    } else if (failed instanceof Operation.RemoveXattr o) {
      return xattr(store, o, o.name());
    }
    return null;
  }

  private static Operation modified(FileId id, FileStatus status, TreePath path) {
    return new Operation.SetAttributes(
        id, path, AttributeChange.modified(status.modifyNs()), status.modifyNs());
  }

  private static List<Operation> content(
      FileStore store, Operation failed, OpenFile file, long offset, long lengthBytes)
      throws StoreException {
    FileStatus status = store.status(file);
    List<Operation> operations = new ArrayList<>();
    long end = Math.min(status.sizeBytes(), offset + lengthBytes);
    for (long at = offset; at < end; ) {
      ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, end - at));
      int read = store.read(file, chunk, at);
      if (read <= 0) {
        return null;
      }
      chunk.limit(chunk.position() + read);
      operations.add(new Operation.Write(failed.id(), failed.path(), at, chunk, failed.timeNs()));
      at += read;
    }
    operations.add(
        new Operation.Truncate(failed.id(), failed.path(), status.sizeBytes(), status.modifyNs()));
    return operations;
  }

  private static List<Operation> xattr(FileStore store, Operation failed, byte[] name)
      throws StoreException {
    try {
      byte[] value = store.xattr(failed.path(), name);
      return List.of(
          new Operation.SetXattr(failed.id(), failed.path(), name, value, failed.timeNs()));
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_ATTRIBUTE) {
        return List.of(
            new Operation.RemoveXattr(failed.id(), failed.path(), name, failed.timeNs()));
      }
      throw e;
    }
  }
}
