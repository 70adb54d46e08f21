package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.Disk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Reads a queue's file as bytes, without the queue: a damaged file must be looked at without being
 * mapped, waited for or repaired, and a fault of the disk must be an IOException.
 *
 * <p>A document is a little-endian header of 4 bytes (length in the low 30 bits, bit 30 for the
 * queue's own data, bit 31 while unfinished), then its bytes. The queue writes the bytes first and
 * the header last; only the header of the file's first document says unfinished meanwhile.
 * Thread-safe.
 */
final class SegmentFile implements AutoCloseable {
  private static final int UNFINISHED = 0x80000000;
  private static final int META = 0x40000000;
  private static final int LENGTH = ~(UNFINISHED | META);
  private static final int WINDOW_BYTES = 256 << 10;
  private static final int MOST_DOCUMENT_BYTES =
      RecordFormat.documentBytes(RecordFormat.MAX_PAYLOAD_BYTES);

  /** What stands at a place of the file. */
  enum Kind {
    RECORD,
    QUEUE_DATA,
    /** No header. */
    END,
    UNFINISHED,
    BAD
  }

  private final Path path;
  private final Disk.DiskFile file;

  SegmentFile(Disk disk, Path path) throws IOException {
    this.path = path;
    this.file = disk.open(path, false);
  }

  Path path() {
    return path;
  }

  long length() throws IOException {
    return file.size();
  }

  /** Forces the file, the part written through mappings included. */
  void force() throws IOException {
    file.force();
  }

  void truncate(long bytes) throws IOException {
    if (file.size() > bytes) {
      file.setSize(bytes);
    }
  }

  private void readFully(long offset, byte[] target, int count) throws IOException {
    ByteBuffer wanted = ByteBuffer.wrap(target, 0, count);
    while (wanted.hasRemaining()) {
      if (file.read(wanted, offset + wanted.position()) < 0) {
        throw new EOFException(path + " ends at byte " + (offset + wanted.position()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** A walk over the documents; for one thread. */
  Cursor cursor(long position, long end) {
    return new Cursor(position, end);
  }

  final class Cursor {
    private final long end;
    private long position;
    private long next;
    private byte[] window = new byte[WINDOW_BYTES];
    private long windowStart;
    private int windowBytes;
    private RecordFormat.Found record;

    Cursor(long position, long end) {
      this.position = position;
      this.next = position;
      this.end = end;
    }

    /** Looks at the next document. */
    Kind step() throws IOException {
      position = next;
      ByteBuffer head = at(position, 4);
      int header = head == null ? 0 : head.order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (header == 0) {
        return Kind.END;
      }
      int length = header & LENGTH;
      if ((header & UNFINISHED) != 0) {
        return Kind.UNFINISHED;
      }
      if ((header & META) != 0) {
        long behind = position + 4 + ((length + 3) & ~3);
        if (behind > end || recordAt(position + 4)) {
          return Kind.BAD;
        }
        next = behind;
        return Kind.QUEUE_DATA;
      }
      if (length > MOST_DOCUMENT_BYTES) {
        return Kind.BAD;
      }
      ByteBuffer body = at(position + 4, length);
      record = body == null ? null : RecordFormat.decode(body);
      if (record == null || !record.fills(length)) {
        return Kind.BAD;
      }
      next = position + 4 + length;
      return Kind.RECORD;
    }

    /** A header that lost its meaning must not hide the record behind it. */
    private boolean recordAt(long offset) throws IOException {
      ByteBuffer magic = at(offset, 4);
      return magic != null && magic.getInt() == RecordFormat.MAGIC;
    }

    /** The record that {@link #step} found. */
    RecordFormat.Found record() {
      return record;
    }

    /** Where the document that {@link #step} looked at begins. */
    long position() {
      return position;
    }

    /** Where it ends. */
    long next() {
      return next;
    }

    /**
     * Looks from here on for a whole record anywhere, whatever the queue's headers say.
     *
     * @return null when there is none up to the end
     */
    RecordFormat.Found search() throws IOException {
      for (long at = next + 4; at + RecordFormat.HEADER_BYTES <= end; at += 4) {
        ByteBuffer head = at(at, RecordFormat.HEADER_BYTES);
        if (head == null || head.getInt() != RecordFormat.MAGIC) {
          continue;
        }
        int length = head.getInt();
        if (length < 0 || length > RecordFormat.MAX_PAYLOAD_BYTES) {
          continue;
        }
        ByteBuffer body = at(at, RecordFormat.bytes(length));
        RecordFormat.Found found = body == null ? null : RecordFormat.decode(body);
        if (found != null) {
          next = at + found.bytes() - 4;
          return found;
        }
      }
      next = end;
      return null;
    }

    /** Whether nothing but zeros stands from here to the end. */
    boolean nothingFollows() throws IOException {
      return zerosFrom(position);
    }

    /**
     * Whether nothing but the bytes of one document stands from here to the end, or a part of them:
     * {@link Kind#END} is what a document has for a header that is being written.
     */
    boolean oneDocumentFollows() throws IOException {
      return zerosFrom(position + 4 + MOST_DOCUMENT_BYTES);
    }

    private boolean zerosFrom(long from) throws IOException {
      for (long at = from; at < end; at += WINDOW_BYTES) {
        ByteBuffer bytes = at(at, (int) Math.min(WINDOW_BYTES, end - at));
        while (bytes != null && bytes.remaining() >= 8) {
          if (bytes.getLong() != 0) {
            return false;
          }
        }
        while (bytes != null && bytes.hasRemaining()) {
          if (bytes.get() != 0) {
            return false;
          }
        }
      }
      return true;
    }

    private ByteBuffer at(long offset, int count) throws IOException {
      if (offset + count > end) {
        return null;
      }
      if (offset < windowStart || offset + count > windowStart + windowBytes) {
        if (count > window.length) {
          window = new byte[count];
        }
        windowStart = offset;
        windowBytes = (int) Math.min(window.length, end - offset);
        readFully(offset, window, windowBytes);
      }
      return ByteBuffer.wrap(window, (int) (offset - windowStart), count).slice();
    }
  }
}
