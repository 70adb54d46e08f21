package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Memory is used again, fits, and is bounded. */
class BufferPoolTest {
  @Property
  void whatIsTakenFitsAndWastesAtMostAQuarter(@ForAll @IntRange(min = 1, max = 6 << 20) int bytes) {
    ByteBuffer taken = new BufferPool(0).take(bytes);
    assertThat(taken.remaining()).isEqualTo(bytes);
    assertThat(taken.capacity()).isLessThanOrEqualTo(Math.max(512, bytes + bytes / 4 + 1));
  }

  @Property
  void whatIsGivenBackIsTakenAgain(@ForAll @IntRange(min = 1, max = 2 << 20) int bytes) {
    BufferPool pool = new BufferPool(64 << 20);
    ByteBuffer first = pool.take(bytes);
    first.position(bytes);
    pool.give(first);
    assertThat(pool.keptBytes()).isEqualTo(first.capacity());
    ByteBuffer again = pool.take(bytes);
    assertThat(again).isSameAs(first);
    assertThat(again.position()).isZero();
    assertThat(again.limit()).isEqualTo(bytes);
    assertThat(pool.keptBytes()).isZero();
  }

  @Test
  void keepsNoMoreThanItMay() {
    BufferPool pool = new BufferPool(10_000);
    ByteBuffer[] all = new ByteBuffer[10];
    for (int i = 0; i < all.length; i++) {
      all[i] = pool.take(4096);
    }
    for (ByteBuffer each : all) {
      pool.give(each);
    }
    assertThat(pool.keptBytes()).isBetween(1L, 10_000L);
  }
}
