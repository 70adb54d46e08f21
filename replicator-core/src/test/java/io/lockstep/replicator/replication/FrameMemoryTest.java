package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What is cut never overlaps, and memory is used again. */
class FrameMemoryTest {
  private static final int SEGMENT_BYTES = 4 << 20;

  private record Held(FrameMemory.Room room, byte mark) {}

  @Property(tries = 40)
  void nothingIsWrittenOverWhileItIsHeld(@ForAll long seed) {
    Random random = new Random(seed);
    FrameMemory memory = new FrameMemory();
    ArrayDeque<Held> held = new ArrayDeque<>();
    for (int step = 0; step < 400; step++) {
      if (random.nextInt(5) > 1) {
        int bytes = random.nextInt(8) == 0 ? random.nextInt(5 << 20) : 1 + random.nextInt(9000);
        FrameMemory.Room room = memory.take(bytes);
        assertThat(room.bytes().remaining()).isEqualTo(bytes);
        byte mark = (byte) step;
        for (int i = 0; i < bytes; i += 97) {
          room.bytes().put(i, mark);
        }
        held.add(new Held(room, mark));
      } else if (!held.isEmpty()) {
        boolean oldest = random.nextInt(4) > 0;
        Held given = oldest ? held.removeFirst() : held.removeLast();
        for (int i = 0; i < given.room().bytes().capacity(); i += 97) {
          assertThat(given.room().bytes().get(i)).isEqualTo(given.mark());
        }
        memory.give(given.room());
      }
    }
  }

  @Test
  void isNeverMoreThanWhatWasHeldAtOnceAndTwoSegments() {
    FrameMemory memory = new FrameMemory();
    ArrayDeque<FrameMemory.Room> held = new ArrayDeque<>();
    int most = 200;
    int bytes = 100_000;
    for (int i = 0; i < 20_000; i++) {
      held.add(memory.take(bytes));
      if (held.size() > most) {
        memory.give(held.removeFirst());
      }
    }
    long waste = (long) most * bytes / SEGMENT_BYTES * bytes;
    assertThat(memory.allocatedBytes())
        .isLessThan((long) (most + 1) * bytes + waste + 2 * SEGMENT_BYTES);
  }

  @Test
  void littleCostsLittle() {
    FrameMemory memory = new FrameMemory();
    for (int i = 0; i < 10_000; i++) {
      memory.give(memory.take(4200));
    }
    assertThat(memory.allocatedBytes()).isLessThanOrEqualTo(128 << 10);
  }
}
