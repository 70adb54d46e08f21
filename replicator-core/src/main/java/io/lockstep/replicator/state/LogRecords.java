package io.lockstep.replicator.state;

import io.lockstep.replicator.port.Disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The layout of a {@link ChecksummedLog}'s file: a header, then records on 8-byte bounds.
 *
 * <p>Header of 32 bytes: magic, format version, 4 bytes zero, salt, CRC32C of what precedes, 4
 * bytes zero. Record: magic, payload length, durable offset when it was appended, CRC32C, 4 bytes
 * zero, payload, padding with zeros. The checksum covers salt, offset, length, durable offset and
 * payload, so that a record of an older file or of another place is never taken for one of this.
 */
final class LogRecords {
  static final int HEADER_BYTES = 32;
  static final int RECORD_HEADER_BYTES = 24;
  private static final long FILE_MAGIC = 0x4c4b53544c4f4731L; // LKSTLOG1
  private static final int RECORD_MAGIC = 0x4c52ec0d;
  private static final int VERSION = 1;

  private LogRecords() {}

  static ByteBuffer header(long salt) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putLong(FILE_MAGIC).putInt(VERSION).putInt(0).putLong(salt);
    header.putInt(crc(header.slice(0, 24))).putInt(0);
    return header.flip();
  }

  /** The salt of a file, or null when its header is not valid. */
  static Long salt(ByteBuffer header, String file) throws IOException {
    if (header.remaining() < HEADER_BYTES
        || header.getLong(0) != FILE_MAGIC
        || header.getInt(24) != crc(header.slice(0, 24))) {
      return null;
    }
    if (header.getInt(8) > VERSION) {
      throw new IOException(
          file
              + " has format version "
              + header.getInt(8)
              + ", this software reads up to "
              + VERSION
              + ": start the newer version again");
    }
    return header.getLong(16);
  }

  /** Bytes that a record takes in the file. */
  static int recordBytes(int payloadBytes) {
    return (RECORD_HEADER_BYTES + payloadBytes + 7) & ~7;
  }

  /** Fills {@code target} with the record for the file offset {@code offset}. */
  static void encode(ByteBuffer target, long salt, long offset, long durable, ByteBuffer payload) {
    int length = payload.remaining();
    target.clear();
    target.putInt(RECORD_MAGIC).putInt(length).putLong(durable);
    target.putInt(crc(salt, offset, durable, payload)).putInt(0).put(payload.duplicate());
    while ((target.position() & 7) != 0) {
      target.put((byte) 0);
    }
    target.flip();
  }

  /**
   * Finds the valid record at a file offset.
   *
   * @return null when there is none
   */
  static Found find(Window window, long salt, long offset) throws IOException {
    ByteBuffer head = window.at(offset, RECORD_HEADER_BYTES);
    if (head == null || head.getInt() != RECORD_MAGIC) {
      return null;
    }
    int length = head.getInt();
    long durable = head.getLong();
    int crc = head.getInt();
    if (length < 0 || length > ChecksummedLog.MAX_RECORD_BYTES || durable > offset) {
      return null;
    }
    ByteBuffer whole = window.at(offset, recordBytes(length));
    if (whole == null) {
      return null;
    }
    ByteBuffer payload = whole.slice(RECORD_HEADER_BYTES, length);
    return crc(salt, offset, durable, payload) == crc ? new Found(durable, payload) : null;
  }

  private static int crc(long salt, long offset, long durable, ByteBuffer payload) {
    CRC32C crc = new CRC32C();
    ByteBuffer fixed = ByteBuffer.allocate(28);
    crc.update(
        fixed.putLong(salt).putLong(offset).putLong(durable).putInt(payload.remaining()).flip());
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** A valid record; the payload is valid until the window moves. */
  record Found(long durable, ByteBuffer payload) {
    int bytes() {
      return recordBytes(payload.capacity());
    }
  }

  /** A moving view of a file up to a given end. */
  static final class Window {
    private final DiskFile file;
    private final long end;
    private final byte[] bytes = new byte[2 * recordBytes(ChecksummedLog.MAX_RECORD_BYTES)];
    private long start;
    private int length;

    Window(DiskFile file, long end) {
      this.file = file;
      this.end = end;
    }

    /** The bytes from {@code offset} on; null when the file ends before {@code count} of them. */
    ByteBuffer at(long offset, int count) throws IOException {
      if (offset + count > end) {
        return null;
      }
      if (offset < start || offset + count > start + length) {
        start = offset;
        length = (int) Math.min(bytes.length, end - offset);
        ByteBuffer wanted = ByteBuffer.wrap(bytes, 0, length);
        while (wanted.hasRemaining()) {
          if (file.read(wanted, offset + wanted.position()) < 0) {
            throw new EOFException("the file ends at byte " + (offset + wanted.position()));
          }
        }
      }
      return ByteBuffer.wrap(bytes, (int) (offset - start), count).slice();
    }
  }
}
