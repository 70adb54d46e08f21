package io.lockstep.replicator.replication;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct memory for encoded operations, which come and go about in the order in which they came:
 * cut from segments, each of which is used again once all that was cut from it is free. So an
 * operation on its way costs the heap next to nothing, and the memory is never more than the most
 * that was under way at once and two segments. The caller synchronises.
 */
final class FrameMemory {
  private static final int SMALLEST_SEGMENT = 64 << 10;
  private static final int LARGEST_SEGMENT = 4 << 20;
  private static final int ALIGNMENT = 8;

  /** Memory from which rooms are cut, one behind the other. */
  static final class Segment {
    private final ByteBuffer memory;
    private int end;
    private int live;

    Segment(int bytes) {
      memory = ByteBuffer.allocateDirect(bytes);
    }

    boolean fits(int bytes) {
      return memory.capacity() - end >= bytes;
    }
  }

  /**
   * Room for one operation.
   *
   * @param bytes big-endian, at position 0; what is in it is any
   */
  record Room(ByteBuffer bytes, Segment segment) {}

  /** Those of which nothing is cut at the moment. */
  private final ArrayDeque<Segment> free = new ArrayDeque<>();

  private Segment current;
  private int nextSegment = SMALLEST_SEGMENT;
  private long allocatedBytes;

  /** Room for {@code bytes}. */
  Room take(int bytes) {
    if (current == null || !current.fits(bytes)) {
      current = segmentFor(bytes);
    }
    ByteBuffer room = current.memory.slice(current.end, bytes);
    current.end = Math.min(aligned(current.end + bytes), current.memory.capacity());
    current.live++;
    return new Room(room, current);
  }

  private Segment segmentFor(int bytes) {
    Segment found = null;
    for (Segment each : free) {
      if (each.fits(bytes)) {
        found = each;
      }
    }
    if (found != null) {
      free.remove(found);
      return found;
    }
    int size = Math.max(nextSegment, aligned(bytes));
    nextSegment = Math.min(LARGEST_SEGMENT, 2 * nextSegment);
    allocatedBytes += size;
    return new Segment(size);
  }

  /** Nobody uses that room any more; once for each. */
  void give(Room room) {
    Segment segment = room.segment();
    segment.live--;
    if (segment.live == 0) {
      segment.end = 0;
      if (segment != current) {
        free.addLast(segment);
      }
    }
  }

  /** Bytes of all segments. */
  long allocatedBytes() {
    return allocatedBytes;
  }

  private static int aligned(int bytes) {
    return bytes + ALIGNMENT - 1 & -ALIGNMENT;
  }
}
