package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.port.FileStore.Region;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.Volume.Durability;
import io.lockstep.replicator.volume.VolumeFile;
import java.nio.ByteBuffer;
import java.util.function.ToIntFunction;

/** Requests about the content of files. */
final class DataRequests {
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 0x10;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int WRITE_HEADER_BYTES = 40;

  private final Volume volume;
  private final Nodes nodes;
  private final OpenFiles files;
  private final Syncs syncs;

  DataRequests(Volume volume, Nodes nodes, OpenFiles files, Syncs syncs) {
    this.volume = volume;
    this.nodes = nodes;
    this.files = files;
    this.syncs = syncs;
  }

  /** O_TRUNC comes as a SETATTR of its own, O_APPEND is resolved by the kernel. */
  int open(FuseRequest request, FuseReply reply) throws StoreException {
    TreeNode node = nodes.get(request.node());
    VolumeFile file = volume.open(node, NamespaceRequests.access(request.int32(0)));
    reply.opened(files.add(file, request.node()), FuseProtocol.OPENED_KEEP_CACHE);
    return 0;
  }

  int release(FuseRequest request) {
    files.close(request.int64(0));
    return 0;
  }

  int read(FuseRequest request, FuseReply reply) throws StoreException {
    VolumeFile file = files.get(request.int64(0)).file();
    long offset = request.int64(8);
    int wanted = Math.min(request.int32(16), Negotiation.MAX_DATA_BYTES);
    ByteBuffer room = reply.room(wanted);
    int start = room.position();
    int read = volume.read(file, room, offset);
    int total = read;
    while (read > 0 && total < wanted) {
      room.position(start + total);
      read = volume.read(file, room, offset + total);
      total += read;
    }
    reply.filled(total);
    return 0;
  }

  int write(FuseRequest request, FuseReply reply, FuseChannel channel) throws StoreException {
    FuseFile file = files.get(request.int64(0));
    int size = request.int32(16);
    int writeFlags = request.int32(20);
    boolean dropSetId = (writeFlags & FuseProtocol.WRITE_KILL_SUIDGID) != 0;
    boolean dropped = dropSetId && dropSetId(file, now -> SetId.dropped(now, request));
    boolean writeback = (writeFlags & FuseProtocol.WRITE_CACHE) != 0;
    Durability durability = writeback ? Durability.RECEIVED : durability(request.int32(32));
    if (durability == Durability.RECEIVED) {
      write(file, request, Durability.RECEIVED);
    } else if (channel.beginWait()) {
      try {
        write(file, request, durability);
      } finally {
        channel.endWait();
      }
    } else {
      write(file, request, Durability.RECEIVED);
      boolean dataOnly = durability == Durability.DATA;
      if (dropped) {
        Notification.attributesChanged(channel.device(), file.node());
      }
      syncs.later(
          channel.device(), request.unique(), size, () -> volume.sync(file.file(), dataOnly));
      return FuseReply.NONE;
    }
    if (dropped) {
      Notification.attributesChanged(channel.device(), file.node());
    }
    reply.int32(size).int32(0);
    return 0;
  }

  /** Takes off what is not kept; returns whether that was anything. Few files have such bits. */
  private boolean dropSetId(FuseFile file, ToIntFunction<FileStatus> kept) throws StoreException {
    TreeNode node = file.file().node();
    FileStatus now = volume.status(node, file.file());
    int permissions = kept.applyAsInt(now);
    if (permissions == now.permissions()) {
      return false;
    }
    volume.setAttributes(node, file.file(), AttributeChange.permissions(permissions));
    return true;
  }

  private void write(FuseFile file, FuseRequest request, Durability durability)
      throws StoreException {
    long names = files.names().now();
    long begun = file.changes().begin();
    boolean written = false;
    try {
      ByteBuffer data = request.payload(WRITE_HEADER_BYTES, request.int32(16));
      volume.write(file.file(), data, request.int64(8), durability);
      written = true;
    } finally {
      file.wrote(begun, names, written ? durability : Durability.RECEIVED);
    }
  }

  private static Durability durability(int flags) {
    if ((flags & FuseProtocol.O_SYNC) == FuseProtocol.O_SYNC) {
      return Durability.ALL;
    }
    return (flags & FuseProtocol.O_DSYNC) != 0 ? Durability.DATA : Durability.RECEIVED;
  }

  int sync(FuseRequest request, FuseChannel channel) throws StoreException {
    FuseFile file = files.get(request.int64(0));
    boolean dataOnly = (request.int32(8) & FuseProtocol.FSYNC_DATA_ONLY) != 0;
    if (file.isDurable(dataOnly, files.names())) {
      return 0;
    }
    return waiting(request, channel, () -> volume.sync(file.file(), dataOnly));
  }

  int syncDirectory(FuseRequest request, FuseChannel channel) throws StoreException {
    TreeNode node = nodes.get(request.node());
    return waiting(request, channel, () -> volume.syncDirectory(node));
  }

  private int waiting(FuseRequest request, FuseChannel channel, Syncs.Sync sync)
      throws StoreException {
    if (!channel.beginWait()) {
      syncs.later(channel.device(), request.unique(), -1, sync);
      return FuseReply.NONE;
    }
    try {
      sync.run();
      return 0;
    } finally {
      channel.endWait();
    }
  }

  int allocate(FuseRequest request, FuseChannel channel) throws StoreException {
    Allocation how =
        switch (request.int32(24)) {
          case 0 -> Allocation.RESERVE;
          case KEEP_SIZE -> Allocation.RESERVE_KEEP_SIZE;
          case PUNCH_HOLE | KEEP_SIZE -> Allocation.PUNCH_HOLE;
          case ZERO_RANGE -> Allocation.ZERO;
          case ZERO_RANGE | KEEP_SIZE -> Allocation.ZERO_KEEP_SIZE;
          default -> null;
        };
    if (how == null) {
      return Errno.EOPNOTSUPP;
    }
    FuseFile file = files.get(request.int64(0));
    long begun = file.changes().begin();
    try {
      volume.allocate(file.file(), how, request.int64(8), request.int64(16));
    } finally {
      file.changes().end(begun);
    }
    if (dropSetId(file, now -> SetId.droppedUnasked(now, request))) {
      Notification.attributesChanged(channel.device(), file.node());
    }
    return 0;
  }

  int seek(FuseRequest request, FuseReply reply) throws StoreException {
    int whence = request.int32(16);
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
      return Errno.EINVAL;
    }
    Region region = whence == SEEK_DATA ? Region.DATA : Region.HOLE;
    VolumeFile file = files.get(request.int64(0)).file();
    reply.int64(volume.seek(file, region, request.int64(8)));
    return 0;
  }
}
