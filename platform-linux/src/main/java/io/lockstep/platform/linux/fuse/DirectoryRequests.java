package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.VolumeFile;

/**
 * Requests that list directories. Positions are those of the file system below, so that they stay
 * true while names come and go, and nothing is kept of what was listed.
 */
final class DirectoryRequests {
  private static final int DIRENT_BYTES = 24;

  private final Volume volume;
  private final Nodes nodes;
  private final HandleTable<VolumeFile> listings = new HandleTable<>();

  DirectoryRequests(Volume volume, Nodes nodes) {
    this.volume = volume;
    this.nodes = nodes;
  }

  int open(FuseRequest request, FuseReply reply) throws StoreException {
    reply.opened(listings.add(volume.openDirectory(nodes.get(request.node()))), 0);
    return 0;
  }

  int release(FuseRequest request) {
    close(request.int64(0));
    return 0;
  }

  void close(long handle) {
    VolumeFile listing = listings.remove(handle);
    if (listing != null) {
      volume.close(listing);
    }
  }

  /** The connection is gone. */
  void closeAll() {
    listings.drain().forEach(volume::close);
  }

  int read(FuseRequest request, FuseReply reply, boolean plus) throws StoreException {
    VolumeFile listing = listings.get(request.int64(0));
    if (listing == null) {
      return Errno.EBADF;
    }
    int room = request.int32(16);
    volume.entries(
        listing,
        request.int64(8),
        (name, kind, inode, next) -> {
          int bytes = (plus ? FuseReply.ENTRY_BYTES : 0) + (DIRENT_BYTES + name.length + 7 & ~7);
          if (reply.size() + bytes > room) {
            return false;
          }
          if (!plus || attributes(reply, listing.node(), name)) {
            dirent(reply, inode, next, kind, name);
          }
          return true;
        });
    return 0;
  }

  /** Counts a reference, which the kernel gives back. False for a name that is gone meanwhile. */
  private boolean attributes(FuseReply reply, TreeNode directory, byte[] name)
      throws StoreException {
    if (isDot(name) || nodes.room().scarce()) {
      reply.zeros(FuseReply.ENTRY_BYTES);
      return true;
    }
    try {
      Volume.Found found = volume.lookup(directory, name);
      reply.entry(found.node().number(), found.status());
      return true;
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND) {
        return false;
      }
      if (reply.size() == 0) {
        throw e;
      }
      // what is in the reply holds references: it must be told, without this entry's attributes
      reply.zeros(FuseReply.ENTRY_BYTES);
      return true;
    }
  }

  private static boolean isDot(byte[] name) {
    return name[0] == '.' && (name.length == 1 || name.length == 2 && name[1] == '.');
  }

  private static void dirent(FuseReply reply, long inode, long next, FileKind kind, byte[] name) {
    reply.int64(inode).int64(next).int32(name.length).int32(FuseReply.mode(kind) >> 12);
    reply.bytes(name).align();
  }
}
