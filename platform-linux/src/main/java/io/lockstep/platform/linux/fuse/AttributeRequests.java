package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Times;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.VolumeFile;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Requests about a file's attributes, and about the room on the file system. */
final class AttributeRequests {
  private final Volume volume;
  private final Nodes nodes;
  private final OpenFiles files;

  AttributeRequests(Volume volume, Nodes nodes, OpenFiles files) {
    this.volume = volume;
    this.nodes = nodes;
    this.files = files;
  }

  int get(FuseRequest request, FuseReply reply) throws StoreException {
    boolean byFile = (request.int32(0) & FuseProtocol.GETATTR_FH) != 0;
    VolumeFile file = byFile ? files.get(request.int64(8)).file() : null;
    reply.attributes(volume.status(nodes.get(request.node()), file));
    return 0;
  }

  int set(FuseRequest request, FuseReply reply) throws StoreException {
    Activity changes = files.changesOf(request.node());
    long begun = changes.begin();
    try {
      reply.attributes(change(request));
    } finally {
      changes.end(begun);
    }
    return 0;
  }

  private FileStatus change(FuseRequest request) throws StoreException {
    int valid = request.int32(0);
    TreeNode node = nodes.get(request.node());
    boolean byFile = (valid & FuseProtocol.SET_FH) != 0;
    VolumeFile file = byFile ? files.get(request.int64(8)).file() : null;
    AttributeChange change = attributes(request, valid, node, file);
    FileStatus status = null;
    if ((valid & FuseProtocol.SET_SIZE) != 0) {
      status = volume.truncate(node, file, request.int64(16));
    }
    if (!change.equals(AttributeChange.NOTHING)) {
      status = volume.setAttributes(node, file, change);
    }
    return status == null ? volume.status(node, file) : status;
  }

  private AttributeChange attributes(FuseRequest request, int valid, TreeNode node, VolumeFile file)
      throws StoreException {
    return new AttributeChange(
        permissions(request, valid, node, file),
        has(valid, FuseProtocol.SET_UID) ? OptionalInt.of(request.int32(76)) : OptionalInt.empty(),
        has(valid, FuseProtocol.SET_GID) ? OptionalInt.of(request.int32(80)) : OptionalInt.empty(),
        time(request, valid, FuseProtocol.SET_ATIME, FuseProtocol.SET_ATIME_NOW, 32, 56),
        time(request, valid, FuseProtocol.SET_MTIME, FuseProtocol.SET_MTIME_NOW, 40, 60));
  }

  private static boolean has(int valid, int bit) {
    return (valid & bit) != 0;
  }

  private OptionalInt permissions(FuseRequest request, int valid, TreeNode node, VolumeFile file)
      throws StoreException {
    if (has(valid, FuseProtocol.SET_MODE)) {
      return OptionalInt.of(request.int32(68) & FuseProtocol.S_PERMISSIONS);
    }
    if (!has(valid, FuseProtocol.SET_KILL_SUIDGID)) {
      return OptionalInt.empty();
    }
    FileStatus now = volume.status(node, file);
    int kept = SetId.dropped(now, request);
    return now.kind() == FileKind.DIRECTORY || kept == now.permissions()
        ? OptionalInt.empty()
        : OptionalInt.of(kept);
  }

  private static OptionalLong time(
      FuseRequest request, int valid, int set, int now, int secondsAt, int nanosAt) {
    if (has(valid, now)) {
      Instant instant = Instant.now();
      return OptionalLong.of(Times.ns(instant.getEpochSecond(), instant.getNano()));
    }
    if (!has(valid, set)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Times.ns(request.int64(secondsAt), request.int32(nanosAt)));
  }

  int statistics(FuseRequest request, FuseReply reply) throws StoreException {
    FileStore.Statistics s = volume.statistics(nodes.get(request.node()));
    int block = (int) s.blockSizeBytes();
    reply.int64(s.blocks()).int64(s.freeBlocks()).int64(s.availableBlocks());
    reply.int64(s.files()).int64(s.freeFiles()).int32(block).int32(s.maxNameBytes());
    reply.int32(block).zeros(28);
    return 0;
  }
}
