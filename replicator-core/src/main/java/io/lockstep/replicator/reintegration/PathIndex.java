package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.TreePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Elements by path, such that all elements below a directory are found together: the separator
 * sorts before every other byte. Not thread-safe.
 */
final class PathIndex<E> {
  private static final Comparator<TreePath> BY_TREE =
      (one, other) -> {
        int byDirectory = Integer.compare(one.directory(), other.directory());
        if (byDirectory != 0) {
          return byDirectory;
        }
        byte[] a = one.bytes();
        byte[] b = other.bytes();
        int length = Math.min(a.length, b.length);
        for (int i = 0; i < length; i++) {
          if (a[i] != b[i]) {
            return Integer.compare(rank(a[i]), rank(b[i]));
          }
        }
        return Integer.compare(a.length, b.length);
      };

  /** One element under one path. */
  record Placed<E>(TreePath path, E element) {}

  private final TreeMap<TreePath, Set<E>> elements = new TreeMap<>(BY_TREE);

  private static int rank(byte b) {
    return b == '/' ? -1 : Byte.toUnsignedInt(b);
  }

  void add(TreePath path, E element) {
    elements.computeIfAbsent(path, p -> new LinkedHashSet<>(2)).add(element);
  }

  void remove(TreePath path, E element) {
    Set<E> at = elements.get(path);
    if (at != null && at.remove(element) && at.isEmpty()) {
      elements.remove(path);
    }
  }

  /** Takes out everything at {@code root} and below it. */
  List<Placed<E>> takeSubtree(TreePath root) {
    List<Placed<E>> taken = new ArrayList<>();
    var tail = elements.tailMap(root, true).entrySet().iterator();
    while (tail.hasNext()) {
      Map.Entry<TreePath, Set<E>> entry = tail.next();
      if (!entry.getKey().startsWith(root)) {
        break;
      }
      entry.getValue().forEach(element -> taken.add(new Placed<>(entry.getKey(), element)));
      tail.remove();
    }
    return taken;
  }

  void clear() {
    elements.clear();
  }
}
