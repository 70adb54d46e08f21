package io.lockstep.simulator;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads what a host's tree holds of the model application's directories, as the disk shows it. */
final class TreeReader {
  static final byte[] XATTR = "user.note".getBytes(StandardCharsets.UTF_8);

  private TreeReader() {}

  /** The directory of each lane; an empty model where there is none. */
  static List<LaneModel> lanes(SimHost host, int count) {
    return lanes(host, host.store, count);
  }

  /** The same of one of its trees. */
  static List<LaneModel> lanes(SimHost host, FileStore store, int count) {
    host.looking = true;
    try {
      List<LaneModel> lanes = new ArrayList<>();
      for (int lane = 0; lane < count; lane++) {
        LaneModel model = new LaneModel();
        TreePath root = TreePath.root(0).resolve(Lane.name(lane));
        if (store.list(TreePath.root(0), false).stream()
            .anyMatch(e -> Arrays.equals(e.name(), root.name()))) {
          read(store, root, "", model, new HashMap<>());
        }
        lanes.add(model);
      }
      return lanes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      host.looking = false;
    }
  }

  private static void read(
      FileStore store,
      TreePath directory,
      String prefix,
      LaneModel into,
      Map<Long, LaneModel.Node> seen)
      throws IOException {
    for (FileStore.Entry entry : store.list(directory, false)) {
      TreePath path = directory.resolve(entry.name());
      String name = prefix + new String(entry.name(), StandardCharsets.UTF_8);
      FileStatus status = store.status(path);
      if (status.kind() == FileKind.DIRECTORY) {
        into.names()
            .put(name, new LaneModel.Node(true, status.permissions(), -(int) status.inode()));
        read(store, path, name + "/", into, seen);
      } else {
        LaneModel.Node known = seen.get(status.inode());
        LaneModel.Node node = known == null ? file(store, path, status) : known;
        seen.put(status.inode(), node);
        into.names().put(name, node);
      }
    }
  }

  private static LaneModel.Node file(FileStore store, TreePath path, FileStatus status)
      throws IOException {
    LaneModel.Node node = new LaneModel.Node(false, status.permissions(), -(int) status.inode());
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) status.sizeBytes() + 1);
    try (OpenFile file = store.open(path, FileStore.Access.READ)) {
      int count = store.read(file, buffer, 0);
      byte[] data = new byte[count];
      buffer.get(0, data);
      node.becomes(data);
    }
    for (byte[] name : store.xattrs(path)) {
      node.xattr = new String(store.xattr(path, name), StandardCharsets.UTF_8);
    }
    return node;
  }
}
