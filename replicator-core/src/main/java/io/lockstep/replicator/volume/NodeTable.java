package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;

/**
 * The nodes that interceptors refer to. A file with several names is one node, found by the store's
 * inode number; a node lives while it is referred to, is open, or a node below it lives. Safe for
 * any thread.
 */
final class NodeTable {
  private final NumberTable byNumber = new NumberTable();
  private final OpenTable<Node> byInode = new OpenTable<>(NodeTable::inodeHash);
  private final OpenTable<Node.Name> byName = new OpenTable<>(Node.Name::hash);
  private final Execution execution;
  private long nextNumber;

  NodeTable(Execution execution, int directories) {
    this.execution = execution;
    for (int directory = 0; directory < directories; directory++) {
      byNumber.add(new Node(execution, directory + 1L, directory, 0, true));
    }
    nextNumber = directories + 1L;
  }

  private static int inodeHash(Node node) {
    return inodeHash(node.directory(), node.inode());
  }

  private static int inodeHash(int directory, long inode) {
    return 31 * Long.hashCode(inode) + directory;
  }

  private Node withInode(int directory, long inode) {
    return byInode.find(
        inodeHash(directory, inode),
        node -> node.inode() == inode && node.directory() == directory);
  }

  /** {@code node} is what has its inode number from now on. */
  private void claimInode(Node node) {
    Node before = withInode(node.directory(), node.inode());
    if (before != null) {
      byInode.remove(before);
    }
    byInode.add(node);
  }

  /** The name as it is known; null where it is not. */
  private Node.Name known(Node parent, byte[] name) {
    return byName.find(Node.Name.hash(parent, name), each -> each.is(parent, name));
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
    boolean isDirectory = status.kind() == FileKind.DIRECTORY;
    Node node = withInode(parent.directory(), status.inode());
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
    Node node = new Node(execution, nextNumber++, parent.directory(), status.inode(), isDirectory);
    byNumber.add(node);
    claimInode(node);
    named(node, parent, name);
    node.addReferences(1);
    return node;
  }

  /** A node for a file without a name, with one reference; {@code held} becomes the node's. */
  synchronized Node nameless(int directory, FileStatus status, OpenFile held) {
    Node node = new Node(execution, nextNumber++, directory, status.inode(), false);
    node.setGone(held);
    byNumber.add(node);
    node.addReferences(1);
    return node;
  }

  /** It got its first name. */
  synchronized void published(Node node, Node parent, byte[] name) {
    node.setNamed();
    claimInode(node);
    named(node, parent, name);
    node.addReferences(1);
  }

  /** The known node of that name, or null. */
  synchronized Node child(Node parent, byte[] name) {
    Node.Name known = known(parent, name);
    return known == null ? null : known.node();
  }

  private void named(Node node, Node parent, byte[] name) {
    Node.Name before = known(parent, name);
    if (before != null) {
      if (before.node() == node) {
        return;
      }
      byName.remove(before);
      unname(before.node(), parent, name);
    }
    Node.Name added = new Node.Name(parent, name.clone(), node);
    byName.add(added);
    node.addName(added);
    parent.addReferences(1);
  }

  /** Takes the name from whatever has it; returns that, or null. */
  private Node take(Node parent, byte[] name) {
    Node.Name known = known(parent, name);
    if (known == null) {
      return null;
    }
    byName.remove(known);
    return known.node();
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
    Node node = take(parent, name);
    if (node == null) {
      return false;
    }
    unname(node, parent, name);
    if (last) {
      node.setGone(held);
      byInode.remove(node);
    }
    return last;
  }

  /**
   * The file has a new name instead of the old; what had the new one must have been {@link
   * #removed}.
   */
  synchronized void renamed(Node parent, byte[] name, Node toParent, byte[] toName) {
    Node node = take(parent, name);
    if (node != null) {
      named(node, toParent, toName);
      unname(node, parent, name);
    }
  }

  /** Two names have changed places. */
  synchronized void exchanged(Node parent, byte[] name, Node otherParent, byte[] otherName) {
    Node one = take(parent, name);
    Node other = take(otherParent, otherName);
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

  int size() {
    return byNumber.size();
  }

  /**
   * As {@link Volume#idle}. Without the table's monitor, since requests wait for that: what it
   * shows is a guess.
   */
  long idle(int directory, long from, int most, Volume.IdleVisitor visitor) {
    long end = lastNumber();
    int shown = 0;
    for (long number = Math.max(1, from); number < end; number++) {
      Node node = byNumber.get(number);
      if (node != null && node.directory() == directory && isIdle(node)) {
        show(node, visitor);
        if (++shown == most) {
          return number + 1;
        }
      }
    }
    return -1;
  }

  private synchronized long lastNumber() {
    return nextNumber;
  }

  private static boolean isIdle(Node node) {
    return !node.isRoot() && !node.isOpen() && !node.isGone();
  }

  private static void show(Node node, Volume.IdleVisitor visitor) {
    visitor.idle(node.number(), node.isDirectory());
    if (!node.isDirectory()) {
      for (Node.Name name : node.knownNames()) {
        visitor.named(name.parent().number(), name.parent().isRoot(), name.bytes());
      }
    }
  }

  /** Nobody refers into {@code directory} any more: what is held there is let go. */
  synchronized void forgetAll(int directory) {
    for (Node node : byNumber.all()) {
      if (node.directory() == directory && !node.isRoot()) {
        byNumber.remove(node);
        byInode.remove(node);
        node.knownNames().forEach(byName::remove);
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
    byNumber.remove(node);
    byInode.remove(node);
    dropNames(node);
    if (node.held() != null) {
      node.held().close();
    }
  }

  private void dropNames(Node node) {
    for (Node.Name name : node.knownNames()) {
      byName.remove(name);
      unname(node, name.parent(), name.bytes());
    }
  }
}
