package io.lockstep.replicator.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.junit.jupiter.api.Test;

class ReadBufferTest {
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final ReadBuffer reads = new ReadBuffer(new FixedRecvByteBufAllocator(64), 4096);

  @SuppressWarnings("deprecation") // the interface names this type
  private final RecvByteBufAllocator.Handle handle = reads.newHandle();

  @Test
  void strangersGetWhatTheChannelGave() {
    ByteBuf first = handle.allocate(allocator);
    assertThat(first.capacity()).isEqualTo(64);
    first.release();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void onceTrustedTheSameMemoryIsReadToAgain() {
    reads.keep();
    ByteBuf first = handle.allocate(allocator);
    assertThat(first.capacity()).isEqualTo(4096);
    first.writeInt(7).release();
    ByteBuf second = handle.allocate(allocator);
    assertThat(second).isSameAs(first);
    assertThat(second.readableBytes()).isZero();
    second.release();
    reads.release();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void memoryThatSomebodyHoldsIsNotReadTo() {
    reads.keep();
    ByteBuf held = handle.allocate(allocator).writeInt(7);
    ByteBuf other = handle.allocate(allocator);
    assertThat(other).isNotSameAs(held);
    assertThat(held.getInt(0)).isEqualTo(7);
    other.release();
    held.release();
    reads.release();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void theBufferLivesUntilItsLastUserIsDone() {
    reads.keep();
    ByteBuf held = handle.allocate(allocator);
    reads.release();
    assertThat(held.refCnt()).isEqualTo(1);
    held.release();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }
}
