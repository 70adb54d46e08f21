package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Writes the one file of one new segment, front to back. In production Chronicle Queue's appender,
 * which maps the file; the simulator writes the same layout through its own disk. Everything else
 * about a journal's files goes through {@link io.lockstep.replicator.port.Disk}. For one thread.
 */
public interface SegmentAppender extends AutoCloseable {
  /** Makes appenders. */
  interface Factory {
    /**
     * Begins a segment in an existing, empty directory; its file, of a name that ends in {@code
     * .cq4}, is there when the first record is.
     *
     * @param disk the journal's
     * @param record direct, and the caller's: holds each record while it is appended
     */
    SegmentAppender create(Disk disk, Path directory, ByteBuffer record) throws IOException;

    /**
     * Memory that one journal's records are put together in, direct and big enough for each. It
     * belongs to the journal as long as its process lives; what it holds at first does not matter.
     */
    default ByteBuffer record(int bytes) {
      return ByteBuffer.allocateDirect(bytes);
    }
  }

  /**
   * Appends what the record's buffer holds, from 0 to its limit, as one document.
   *
   * @return the offset in the file at which the document ends
   * @throws IOException when it may be there or not, or in part
   */
  long append() throws IOException;

  /**
   * What was appended is on stable storage up to {@code end} in the file. Another thread may be
   * appending meanwhile.
   */
  default void forced(long end) {}

  /** Releases the file; it may be longer than what was appended. */
  @Override
  void close() throws IOException;
}
