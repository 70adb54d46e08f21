package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import java.util.List;

/**
 * Requests that list directories. Offset 1 follows ".", 2 follows "..", and n + 3 follows entry n.
 */
final class DirectoryRequests {
  private static final byte[] SELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};
  private static final int FIRST_ENTRY = 2;
  private static final int DIRENT_BYTES = 24;

  private final Volume volume;
  private final Nodes nodes;
  private final HandleTable<DirectoryListing> listings = new HandleTable<>();

  DirectoryRequests(Volume volume, Nodes nodes) {
    this.volume = volume;
    this.nodes = nodes;
  }

  int open(FuseRequest request, FuseReply reply) throws StoreException {
    reply.opened(listings.add(new DirectoryListing(nodes.get(request.node()))), 0);
    return 0;
  }

  int release(FuseRequest request) {
    close(request.int64(0));
    return 0;
  }

  void close(long handle) {
    listings.remove(handle);
  }

  int read(FuseRequest request, FuseReply reply, boolean plus) throws StoreException {
    DirectoryListing listing = listings.get(request.int64(0));
    if (listing == null) {
      return Errno.EBADF;
    }
    long offset = request.int64(8);
    int room = request.int32(16);
    List<Entry> entries = listing.entries(volume, offset);
    for (long at = offset; at < entries.size() + FIRST_ENTRY; at++) {
      byte[] name = name(entries, at);
      int bytes = (plus ? FuseReply.ENTRY_BYTES : 0) + (DIRENT_BYTES + name.length + 7 & ~7);
      if (reply.size() + bytes > room) {
        break;
      }
      if (!tryPut(reply, listing.node(), entries, at, plus)) {
        break;
      }
    }
    return 0;
  }

  private static byte[] name(List<Entry> entries, long at) {
    if (at < FIRST_ENTRY) {
      return at == 0 ? SELF : PARENT;
    }
    return entries.get((int) at - FIRST_ENTRY).name();
  }

  /** An error is told only where nothing is in the reply yet: what is there holds references. */
  private boolean tryPut(
      FuseReply reply, TreeNode directory, List<Entry> entries, long at, boolean plus)
      throws StoreException {
    try {
      put(reply, directory, entries, at, plus);
      return true;
    } catch (StoreException e) {
      if (reply.size() == 0) {
        throw e;
      }
      return false;
    }
  }

  private void put(FuseReply reply, TreeNode directory, List<Entry> entries, long at, boolean plus)
      throws StoreException {
    if (at < FIRST_ENTRY) {
      long inode = volume.status(directory, null).inode();
      if (plus) {
        reply.zeros(FuseReply.ENTRY_BYTES);
      }
      dirent(reply, inode, at + 1, FileKind.DIRECTORY, name(entries, at));
      return;
    }
    Entry entry = entries.get((int) at - FIRST_ENTRY);
    boolean root = directory.number() == nodes.root().number();
    if (root && Nodes.reserved(FuseProtocol.ROOT, entry.name())) {
      return;
    }
    if (!plus || entryAttributes(reply, directory, entry)) {
      dirent(reply, entry.inode(), at + 1, entry.kind(), entry.name());
    }
  }

  /** Counts a reference, which the kernel gives back. False for a name that is gone meanwhile. */
  private boolean entryAttributes(FuseReply reply, TreeNode directory, Entry entry)
      throws StoreException {
    try {
      Volume.Found found = volume.lookup(directory, entry.name());
      reply.entry(found.node().number(), found.status());
      return true;
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private static void dirent(FuseReply reply, long inode, long next, FileKind kind, byte[] name) {
    reply.int64(inode).int64(next).int32(name.length).int32(FuseReply.mode(kind) >> 12);
    reply.bytes(name).align();
  }
}
