package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.TreePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

  /** Hardly ever more than one, so immutable and small. */
  private final TreeMap<TreePath, List<E>> elements = new TreeMap<>(BY_TREE);

  private static int rank(byte b) {
    return b == '/' ? -1 : Byte.toUnsignedInt(b);
  }

  void add(TreePath path, E element) {
    List<E> before = elements.get(path);
    if (before == null) {
      elements.put(path, List.of(element));
    } else if (!before.contains(element)) {
      List<E> more = new ArrayList<>(before);
      more.add(element);
      elements.put(path, List.copyOf(more));
    }
  }

  void remove(TreePath path, E element) {
    List<E> before = elements.get(path);
    if (before != null && before.contains(element)) {
      List<E> fewer = before.stream().filter(each -> !each.equals(element)).toList();
      if (fewer.isEmpty()) {
        elements.remove(path);
      } else {
        elements.put(path, fewer);
      }
    }
  }

  /** Takes out everything at {@code root} and below it. */
  List<Placed<E>> takeSubtree(TreePath root) {
    List<Placed<E>> taken = new ArrayList<>();
    var tail = elements.tailMap(root, true).entrySet().iterator();
    while (tail.hasNext()) {
      Map.Entry<TreePath, List<E>> entry = tail.next();
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
