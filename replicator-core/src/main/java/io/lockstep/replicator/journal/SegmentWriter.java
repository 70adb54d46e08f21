package io.lockstep.replicator.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.UUID;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LargeRollCycles;

/**
 * Appends records to the queue of one new segment. A queue is never opened again for appending:
 * what its index, lock and last position say after a crash is not to be trusted. For one thread.
 */
final class SegmentWriter implements AutoCloseable {
  private static final long BLOCK_BYTES = 16L << 20;

  private final SingleChronicleQueue queue;
  private final ExcerptAppender appender;
  private final Bytes<ByteBuffer> record;
  private final long salt = UUID.randomUUID().getLeastSignificantBits();
  private final CRC32C crc = new CRC32C();
  private final Path directory;

  /** Creates the queue in an existing, empty directory; its file comes with the first record. */
  SegmentWriter(Path directory, Bytes<ByteBuffer> record) throws IOException {
    configureOnce();
    this.record = record;
    this.directory = directory;
    try {
      queue =
          SingleChronicleQueueBuilder.binary(directory)
              .rollCycle(LargeRollCycles.HUGE_DAILY)
              .indexCount(1024)
              .indexSpacing(1024)
              .blockSize(BLOCK_BYTES)
              // the clock stands still, so that the queue never rolls by itself
              .timeProvider(() -> 0L)
              .checkInterrupts(false)
              .build();
    } catch (RuntimeException | InternalError e) {
      throw new IOException("cannot create a journal segment in " + directory, e);
    }
    try {
      appender = queue.createAppender();
    } catch (RuntimeException | InternalError e) {
      queue.close();
      throw new IOException("cannot create a journal segment in " + directory, e);
    }
  }

  /** A buffer for the largest record, to be shared by the writers of one journal. */
  static Bytes<ByteBuffer> newBuffer() {
    configureOnce();
    int bytes = RecordFormat.bytes(RecordFormat.MAX_PAYLOAD_BYTES);
    return Bytes.wrapForWrite(ByteBuffer.allocateDirect(bytes));
  }

  /**
   * Appends one record.
   *
   * @return the offset in the file at which it ends
   * @throws IOException when it may be there or not, or in part
   */
  long append(long sequence, long durable, ByteBuffer payload) throws IOException {
    ByteBuffer buffer = Objects.requireNonNull(record.underlyingObject());
    RecordFormat.encode(buffer, crc, salt, sequence, durable, payload);
    try {
      record.readPositionRemaining(0, buffer.limit());
      appender.writeBytes(record);
      return Objects.requireNonNull(appender.wire()).bytes().writePosition();
    } catch (RuntimeException | InternalError e) {
      throw new IOException(
          "appending record " + sequence + " to " + directory + " failed; the disk may be full", e);
    }
  }

  @Override
  public void close() {
    appender.close();
    queue.close();
    BackgroundResourceReleaser.releasePendingResources();
  }

  /** The one queue file in a segment's directory; null when there is none. */
  static Path queueFile(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.cq4")) {
      Path found = null;
      for (Path each : files) {
        if (found != null) {
          throw new JournalCorruptException(
              directory + " holds more than one queue file; nothing was changed");
        }
        found = each;
      }
      return found;
    }
  }

  /** No messages to its maker, no threads that poll the disk, no shrinking behind our back. */
  private static void configureOnce() {
    for (String name :
        new String[] {
          "chronicle.announcer.disable",
          "chronicle.disk.monitor.disable",
          "chronicle.queue.disableFileShrinking"
        }) {
      if (System.getProperty(name) == null) {
        System.setProperty(name, "true");
      }
    }
  }
}
