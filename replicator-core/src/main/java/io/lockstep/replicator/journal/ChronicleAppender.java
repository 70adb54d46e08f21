package io.lockstep.replicator.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LargeRollCycles;

/**
 * Appends to the queue of one new segment. A queue is never opened again for appending: what its
 * index, lock and last position say after a crash is not to be trusted.
 */
public final class ChronicleAppender implements SegmentAppender {
  private static final long BLOCK_BYTES = 16L << 20;

  private final Path directory;
  private final SingleChronicleQueue queue;
  private final ExcerptAppender appender;
  private final ByteBuffer record;
  private final Bytes<ByteBuffer> bytes;

  /** Creates the queue. */
  public ChronicleAppender(Path directory, ByteBuffer record) throws IOException {
    configureOnce();
    this.directory = directory;
    this.record = record;
    this.bytes = Bytes.wrapForWrite(record.duplicate().clear());
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

  @Override
  public long append() throws IOException {
    try {
      bytes.readPositionRemaining(0, record.limit());
      appender.writeBytes(bytes);
      return Objects.requireNonNull(appender.wire()).bytes().writePosition();
    } catch (RuntimeException | InternalError e) {
      throw new IOException("appending to " + directory + " failed; the disk may be full", e);
    }
  }

  @Override
  public void close() {
    appender.close();
    queue.close();
    BackgroundResourceReleaser.releasePendingResources();
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
