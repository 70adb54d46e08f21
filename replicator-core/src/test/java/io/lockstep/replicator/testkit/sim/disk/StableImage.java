package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.NewFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What of a file system would be there after a loss of power, and the journal of metadata changes
 * that are not: transactions, each whole or not at all, in the order in which they were made.
 */
final class StableImage {
  /** An inode on the disk. */
  private static final class Node {
    private final long inode;
    private final NewFile born;
    private final TreeMap<String, Long> children = new TreeMap<>();
    private final TreeMap<String, byte[]> xattrs = new TreeMap<>();
    private final TreeMap<Long, Page.Block> blocks = new TreeMap<>();
    private Inode.Attributes attributes;
    private long size;

    private Node(Change.Born born) {
      this.inode = born.inode();
      this.born = born.what();
      this.size = born.what().target().length;
    }
  }

  private final Map<Long, Node> nodes = new HashMap<>();
  private final List<List<Change>> pending = new ArrayList<>();
  private final Consumer<Page> writeback;

  /** {@code writeback} is called for a page that has to be on the disk before a change is. */
  StableImage(Consumer<Page> writeback) {
    this.writeback = writeback;
  }

  void log(List<Change> transaction) {
    pending.add(transaction);
  }

  /** Transactions that a loss of power could undo. */
  int pending() {
    return pending.size();
  }

  /** Makes the oldest {@code count} transactions stable. */
  void commit(int count) {
    for (List<Change> transaction : pending.subList(0, count)) {
      transaction.forEach(this::apply);
    }
    pending.subList(0, count).clear();
  }

  /** Makes stable all up to the last transaction that has such a change. */
  void commitThrough(Predicate<Change> which) {
    for (int i = pending.size() - 1; i >= 0; i--) {
      if (pending.get(i).stream().anyMatch(which)) {
        commit(i + 1);
        return;
      }
    }
  }

  /** Makes stable what one file is and holds, whatever becomes of names and other files. */
  void commitFile(long number) {
    Predicate<Change> own = change -> change.number() == number && !change.ofNames();
    for (List<Change> transaction : pending) {
      transaction.stream().filter(own).forEach(this::apply);
      transaction.removeIf(own);
    }
  }

  /** Forgets what was not committed. */
  void drop() {
    pending.clear();
  }

  private void apply(Change change) {
    if (change instanceof Change.Born born) {
      nodes.put(born.number(), new Node(born));
      return;
    }
    Node node = nodes.get(change.number());
    if (node == null) {
      return;
    }
    if (change instanceof Change.Attributes attributes) {
      node.attributes = attributes.attributes();
    } else if (change instanceof Change.Xattr xattr) {
      put(node.xattrs, xattr.name(), xattr.value());
    } else if (change instanceof Change.Name name) {
      put(node.children, name.name(), name.child() == 0 ? null : (Long) name.child());
    } else if (change instanceof Change.Gone) {
      nodes.remove(change.number());
    } else if (change instanceof Change.Map map) {
      node.blocks.put(map.page(), map.block());
      node.size = Math.max(node.size, Math.min(map.size(), (map.page() + 1) * Page.BYTES));
    } else if (change instanceof Change.Unmap unmap) {
      node.blocks.subMap(unmap.first(), unmap.end()).clear();
    } else if (change instanceof Change.Size size) {
      resize(node, size);
    }
  }

  private void resize(Node node, Change.Size change) {
    if (change.tail() != null && change.tail().dirty() && change.tail().tailCut) {
      writeback.accept(change.tail());
    }
    node.size = change.size();
    node.blocks.tailMap((change.size() + Page.BYTES - 1) / Page.BYTES).clear();
  }

  private static <V> void put(Map<String, V> map, String key, V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  /**
   * What a mount finds: the root {@code number} and all below it, with the link counts that names
   * give.
   */
  Inode mount(long number, Map<Long, Inode> mounted) {
    Inode known = mounted.get(number);
    if (known != null) {
      known.links++;
      return known;
    }
    Node node = nodes.get(number);
    Inode inode = new Inode(number, node.inode, node.born, 0);
    mounted.put(number, inode);
    inode.set(node.attributes);
    inode.links = 1;
    inode.size = node.size;
    inode.xattrs.putAll(node.xattrs);
    node.blocks.forEach((page, block) -> inode.pages.put(page, page(inode, page, block)));
    node.children.forEach((name, child) -> inode.children.put(name, mount(child, mounted)));
    return inode;
  }

  /** Forgets what no mount found. */
  void keep(Map<Long, Inode> mounted) {
    nodes.keySet().retainAll(mounted.keySet());
  }

  private static Page page(Inode inode, long number, Page.Block block) {
    Page page = new Page(inode, number);
    long end = inode.size - number * Page.BYTES;
    if (end < Page.BYTES) {
      block.bytes =
          java.util.Arrays.copyOf(
              java.util.Arrays.copyOf(block.bytes, (int) Math.max(end, 0)), Page.BYTES);
    }
    page.block = block;
    page.bytes = block.bytes;
    return page;
  }
}
