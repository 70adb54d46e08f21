package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.TreePath;
import java.util.ArrayList;
import java.util.List;

/**
 * What changed of one file, link or directory itself (not of the names in it). Guarded by the
 * {@link DirtyMap} that holds it.
 */
final class DirtyFile {
  /** Separate ranges after which they are made coarser: to this many bytes, one after the other. */
  static final int MAX_RANGES = 4096;

  private static final long[] GRANULARITIES = {4096, 64 << 10, 4 << 20};
  private static final int MAX_NAMES = 64;

  final FileId id;

  /** Known names, the likeliest first; empty when none is known any more though some may exist. */
  private final List<TreePath> names = new ArrayList<>(1);

  /** Ranges whose bytes are known to have changed. */
  final RangeSet exact = new RangeSet();

  /** Ranges that may have changed: compared by hashes. */
  final RangeSet coarse = new RangeSet();

  /** Came into being in this period; nothing of it exists on the peer but what was sent. */
  boolean created;

  /** Created, and the peer was never told of it. */
  boolean fresh;

  /** Extended attributes changed. */
  boolean xattrs;

  /** The shortest that the file was cut to; what the peer has beyond it is void. */
  long lowWater = Long.MAX_VALUE;

  DirtyFile(FileId id) {
    this.id = id;
  }

  /** A name that should lead to the file; null when none is known. */
  TreePath path() {
    return names.isEmpty() ? null : names.get(0);
  }

  List<TreePath> names() {
    return names;
  }

  boolean addName(TreePath name) {
    return names.size() < MAX_NAMES && !names.contains(name) && names.add(name);
  }

  void write(long from, long to) {
    exact.add(from, to);
    limit();
  }

  /** May differ there: to be compared. */
  void doubt(long from, long to) {
    coarse.add(from, to);
    limit();
  }

  void truncate(long size) {
    lowWater = Math.min(lowWater, size);
    exact.cut(size);
  }

  /** Everything in it is to be compared. */
  void whole() {
    coarse.add(0, Long.MAX_VALUE);
    xattrs = true;
  }

  /** Adds what {@code older}, an earlier state of the same file's element, knew. */
  void mergeOlder(DirtyFile older) {
    older.exact.cut(lowWater);
    exact.addAll(older.exact);
    coarse.addAll(older.coarse);
    created |= older.created;
    fresh = false;
    xattrs |= older.xattrs;
    lowWater = Math.min(lowWater, older.lowWater);
    limit();
  }

  /** Adds what {@code other} knows, whichever is older: may say more than is true, never less. */
  void unite(DirtyFile other) {
    exact.addAll(other.exact);
    coarse.addAll(other.coarse);
    created |= other.created;
    fresh &= other.fresh;
    xattrs |= other.xattrs;
    lowWater = Math.min(lowWater, other.lowWater);
    other.names.forEach(this::addName);
    limit();
  }

  /** Ranges held, for the bound on memory. */
  int ranges() {
    return exact.count() + coarse.count();
  }

  /** Makes ranges coarser until there are few enough; the coarser ones are compared by hashes. */
  void limit() {
    for (int i = 0; i < GRANULARITIES.length && exact.count() > MAX_RANGES; i++) {
      exact.coarsen(GRANULARITIES[i]);
      if (i > 0) {
        coarse.addAll(exact);
        coarse.coarsen(GRANULARITIES[i]);
        exact.cut(0);
      }
    }
    if (coarse.count() > MAX_RANGES) {
      coarse.coarsen(GRANULARITIES[GRANULARITIES.length - 1]);
      if (coarse.count() > MAX_RANGES) {
        coarse.add(0, Long.MAX_VALUE);
      }
    }
  }
}
