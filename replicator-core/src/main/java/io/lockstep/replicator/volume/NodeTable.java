package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The nodes that interceptors refer to. A file with several names is one node, found by the store's
 * inode number; a node lives while it is referred to, is open, or a node below it lives. Safe for
 * any thread.
 */
final class NodeTable {
  private record Inode(int directory, long number) {}

  private record Child(long parent, byte[] name) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Child child
          && parent == child.parent
          && Arrays.equals(name, child.name);
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(parent) + Arrays.hashCode(name);
    }
  }

  private final Map<Long, Node> byNumber = new ConcurrentHashMap<>();
  private final Map<Inode, Node> byInode = new HashMap<>();
  private final Map<Child, Node> byName = new HashMap<>();
  private final Execution execution;
  private long nextNumber;

  NodeTable(Execution execution, int directories) {
    this.execution = execution;
    for (int directory = 0; directory < directories; directory++) {
      byNumber.put(directory + 1L, new Node(execution.lock(), directory + 1L, directory, 0, true));
    }
    nextNumber = directories + 1L;
  }

  Node root(int directory) {
    return byNumber.get(directory + 1L);
  }

  Node get(long number) throws StoreException {
    Node node = byNumber.get(number);
    if (node == null) {
      throw new StoreException(Failure.STALE, "no node " + number);
    }
    return node;
  }

  /** The node for what {@code name} in {@code parent} is, with one more reference. */
  synchronized Node refer(Node parent, byte[] name, FileStatus status) {
    Inode inode = new Inode(parent.directory(), status.inode());
    boolean isDirectory = status.kind() == FileKind.DIRECTORY;
    Node node = byInode.get(inode);
    if (node == null || node.isGone() || node.isDirectory() != isDirectory) {
      return created(parent, name, status);
    }
    named(node, parent, name);
    node.addReferences(1);
    return node;
  }

  /**
   * A node for a file that did not exist before, with one reference. Never a known one: another
   * thread's removal may have freed the file's number and not told it here yet, and the new file
   * would be taken for the removed one.
   */
  synchronized Node created(Node parent, byte[] name, FileStatus status) {
    boolean isDirectory = status.kind() == FileKind.DIRECTORY;
    Node node =
        new Node(execution.lock(), nextNumber++, parent.directory(), status.inode(), isDirectory);
    byNumber.put(node.number(), node);
    byInode.put(new Inode(parent.directory(), status.inode()), node);
    named(node, parent, name);
    node.addReferences(1);
    return node;
  }

  /** A node for a file without a name, with one reference; {@code held} becomes the node's. */
  synchronized Node nameless(int directory, FileStatus status, OpenFile held) {
    Node node = new Node(execution.lock(), nextNumber++, directory, status.inode(), false);
    node.setGone(held);
    byNumber.put(node.number(), node);
    node.addReferences(1);
    return node;
  }

  /** It got its first name. */
  synchronized void published(Node node, Node parent, byte[] name) {
    node.setNamed();
    byInode.put(new Inode(node.directory(), node.inode()), node);
    named(node, parent, name);
    node.addReferences(1);
  }

  /** The known node of that name, or null. */
  synchronized Node child(Node parent, byte[] name) {
    return byName.get(new Child(parent.number(), name));
  }

  private void named(Node node, Node parent, byte[] name) {
    Child key = new Child(parent.number(), name.clone());
    Node before = byName.put(key, node);
    if (before != null && before != node) {
      unname(before, parent, name);
    }
    if (node.addName(parent, key.name())) {
      parent.addReferences(1);
    }
  }

  /** A node keeps the directories of its names alive, since its path leads through them. */
  private void unname(Node node, Node parent, byte[] name) {
    if (node.removeName(parent, name)) {
      forget(parent, 1);
    }
  }

  /** {@code node} has one more name. */
  synchronized void linked(Node node, Node parent, byte[] name) {
    named(node, parent, name);
  }

  /**
   * The name is gone; if it was the {@code last}, so is the file, but for {@code held}, which may
   * be null. Nothing happens for a name never referred to. Returns whether the file is kept.
   */
  synchronized boolean removed(Node parent, byte[] name, boolean last, OpenFile held) {
    Node node = byName.remove(new Child(parent.number(), name));
    if (node == null) {
      return false;
    }
    unname(node, parent, name);
    if (last) {
      node.setGone(held);
      byInode.remove(new Inode(node.directory(), node.inode()), node);
    }
    return last;
  }

  /**
   * The file has a new name instead of the old; what had the new one must have been {@link
   * #removed}.
   */
  synchronized void renamed(Node parent, byte[] name, Node toParent, byte[] toName) {
    Node node = byName.remove(new Child(parent.number(), name));
    if (node != null) {
      named(node, toParent, toName);
      unname(node, parent, name);
    }
  }

  /** Two names have changed places. */
  synchronized void exchanged(Node parent, byte[] name, Node otherParent, byte[] otherName) {
    Node one = byName.remove(new Child(parent.number(), name));
    Node other = byName.remove(new Child(otherParent.number(), otherName));
    if (one != null) {
      unname(one, parent, name);
    }
    if (other != null) {
      unname(other, otherParent, otherName);
      named(other, parent, name);
    }
    if (one != null) {
      named(one, otherParent, otherName);
    }
  }

  synchronized void opened(Handle handle) {
    handle.node().opened(handle);
  }

  synchronized void closed(Handle handle) {
    handle.node().closed(handle);
    forgetUnused(handle.node());
  }

  synchronized void forget(Node node, long references) {
    node.addReferences(-references);
    forgetUnused(node);
  }

  /** Nobody refers into {@code directory} any more: what is held there is let go. */
  synchronized void forgetAll(int directory) {
    for (Node node : List.copyOf(byNumber.values())) {
      if (node.directory() == directory && !node.isRoot()) {
        byNumber.remove(node.number());
        byInode.remove(new Inode(node.directory(), node.inode()), node);
        node.knownNames().forEach(n -> byName.remove(new Child(n.parent().number(), n.name())));
        if (node.held() != null) {
          node.held().close();
        }
      }
    }
  }

  private void forgetUnused(Node node) {
    if (node.isRoot()
        || node.references() > 0
        || node.isOpen()
        || byNumber.get(node.number()) != node) {
      return;
    }
    byNumber.remove(node.number());
    byInode.remove(new Inode(node.directory(), node.inode()), node);
    dropNames(node);
    if (node.held() != null) {
      node.held().close();
    }
  }

  private void dropNames(Node node) {
    for (Node.Name name : node.knownNames()) {
      byName.remove(new Child(name.parent().number(), name.name()), node);
      unname(node, name.parent(), name.name());
    }
  }
}
