package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;

/** The kernel's numbers of files and the volume's, and which names may be asked for. */
final class Nodes {
  private static final int MAX_NAME_BYTES = 255;

  private final Volume volume;
  private final TreeNode root;
  private final Room room;

  Nodes(Volume volume, int directory, Room room) {
    this.volume = volume;
    this.room = room;
    this.root = volume.root(directory);
  }

  TreeNode root() {
    return root;
  }

  /** The node that the kernel calls {@code number}; its root is 1 whatever the directory. */
  TreeNode get(long number) throws StoreException {
    return number == FuseProtocol.ROOT ? root : volume.node(number);
  }

  /** Room for what the kernel may not know yet. */
  Room room() {
    return room;
  }

  /** Takes back references that the kernel held. */
  void forget(long number, long references) {
    if (number == FuseProtocol.ROOT) {
      return;
    }
    try {
      volume.forget(volume.node(number), references);
    } catch (StoreException alreadyForgotten) {
      // nothing is left to forget
    }
  }

  /** Whether {@code name} in {@code parent} is Lockstep's own and hidden. */
  static boolean reserved(long parent, byte[] name) {
    return HiddenName.isOwn(name, parent == FuseProtocol.ROOT);
  }

  /** For names that must exist: Lockstep's own does not. */
  static void checkExisting(long parent, byte[] name) throws StoreException {
    checkLength(name);
    if (reserved(parent, name)) {
      throw new StoreException(Failure.NOT_FOUND, "the name is Lockstep's own");
    }
  }

  /** For names that shall come to be: Lockstep's own may not. */
  static void checkNew(long parent, byte[] name) throws StoreException {
    checkLength(name);
    if (reserved(parent, name)) {
      throw new StoreException(Failure.NOT_PERMITTED, "the name is Lockstep's own");
    }
  }

  private static void checkLength(byte[] name) throws StoreException {
    if (name.length > MAX_NAME_BYTES) {
      throw new StoreException(Failure.NAME_TOO_LONG, "a name of " + name.length + " bytes");
    }
  }
}
