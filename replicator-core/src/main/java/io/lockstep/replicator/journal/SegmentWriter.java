package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Appends records to one new segment, each with its checksum and place. For one thread. */
final class SegmentWriter implements AutoCloseable {
  private final SegmentAppender appender;
  private final ByteBuffer record;
  private final long salt;
  private final CRC32C crc = new CRC32C();

  private SegmentWriter(SegmentAppender appender, ByteBuffer record, long salt) {
    this.appender = appender;
    this.record = record;
    this.salt = salt;
  }

  /**
   * What one journal writes its segments with.
   *
   * @param record room for the largest record, shared by all of a journal's writers
   */
  record Maker(
      Execution execution, Disk disk, SegmentAppender.Factory appenders, ByteBuffer record) {
    static Maker of(Execution execution, Disk disk, SegmentAppender.Factory appenders) {
      int bytes = RecordFormat.documentBytes(RecordFormat.MAX_PAYLOAD_BYTES);
      return new Maker(execution, disk, appenders, appenders.record(bytes));
    }

    /** Begins in an existing, empty directory. */
    SegmentWriter begin(Path directory) throws IOException {
      UUID random = execution.randomUuid();
      return new SegmentWriter(
          appenders.create(disk, directory, record), record, random.getLeastSignificantBits());
    }
  }

  /**
   * Appends one record.
   *
   * @return the offset in the file at which it ends
   * @throws IOException when it may be there or not, or in part
   */
  long append(long sequence, long durable, ByteBuffer payload) throws IOException {
    RecordFormat.encode(record, crc, salt, sequence, durable, payload);
    return appender.append();
  }

  /** As {@link SegmentAppender#forced}. */
  void forced(long end) {
    appender.forced(end);
  }

  @Override
  public void close() throws IOException {
    appender.close();
  }

  /** The one queue file in a segment's directory; null when there is none. */
  static Path queueFile(Disk disk, Path directory) throws IOException {
    Path found = null;
    for (Path each : disk.list(directory)) {
      if (Recovery.name(each).endsWith(".cq4")) {
        if (found != null) {
          throw new JournalCorruptException(
              directory + " holds more than one queue file; nothing was changed");
        }
        found = each;
      }
    }
    return found;
  }
}
