package io.lockstep.replicator.reintegration;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A set of byte ranges of one file, kept sorted and joined where they touch or overlap. Not
 * thread-safe. {@link Long#MAX_VALUE} as an end means to the end of the file, wherever that is.
 */
final class RangeSet {
  /** Receives one range, the end exclusive. */
  @FunctionalInterface
  interface Visitor<E extends Exception> {
    void range(long from, long to) throws E;
  }

  /** What every empty set has: of many files nothing but their attributes changed. */
  private static final NavigableMap<Long, Long> NONE = Collections.emptyNavigableMap();

  private NavigableMap<Long, Long> ranges = NONE;

  /** Adds one range; an empty one changes nothing. */
  void add(long from, long to) {
    if (from >= to) {
      return;
    }
    if (isEmpty()) {
      ranges = new TreeMap<>();
    }
    long start = from;
    long end = to;
    Map.Entry<Long, Long> before = ranges.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      start = before.getKey();
      end = Math.max(end, before.getValue());
    }
    Map.Entry<Long, Long> next = ranges.ceilingEntry(start);
    while (next != null && next.getKey() <= end) {
      end = Math.max(end, next.getValue());
      ranges.remove(next.getKey());
      next = ranges.ceilingEntry(start);
    }
    ranges.put(start, end);
  }

  /** Adds every range of {@code other}. */
  void addAll(RangeSet other) {
    other.ranges.forEach(this::add);
  }

  /** Drops everything at or beyond {@code size}. */
  void cut(long size) {
    if (isEmpty()) {
      return;
    }
    ranges.tailMap(size, true).clear();
    Map.Entry<Long, Long> last = ranges.lastEntry();
    if (last != null && last.getValue() > size) {
      ranges.put(last.getKey(), size);
    }
  }

  /** Grows every range to multiples of {@code granularity}, joining those that then touch. */
  void coarsen(long granularity) {
    NavigableMap<Long, Long> old = ranges;
    ranges = NONE;
    old.forEach((from, to) -> add(from / granularity * granularity, roundUp(to, granularity)));
  }

  private static long roundUp(long value, long granularity) {
    long up = (value / granularity + (value % granularity == 0 ? 0 : 1)) * granularity;
    return up < value ? Long.MAX_VALUE : up;
  }

  /** Number of separate ranges. */
  int count() {
    return ranges.size();
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Total length of what lies below {@code size}. */
  long bytesBelow(long size) {
    long total = 0;
    for (Map.Entry<Long, Long> range : ranges.entrySet()) {
      total += Math.max(0, Math.min(range.getValue(), size) - Math.min(range.getKey(), size));
    }
    return total;
  }

  /** Visits the parts below {@code size} in ascending order. */
  <E extends Exception> void forEachBelow(long size, Visitor<E> visitor) throws E {
    for (Map.Entry<Long, Long> range : ranges.entrySet()) {
      if (range.getKey() < size) {
        visitor.range(range.getKey(), Math.min(range.getValue(), size));
      }
    }
  }

  /** Visits every range as it is kept. */
  <E extends Exception> void forEach(Visitor<E> visitor) throws E {
    for (Map.Entry<Long, Long> range : ranges.entrySet()) {
      visitor.range(range.getKey(), range.getValue());
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RangeSet set && ranges.equals(set.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
