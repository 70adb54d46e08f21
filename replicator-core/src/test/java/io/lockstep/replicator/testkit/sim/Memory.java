package io.lockstep.replicator.testkit.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Big buffers of simulated processes, kept from process to process and from run to run: to fill new
 * ones with zeros costs more than all that is done with them. What one holds at first is what its
 * last owner left in it.
 */
public final class Memory {
  private record Taken(SimProcess by, ByteBuffer buffer) {
    /** Whether nothing can use it any more. */
    boolean over() {
      return by.dead && by.threads.isEmpty();
    }
  }

  private final List<ByteBuffer> free = new ArrayList<>();
  private final List<Taken> taken = new ArrayList<>();

  /** A direct buffer of that size, the process's until it is dead. */
  public ByteBuffer take(SimProcess by, int bytes) {
    for (Iterator<Taken> each = taken.iterator(); each.hasNext(); ) {
      Taken one = each.next();
      if (one.over()) {
        each.remove();
        free.add(one.buffer());
      }
    }
    ByteBuffer buffer = null;
    for (int i = free.size() - 1; i >= 0 && buffer == null; i--) {
      if (free.get(i).capacity() == bytes) {
        buffer = free.remove(i);
      }
    }
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(bytes);
    }
    taken.add(new Taken(by, buffer));
    return buffer.duplicate();
  }

  /** The world is over, and all its processes. */
  void giveBackAll() {
    taken.forEach(each -> free.add(each.buffer()));
    taken.clear();
  }
}
