package io.lockstep.replicator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The frame on the wire, big-endian: length u32 of all that follows it, type u8, module u16, CRC32C
 * u32 over type, module and payload, payload.
 */
final class Frames {
  static final int LENGTH_BYTES = 4;
  private static final int CHECKED_HEADER = 3;

  /** What follows the length field when the payload is empty. */
  static final int HEADER = CHECKED_HEADER + 4;

  static final int MAX_MODULE = 0xFFFF;

  private Frames() {}

  /** A frame in a pooled direct buffer that the caller releases. */
  static ByteBuf encode(
      ByteBufAllocator allocator, byte type, int module, int payloadBytes, ByteBuffer... payload) {
    int length = HEADER + payloadBytes;
    ByteBuf frame = allocator.directBuffer(LENGTH_BYTES + length);
    frame.writeInt(length).writeByte(type).writeShort(module).writeInt(0);
    for (ByteBuffer part : payload) {
      frame.writeBytes(part.duplicate());
    }
    ByteBuffer body = frame.internalNioBuffer(LENGTH_BYTES, length);
    frame.setInt(LENGTH_BYTES + CHECKED_HEADER, checksum(body));
    return frame;
  }

  /** The checksum of a frame's body, which begins at the buffer's position. */
  static int checksum(ByteBuffer body) {
    int start = body.position();
    int end = body.limit();
    CRC32C crc = new CRC32C();
    body.limit(start + CHECKED_HEADER);
    crc.update(body);
    body.limit(end).position(start + HEADER);
    crc.update(body);
    body.position(start);
    return (int) crc.getValue();
  }

  static int storedChecksum(ByteBuffer body) {
    return body.getInt(body.position() + CHECKED_HEADER);
  }
}
