package io.lockstep.replicator.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The layout of one journal record inside a document of the queue; big-endian.
 *
 * <p>Magic and version, payload length, salt of the segment, sequence, durable mark known when it
 * was appended, CRC32C of all that follows the magic, payload, zeros up to 4 bytes. The queue
 * itself has no checksum: a page of zeros or a stale one would read as a valid document. The salt
 * keeps a record that was copied into a payload from being taken for one of the journal.
 */
final class RecordFormat {
  static final int HEADER_BYTES = 36;
  static final int MAX_PAYLOAD_BYTES = 2 << 20;
  static final int MAGIC = 0x4c4b4a01;

  private static final int CRC_AT = 32;

  private RecordFormat() {}

  /** Bytes of the record. */
  static int bytes(int payloadBytes) {
    return (HEADER_BYTES + payloadBytes + 3) & ~3;
  }

  /**
   * Bytes of the document that holds it: never a power of two, so that no single bit that flips
   * makes its length zero, which is what a document that is being written has.
   */
  static int documentBytes(int payloadBytes) {
    int bytes = bytes(payloadBytes);
    return Integer.bitCount(bytes) == 1 ? bytes + 4 : bytes;
  }

  /** Fills {@code target} from 0; its limit is the document's end then. */
  static void encode(
      ByteBuffer target, CRC32C crc, long salt, long sequence, long durable, ByteBuffer payload) {
    int position = payload.position();
    target.clear();
    target.order(ByteOrder.BIG_ENDIAN);
    target.putInt(MAGIC).putInt(payload.remaining());
    target.putLong(salt).putLong(sequence).putLong(durable).putInt(0).put(payload);
    payload.position(position);
    while ((target.position() & 3) != 0) {
      target.put((byte) 0);
    }
    target.flip();
    target.putInt(CRC_AT, crc(target, crc));
    int bytes = target.limit();
    target.limit(documentBytes(payload.remaining()));
    while (bytes < target.limit()) {
      target.put(bytes++, (byte) 0);
    }
  }

  /** Checks a whole record; null when it is not valid. Position and limit bound it. */
  static Found decode(ByteBuffer record) {
    ByteBuffer whole = record.slice();
    if (whole.remaining() < HEADER_BYTES || whole.getInt(0) != MAGIC) {
      return null;
    }
    int length = whole.getInt(4);
    if (length < 0 || length > MAX_PAYLOAD_BYTES || bytes(length) > whole.remaining()) {
      return null;
    }
    whole.limit(bytes(length));
    if (whole.getInt(CRC_AT) != crc(whole, new CRC32C())) {
      return null;
    }
    return new Found(
        whole.getLong(8), whole.getLong(16), whole.getLong(24), whole.slice(HEADER_BYTES, length));
  }

  private static int crc(ByteBuffer record, CRC32C crc) {
    crc.reset();
    int limit = record.limit();
    crc.update(record.position(4).limit(CRC_AT));
    record.limit(limit).position(HEADER_BYTES);
    crc.update(record);
    record.position(0);
    return (int) crc.getValue();
  }

  /** A valid record; the payload is valid as long as the buffer that it was read into. */
  record Found(long salt, long sequence, long durable, ByteBuffer payload) {
    int bytes() {
      return RecordFormat.bytes(payload.capacity());
    }

    /** Whether its document has so many bytes; earlier versions had powers of two, too. */
    boolean fills(int documentBytes) {
      return documentBytes == RecordFormat.documentBytes(payload.capacity())
          || documentBytes == bytes();
    }
  }
}
