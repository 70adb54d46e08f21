package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.TreePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which names of one directory changed. Guarded by the {@link DirtyMap} that holds it. */
final class DirtyDirectory {
  /** Names after which the whole listing counts as changed. */
  static final int MAX_NAMES = 16 * 1024;

  final FileId id;
  TreePath path;

  /** Every name may have changed: the whole listing is sent and what is not in it removed. */
  boolean all;

  private final Set<String> names = new TreeSet<>();

  DirtyDirectory(FileId id, TreePath path) {
    this.id = id;
    this.path = path;
  }

  void add(byte[] name) {
    if (!all) {
      names.add(new String(name, StandardCharsets.ISO_8859_1));
      if (names.size() > MAX_NAMES) {
        all();
      }
    }
  }

  void all() {
    all = true;
    names.clear();
  }

  void mergeOlder(DirtyDirectory older) {
    if (older.all) {
      all();
    } else {
      older.names().forEach(this::add);
    }
  }

  int count() {
    return names.size();
  }

  /** The names in ascending order of their bytes; empty when all may have changed. */
  List<byte[]> names() {
    List<byte[]> list = new ArrayList<>(names.size());
    names.forEach(name -> list.add(name.getBytes(StandardCharsets.ISO_8859_1)));
    return list;
  }
}
