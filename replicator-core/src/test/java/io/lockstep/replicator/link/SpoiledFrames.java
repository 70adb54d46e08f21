package io.lockstep.replicator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;

/** Asks production's decoder what it makes of a frame of which one bit was turned over. */
public final class SpoiledFrames {
  private static final int LARGEST = 8 << 20;

  private SpoiledFrames() {}

  /**
   * Whether a frame of {@code payload} is refused with bit {@code bit} of its body turned over. A
   * spoiled length makes the decoder wait or refuse, so it is left alone.
   */
  public static boolean refused(byte[] payload, int bit) {
    ByteBuf frame =
        Frames.encode(
            UnpooledByteBufAllocator.DEFAULT,
            (byte) Frames.Type.FIRST_FREE,
            0,
            payload.length,
            ByteBuffer.wrap(payload));
    int body = frame.readableBytes() - Frames.LENGTH_BYTES;
    int at = Frames.LENGTH_BYTES + (bit / 8) % body;
    frame.setByte(at, frame.getByte(at) ^ 1 << bit % 8);
    FrameDecoder decoder =
        new FrameDecoder(
            UnpooledByteBufAllocator.DEFAULT,
            LARGEST,
            new FrameDecoder.Sink() {
              @Override
              public boolean ready() {
                return true;
              }

              @Override
              public void frame(byte type, int module, ByteBuffer received) {}
            });
    try {
      decoder.feed(frame);
      return false;
    } catch (Frames.Malformed e) {
      return true;
    } finally {
      decoder.release();
      frame.release();
    }
  }
}
