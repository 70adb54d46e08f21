package io.lockstep.replicator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;

/**
 * Cuts the received bytes into frames and checks them. A frame that lies in one read is handed on
 * in place; of one that does not, at most one is collected, so that the memory that a peer can
 * claim is the largest frame. Confined to the connection's event loop.
 */
final class FrameDecoder {
  /** Receives frames. */
  interface Sink {
    /** Whether the next frame may come; what follows is kept until {@link #resume} otherwise. */
    boolean ready();

    /** One checked frame; the payload is valid only during the call. */
    void frame(byte type, int module, ByteBuffer payload) throws Frames.Malformed;
  }

  private static final int SMALL = 512;

  private final ByteBufAllocator allocator;
  private final Sink sink;
  private int maxFrame;
  private boolean trusted;
  private ByteBuf partial;

  /** Of a trusted peer: the memory of the last collected frame, to be used again. */
  private ByteBuf spare;

  private ByteBuf held;

  FrameDecoder(ByteBufAllocator allocator, int maxFrame, Sink sink) {
    this.allocator = allocator;
    this.maxFrame = maxFrame;
    this.sink = sink;
  }

  /** The peer has proved who it is: frames may have {@code bytes}, claimed at once. */
  void trust(int bytes) {
    this.maxFrame = bytes;
    this.trusted = true;
  }

  /** Decodes what is readable; does not release the buffer. */
  void feed(ByteBuf in) throws Frames.Malformed {
    while (in.isReadable()) {
      if (!sink.ready()) {
        hold(in);
        return;
      }
      if (partial != null) {
        complete(in);
        continue;
      }
      int available = in.readableBytes();
      if (available >= Frames.LENGTH_BYTES) {
        int length = checkedLength(in.getInt(in.readerIndex()));
        if (available >= Frames.LENGTH_BYTES + length) {
          int body = in.readerIndex() + Frames.LENGTH_BYTES;
          in.skipBytes(Frames.LENGTH_BYTES + length);
          deliver(in.nioBuffer(body, length));
          continue;
        }
      }
      partial = begun();
    }
  }

  private ByteBuf begun() {
    ByteBuf begun = spare;
    spare = null;
    return begun == null ? allocator.directBuffer(SMALL) : begun;
  }

  /** Whether every byte that came belongs to a frame that was handed on. */
  boolean atFrameBoundary() {
    return partial == null && held == null;
  }

  /** Goes on with what was kept while the sink was not ready. */
  void resume() throws Frames.Malformed {
    ByteBuf kept = held;
    if (kept == null) {
      return;
    }
    held = null;
    try {
      feed(kept);
    } finally {
      kept.release();
    }
  }

  /** Frees what was collected. */
  void release() {
    if (partial != null) {
      partial.release();
      partial = null;
    }
    if (held != null) {
      held.release();
      held = null;
    }
    if (spare != null) {
      spare.release();
      spare = null;
    }
  }

  private void hold(ByteBuf in) throws Frames.Malformed {
    if (held == null) {
      held = allocator.directBuffer(Math.max(SMALL, in.readableBytes()));
    }
    if (held.readableBytes() + in.readableBytes() > maxFrame) {
      throw new Frames.Malformed("more than " + maxFrame + " bytes before the connection was up");
    }
    held.writeBytes(in);
  }

  private void complete(ByteBuf in) throws Frames.Malformed {
    if (partial.writerIndex() < Frames.LENGTH_BYTES) {
      take(in, Frames.LENGTH_BYTES);
      if (partial.writerIndex() < Frames.LENGTH_BYTES) {
        return;
      }
    }
    int length = checkedLength(partial.getInt(0));
    int whole = Frames.LENGTH_BYTES + length;
    if (partial.capacity() < whole) {
      grow(in.readableBytes(), whole);
    }
    take(in, whole);
    if (partial.writerIndex() == whole) {
      ByteBuf frame = partial;
      partial = null;
      try {
        deliver(frame.nioBuffer(Frames.LENGTH_BYTES, length));
      } finally {
        finished(frame);
      }
    }
  }

  private void finished(ByteBuf frame) {
    if (trusted && spare == null) {
      spare = frame.clear();
    } else {
      frame.release();
    }
  }

  /** From strangers, claims memory as the bytes come, so that a length alone claims little. */
  private void grow(int coming, int whole) {
    if (trusted) {
      partial.capacity(whole);
      return;
    }
    int needed = partial.writerIndex() + coming;
    if (needed > partial.capacity()) {
      int size = Math.min(whole, Math.max(needed, 2 * partial.capacity()));
      partial.capacity(size);
    }
  }

  private void take(ByteBuf in, int upTo) {
    int missing = Math.min(upTo, partial.capacity()) - partial.writerIndex();
    partial.writeBytes(in, Math.min(missing, in.readableBytes()));
  }

  private int checkedLength(int length) throws Frames.Malformed {
    if (length < Frames.HEADER || length > maxFrame) {
      throw new Frames.Malformed(
          "a frame of "
              + Integer.toUnsignedString(length)
              + " bytes; allowed are "
              + Frames.HEADER
              + " to "
              + maxFrame);
    }
    return length;
  }

  private void deliver(ByteBuffer body) throws Frames.Malformed {
    int stored = Frames.storedChecksum(body);
    int actual = Frames.checksum(body);
    byte type = body.get(0);
    if (stored != actual) {
      throw new Frames.Malformed(
          String.format("a frame of type %d with a wrong checksum", Byte.toUnsignedInt(type)));
    }
    if (type == 0) {
      throw new Frames.Malformed("a frame of type 0");
    }
    int module = Short.toUnsignedInt(body.getShort(1));
    sink.frame(type, module, body.position(Frames.HEADER).slice());
  }
}
