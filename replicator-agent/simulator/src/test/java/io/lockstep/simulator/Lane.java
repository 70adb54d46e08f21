package io.lockstep.simulator;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.Volume.Durability;
import io.lockstep.replicator.volume.Volume.RenameMode;
import io.lockstep.replicator.volume.VolumeFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Performs one thread's operations on the volume, as a kernel would pass them on. */
final class Lane {
  private static final int OWNER = 1000;

  private final int number;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(8 * 1024);

  Lane(int number) {
    this.number = number;
  }

  static String name(int number) {
    return "lane" + number;
  }

  /** Makes the lane's directory, if it is not there. */
  void prepare(Volume volume) throws StoreException {
    try {
      Volume.Found made =
          volume.create(volume.root(0), bytes(name(number)), NewFile.directory(0755, OWNER, OWNER));
      volume.forget(made.node(), 1);
    } catch (StoreException e) {
      if (e.failure() != Failure.EXISTS) {
        throw e;
      }
    }
    volume.syncDirectory(volume.root(0));
  }

  void perform(Volume volume, Op op) throws StoreException {
    List<TreeNode> held = new ArrayList<>();
    try {
      switch (op.kind()) {
        case CREATE -> {
          Volume.Opened made =
              volume.createAndOpen(
                  parent(volume, op.path(), held),
                  last(op.path()),
                  NewFile.file(0644, OWNER, OWNER),
                  FileStore.Access.READ_WRITE);
          held.add(made.node());
          volume.close(made.file());
        }
        case MKDIR ->
            held.add(
                volume
                    .create(
                        parent(volume, op.path(), held),
                        last(op.path()),
                        NewFile.directory(0755, OWNER, OWNER))
                    .node());
        case UNLINK, RMDIR ->
            volume.remove(
                parent(volume, op.path(), held), last(op.path()), op.kind() == Op.Kind.RMDIR);
        case LINK ->
            held.add(
                volume
                    .link(
                        node(volume, op.path(), held), parent(volume, op.to(), held), last(op.to()))
                    .node());
        case RENAME ->
            volume.rename(
                parent(volume, op.path(), held),
                last(op.path()),
                parent(volume, op.to(), held),
                last(op.to()),
                RenameMode.REPLACE);
        case XATTR ->
            volume.setXattr(
                node(volume, op.path(), held),
                TreeReader.XATTR,
                bytes("v" + op.number()),
                Volume.XattrMode.ANY);
        case MODE -> {
          var unused =
              volume.setAttributes(
                  node(volume, op.path(), held), null, AttributeChange.permissions(op.offset()));
        }
        case WRITE, WRITE_SYNC, TRUNCATE, SYNC -> onFile(volume, op, held);
      }
    } finally {
      held.forEach(node -> volume.forget(node, 1));
    }
  }

  private void onFile(Volume volume, Op op, List<TreeNode> held) throws StoreException {
    TreeNode node = node(volume, op.path(), held);
    VolumeFile file = volume.open(node, FileStore.Access.READ_WRITE);
    try {
      switch (op.kind()) {
        case TRUNCATE -> {
          var unused = volume.truncate(node, file, op.offset());
        }
        case SYNC -> {
          volume.sync(file, false);
          volume.syncDirectory(parent(volume, op.path(), held));
        }
        default -> {
          ByteBuffer data = buffer.clear().put(op.data()).flip();
          Durability durability =
              op.kind() == Op.Kind.WRITE_SYNC ? Durability.ALL : Durability.RECEIVED;
          volume.write(file, data, op.offset(), durability);
        }
      }
    } finally {
      volume.close(file);
    }
  }

  private TreeNode parent(Volume volume, String path, List<TreeNode> held) throws StoreException {
    TreeNode directory = found(volume, volume.root(0), name(number), held);
    String parent = LaneModel.parent(path);
    return parent.isEmpty() ? directory : found(volume, directory, parent, held);
  }

  private TreeNode node(Volume volume, String path, List<TreeNode> held) throws StoreException {
    return found(
        volume, parent(volume, path, held), new String(last(path), StandardCharsets.UTF_8), held);
  }

  private static TreeNode found(Volume volume, TreeNode parent, String name, List<TreeNode> held)
      throws StoreException {
    TreeNode node = volume.lookup(parent, bytes(name)).node();
    held.add(node);
    return node;
  }

  private static byte[] last(String path) {
    return bytes(path.substring(path.lastIndexOf('/') + 1));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
