package io.lockstep.replicator.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Cutting bytes into frames, wherever the network cut them, in bounded memory. */
class FrameDecoderTest {
  private static final int MAX = 1 << 20;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final List<byte[]> frames = new ArrayList<>();
  private boolean ready = true;
  private final FrameDecoder decoder =
      new FrameDecoder(
          allocator,
          MAX,
          new FrameDecoder.Sink() {
            @Override
            public boolean ready() {
              return ready;
            }

            @Override
            public void frame(byte type, int module, ByteBuffer payload) {
              byte[] bytes = new byte[payload.remaining()];
              payload.get(bytes);
              frames.add(bytes);
            }
          });

  @Property(tries = 100)
  void anyCutsGiveTheSameFrames(@ForAll @IntRange(max = 40) int count, @ForAll long seed)
      throws Exception {
    frames.clear();
    Random random = new Random(seed);
    List<byte[]> sent = new ArrayList<>();
    ByteBuf stream = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      byte[] payload = new byte[random.nextInt(5) == 0 ? random.nextInt(3000) : random.nextInt(9)];
      random.nextBytes(payload);
      sent.add(payload);
      stream.writeBytes(RawPeer.frame((byte) 40, payload));
    }
    while (stream.isReadable()) {
      ready = random.nextInt(4) != 0;
      if (ready) {
        decoder.resume();
      }
      int piece = Math.min(stream.readableBytes(), 1 + random.nextInt(1500));
      decoder.feed(stream.readSlice(piece));
    }
    ready = true;
    decoder.resume();
    assertThat(frames).containsExactlyElementsOf(sent);
    decoder.release();
    stream.release();
  }

  @Test
  void aLengthAloneClaimsLittleMemory() throws Exception {
    ByteBuf start = Unpooled.buffer().writeInt(MAX).writeZero(100);
    decoder.feed(start);
    assertThat(allocator.metric().usedDirectMemory()).isLessThan(4096);
    decoder.release();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void aTrustedPeersFramesInPiecesUseTheSameMemory() throws Exception {
    decoder.trust(MAX);
    long used = 0;
    for (int i = 0; i < 5; i++) {
      ByteBuf frame = Unpooled.wrappedBuffer(RawPeer.frame((byte) 40, new byte[100_000]));
      decoder.feed(frame.readSlice(50_000));
      decoder.feed(frame);
      assertThat(frames).hasSize(i + 1);
      used = i == 0 ? allocator.metric().usedDirectMemory() : used;
      assertThat(allocator.metric().usedDirectMemory()).isEqualTo(used).isGreaterThan(100_000);
    }
    decoder.release();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void whatIsHeldBackIsBounded() throws Exception {
    ready = false;
    ByteBuf much = Unpooled.buffer().writeZero(MAX / 2);
    decoder.feed(much.duplicate());
    decoder.feed(much.duplicate());
    assertThatThrownBy(() -> decoder.feed(much.duplicate())).isInstanceOf(Frames.Malformed.class);
    decoder.release();
  }

  @Test
  void lengthsOutsideTheLimitsAreRefusedAtOnce() {
    for (int length : new int[] {-1, 0, Frames.HEADER - 1, MAX + 1}) {
      assertThatThrownBy(() -> decoder.feed(Unpooled.buffer().writeInt(length)))
          .isInstanceOf(Frames.Malformed.class)
          .hasMessageContaining("allowed are");
    }
  }
}
