package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.FileStore.Region;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.replication.TreeEffects;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Gives a file without a name (O_TMPFILE) its first one.
 *
 * <p>Nothing of it was sent before. Programs make such files so that the name appears together with
 * the content; were the name sent first, a secondary that takes over in between would show half a
 * file. So the peer first gets all of it under a name that stores hide and that one store's
 * creation uses too, and the rename to the name asked for comes last. Here there is only that last
 * step.
 */
final class Publication {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final byte[] DEFAULT_ACL = ascii("system.posix_acl_default");
  private static final byte[] ACCESS_ACL = ascii("system.posix_acl_access");

  private final FileStore store;
  private final Modifications modifications;

  Publication(FileStore store, Modifications modifications) {
    this.store = store;
    this.modifications = modifications;
  }

  /** The caller holds the order of the file and of the directory {@code parent}. */
  void publish(OpenFile file, FileId id, FileId parent, TreePath path) throws StoreException {
    if (modifications.isExcluded(path)) {
      store.publish(file, path, id);
      return;
    }
    TreePath hidden = path.parent().resolve(hiddenName(id));
    FileStatus status = store.status(file);
    long parentNs = store.status(path.parent()).modifyNs();
    NewFile what = NewFile.file(status.permissions(), status.owner(), status.group());
    modifications.send(new Operation.Create(id, parent, hidden, what, parentNs));
    try {
      sendContent(file, id, hidden, status);
      sendXattrs(file, id, hidden, status);
      AttributeChange attributes = AttributeChange.all(status);
      modifications.send(new Operation.SetAttributes(id, hidden, attributes, status.modifyNs()));
      Operation rename =
          new Operation.Rename(id, parent, hidden, parent, path, FileId.NONE, modifications.now());
      modifications.perform(rename, o -> appear(file, id, path, o.timeNs()), null);
    } catch (StoreException e) {
      takeBack(new Operation.Remove(id, parent, hidden, false, parentNs), e);
      throw e;
    }
  }

  private void takeBack(Operation.Remove hidden, StoreException why) {
    try {
      modifications.send(hidden);
    } catch (StoreException e) {
      why.addSuppressed(e);
    }
  }

  /** Another for every identity, so that what an interrupted one left is not in the way. */
  private static byte[] hiddenName(FileId id) {
    long mixed = Long.rotateLeft(id.epoch(), 32) ^ id.number() * 0x9e3779b97f4a7c15L;
    return HiddenName.of(mixed);
  }

  private void appear(OpenFile file, FileId id, TreePath path, long timeNs) throws StoreException {
    store.publish(file, path, id);
    TreeEffects.modified(store, path.parent(), timeNs);
  }

  /** Holes stay holes. */
  private void sendContent(OpenFile file, FileId id, TreePath hidden, FileStatus status)
      throws StoreException {
    long size = status.sizeBytes();
    ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, Math.max(size, 1)));
    long at = dataFrom(file, 0, size);
    while (at < size) {
      long end = Math.min(size, store.seek(file, Region.HOLE, at));
      while (at < end) {
        chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
        int read = store.read(file, chunk, at);
        if (read <= 0) {
          throw new StoreException(Failure.IO, "a file without a name became shorter");
        }
        chunk.limit(read);
        modifications.send(new Operation.Write(id, hidden, at, chunk, status.modifyNs()));
        at += read;
      }
      at = dataFrom(file, at, size);
    }
    modifications.send(new Operation.Truncate(id, hidden, size, status.modifyNs()));
  }

  private long dataFrom(OpenFile file, long at, long size) throws StoreException {
    try {
      return at < size ? store.seek(file, Region.DATA, at) : size;
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_SUCH_RANGE) {
        return size;
      }
      throw e;
    }
  }

  private void sendXattrs(OpenFile file, FileId id, TreePath hidden, FileStatus status)
      throws StoreException {
    boolean hasAcl = false;
    for (byte[] name : store.xattrs(file)) {
      hasAcl |= Arrays.equals(name, ACCESS_ACL);
      sendXattr(id, hidden, name, store.xattr(file, name), status);
    }
    if (!hasAcl && contains(store.xattrs(hidden.parent()), DEFAULT_ACL)) {
      sendXattr(id, hidden, ACCESS_ACL, minimalAcl(status.permissions()), status);
    }
  }

  private void sendXattr(FileId id, TreePath hidden, byte[] name, byte[] value, FileStatus status)
      throws StoreException {
    modifications.send(new Operation.SetXattr(id, hidden, name, value, status.modifyNs()));
  }

  private static boolean contains(List<byte[]> names, byte[] wanted) {
    return names.stream().anyMatch(name -> Arrays.equals(name, wanted));
  }

  /**
   * Takes away the ACL that the peer's file inherited: an ACL that says no more than the permission
   * bits is none.
   */
  private static byte[] minimalAcl(int permissions) {
    ByteBuffer acl = ByteBuffer.allocate(28).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(2);
    int[] tags = {1, 4, 32};
    for (int i = 0; i < tags.length; i++) {
      acl.putShort((short) tags[i]).putShort((short) (permissions >> (6 - 3 * i) & 7)).putInt(-1);
    }
    return acl.array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
