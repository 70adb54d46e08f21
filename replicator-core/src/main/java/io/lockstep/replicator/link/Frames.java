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

  /** The frame types that are the link's own; users of the link number theirs from 16. */
  static final class Type {
    /** A {@link HelloMessage}. */
    static final byte HELLO = 1;

    /** Proof of having the key, 32 bytes. */
    static final byte AUTH = 2;

    /** Asks for a {@link #PONG}; eight bytes that come back. */
    static final byte PING = 3;

    static final byte PONG = 4;

    /** Why the connection is refused, UTF-8. */
    static final byte REFUSE = 5;

    /** The lowest type for users of the link; those that are negative as a byte are theirs, too. */
    static final int FIRST_FREE = 16;

    private Type() {}

    static boolean isReserved(byte type) {
      return Byte.toUnsignedInt(type) < FIRST_FREE;
    }
  }

  /** The peer sent bytes that no correct peer sends; the connection has to be closed. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }
}
