package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The way from a path to an inode, and the refusals on it, as POSIX has them. */
final class Names {
  private Names() {}

  static Inode find(List<Inode> roots, TreePath path) throws StoreException {
    if (path.directory() >= roots.size()) {
      throw failure(Failure.NOT_FOUND, path);
    }
    if (path.isRoot()) {
      return roots.get(path.directory());
    }
    Inode node = parent(roots, path).children.get(key(path));
    if (node == null) {
      throw failure(Failure.NOT_FOUND, path);
    }
    return node;
  }

  static Inode parent(List<Inode> roots, TreePath path) throws StoreException {
    if (path.isRoot()) {
      throw failure(Failure.BUSY, path);
    }
    return directory(roots, path.parent());
  }

  static Inode directory(List<Inode> roots, TreePath path) throws StoreException {
    Inode node = find(roots, path);
    if (!node.isDirectory()) {
      throw failure(Failure.NOT_A_DIRECTORY, path);
    }
    return node;
  }

  static void sameStore(TreePath one, TreePath other) throws StoreException {
    if (one.directory() != other.directory()) {
      throw failure(Failure.CROSSES_STORES, other);
    }
  }

  /** A directory does not go below itself. */
  static void notBelowItself(Inode node, TreePath from, TreePath to) throws StoreException {
    if (node.isDirectory() && !to.equals(from) && to.startsWith(from)) {
      throw failure(Failure.INVALID, to);
    }
  }

  static void free(Inode parent, TreePath path) throws StoreException {
    if (parent.children.containsKey(key(path))) {
      throw failure(Failure.EXISTS, path);
    }
  }

  /** Whether {@code victim} may make room for {@code node}. */
  static void replaceable(Inode victim, Inode node, TreePath path) throws StoreException {
    if (victim.isDirectory() != node.isDirectory()) {
      throw failure(node.isDirectory() ? Failure.NOT_A_DIRECTORY : Failure.IS_A_DIRECTORY, path);
    }
    if (!victim.children.isEmpty()) {
      throw failure(Failure.NOT_EMPTY, path);
    }
  }

  static String key(TreePath path) {
    return text(path.name());
  }

  static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  static StoreException failure(Failure failure, TreePath path) {
    return new StoreException(failure, failure + ": " + path);
  }
}
