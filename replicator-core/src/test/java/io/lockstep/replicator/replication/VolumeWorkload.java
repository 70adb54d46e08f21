package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.VolumeFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Random modifications of a small tree through a volume, as an application would make them. One
 * seed, one course.
 */
final class VolumeWorkload {
  private static final int NAMES = 4;

  private final Volume volume;
  private final Random random;
  int succeeded;
  int refused;

  VolumeWorkload(Volume volume, long seed) {
    this.volume = volume;
    this.random = new Random(seed);
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      try {
        step();
        succeeded++;
      } catch (StoreException e) {
        refused++;
      }
    }
  }

  private void step() throws StoreException {
    TreeNode at = directory();
    byte[] name = name();
    switch (random.nextInt(12)) {
      case 0 -> volume.create(at, name, NewFile.directory(0755, 1, 2));
      case 1 -> volume.create(at, name, NewFile.symlink(name(), 3, 4));
      case 2 -> volume.link(child(at), directory(), name);
      case 3 -> volume.remove(at, name, random.nextBoolean());
      case 4 -> volume.rename(at, name, directory(), name(), Volume.RenameMode.REPLACE);
      case 5 -> volume.rename(at, name, directory(), name(), Volume.RenameMode.EXCHANGE);
      case 6 -> volume.setXattr(child(at), bytes("user.k"), name(), Volume.XattrMode.ANY);
      case 7 ->
          volume.setAttributes(child(at), null, AttributeChange.permissions(random.nextInt(01000)));
      case 8 -> volume.truncate(child(at), null, random.nextInt(3000));
      case 9 -> volume.create(at, name, NewFile.file(0644, 5, 6));
      default -> write(child(at));
    }
  }

  private void write(TreeNode node) throws StoreException {
    VolumeFile file = volume.open(node, FileStore.Access.READ_WRITE);
    try {
      ByteBuffer data = ByteBuffer.allocateDirect(1 + random.nextInt(600));
      while (data.hasRemaining()) {
        data.put((byte) random.nextInt());
      }
      volume.write(file, data.flip(), random.nextInt(3000), Volume.Durability.RECEIVED);
    } finally {
      volume.close(file);
    }
  }

  private TreeNode directory() throws StoreException {
    TreeNode at = volume.root(0);
    for (int depth = random.nextInt(3); depth > 0; depth--) {
      try {
        at = volume.lookup(at, name()).node();
      } catch (StoreException e) {
        return at;
      }
    }
    return at;
  }

  private TreeNode child(TreeNode at) throws StoreException {
    return volume.lookup(at, name()).node();
  }

  private byte[] name() {
    return bytes("n" + random.nextInt(NAMES));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
