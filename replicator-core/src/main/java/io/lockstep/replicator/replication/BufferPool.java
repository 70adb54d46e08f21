package io.lockstep.replicator.replication;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct buffers that are used again, so that an operation on its way costs the heap nothing. Keeps
 * those given back, by size, up to a bound. The caller synchronises.
 */
final class BufferPool {
  /** Sizes are these powers of two and three steps between each and the next. */
  private static final int SMALLEST_BITS = 9;

  private static final int LARGEST_BITS = 22;
  private static final int STEPS_BITS = 2;

  private final long mostKeptBytes;
  private final ArrayDeque<ByteBuffer>[] free;
  private long keptBytes;

  /** Keeps at most {@code mostKeptBytes} that nobody uses. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  BufferPool(long mostKeptBytes) {
    this.mostKeptBytes = mostKeptBytes;
    this.free = new ArrayDeque[(LARGEST_BITS - SMALLEST_BITS + 1) << STEPS_BITS];
    for (int i = 0; i < free.length; i++) {
      free[i] = new ArrayDeque<>();
    }
  }

  /** A buffer for {@code bytes}, at position 0, limited to them; big-endian; its content is any. */
  ByteBuffer take(int bytes) {
    int size = sizeFor(bytes);
    ByteBuffer kept = pooled(size) ? free[place(size)].pollLast() : null;
    if (kept == null) {
      return ByteBuffer.allocateDirect(size).limit(bytes);
    }
    keptBytes -= size;
    return kept.clear().limit(bytes);
  }

  /** Gives back what {@link #take} gave; nobody may use it any more. */
  void give(ByteBuffer buffer) {
    int size = buffer.capacity();
    if (pooled(size) && keptBytes + size <= mostKeptBytes) {
      keptBytes += size;
      free[place(size)].addLast(buffer);
    }
  }

  /** Bytes kept for use again. */
  long keptBytes() {
    return keptBytes;
  }

  private static boolean pooled(int size) {
    return size <= 1 << LARGEST_BITS;
  }

  private static int sizeFor(int bytes) {
    int step = 1 << Math.max(SMALLEST_BITS, bits(bytes)) - STEPS_BITS;
    return (Math.max(bytes, 1 << SMALLEST_BITS) + step - 1) / step * step;
  }

  /** The number of the highest bit that is set. */
  private static int bits(int bytes) {
    return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, bytes));
  }

  private static int place(int size) {
    int bits = bits(size);
    int step = (size >> bits - STEPS_BITS) - (1 << STEPS_BITS);
    return (bits - SMALLEST_BITS << STEPS_BITS) + step;
  }
}
