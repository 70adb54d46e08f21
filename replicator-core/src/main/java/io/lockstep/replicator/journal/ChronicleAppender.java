package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.Disk;
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
 *
 * <p>The queue writes through a mapping, and a full disk answers that with a fault, not with an
 * error. So the room ahead is reserved ({@link Disk#reserve}), or, where the disk cannot, taken by
 * ordinary writes of zeros: both fail in order.
 *
 * <p>Forcing what is written into reserved room costs the file system a commit of its own, since it
 * notes that the room is in use now; over written zeros it costs none. So while little is appended
 * between two forces, zeros go ahead of the records; long writes would pay for them with a third of
 * their time.
 */
public final class ChronicleAppender implements SegmentAppender {
  private static final long BLOCK_BYTES = 16L << 20;

  private static final byte[] ZEROS = new byte[1 << 20];

  /** Reserved at once: a system call for as many records as fit. */
  private static final int STEP_BYTES = 4 << 20;

  /** Forces that are no further apart than this are worth zeros ahead of the records. */
  private static final long SMALL_BYTES = 64 << 10;

  /** Zeros written ahead at once. */
  private static final int AHEAD_BYTES = 256 << 10;

  /** Above what the queue may put between two records: an array of its index. */
  private static final int BETWEEN_RECORDS_BYTES = 64 << 10;

  private final Disk disk;
  private final Path directory;
  private final SingleChronicleQueue queue;
  private final ExcerptAppender appender;
  private final ByteBuffer record;
  private final Bytes<ByteBuffer> bytes;
  private Path path;
  private Disk.DiskFile file;
  private long reserved;
  private long zeroed;
  private long forced;
  private volatile boolean forcedOften;

  /**
   * Does once what a process's first segment would do otherwise, while a write of the application
   * waits for its record: the queue's classes take half a second to load, and more on a busy
   * machine. Leaves nothing; without room it does nothing.
   *
   * @param scratch a directory of its own on the journal's file system; what an earlier process
   *     left there is removed
   * @throws IOException if it cannot be done; the first record then takes its time
   */
  public static void warmUp(Disk disk, Path scratch) throws IOException {
    disk.createDirectories(scratch);
    empty(disk, scratch);
    if (disk.usableBytes(scratch) > 4 * BLOCK_BYTES) {
      ByteBuffer record = ByteBuffer.allocateDirect(BETWEEN_RECORDS_BYTES);
      try (ChronicleAppender first = new ChronicleAppender(disk, scratch, record)) {
        first.append();
      }
    }
    empty(disk, scratch);
    disk.delete(scratch);
  }

  private static void empty(Disk disk, Path directory) throws IOException {
    for (Path each : disk.list(directory)) {
      disk.delete(each);
    }
  }

  /** Creates the queue. */
  public ChronicleAppender(Disk disk, Path directory, ByteBuffer record) throws IOException {
    configureOnce();
    this.disk = disk;
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
      if (file != null) {
        reserve(end() + record.limit() + BETWEEN_RECORDS_BYTES);
        if (forcedOften && record.limit() < SMALL_BYTES) {
          zero(end() + record.limit());
        }
      }
      bytes.readPositionRemaining(0, record.limit());
      appender.writeBytes(bytes);
      if (file == null) {
        path = Objects.requireNonNull(SegmentWriter.queueFile(disk, directory));
        file = disk.open(path, false);
        reserved = end() + BETWEEN_RECORDS_BYTES;
        reserve(reserved + 1);
      }
      return end();
    } catch (RuntimeException | InternalError e) {
      throw new IOException("appending to " + directory + " failed; the disk may be full", e);
    }
  }

  private long end() {
    return Objects.requireNonNull(appender.wire()).bytes().writePosition();
  }

  /**
   * Takes the room to {@code to} and some more; nothing was written at or above {@link #reserved}.
   */
  private void reserve(long to) throws IOException {
    while (reserved < to) {
      if (disk.reserve(path, reserved, STEP_BYTES)) {
        reserved += STEP_BYTES;
      } else {
        file.write(ByteBuffer.wrap(ZEROS), reserved);
        reserved += ZEROS.length;
      }
    }
  }

  /**
   * Writes zeros beyond {@code to}, unless there are. Where the queue put an array of its index
   * behind the last record, the next record comes first.
   */
  private void zero(long to) throws IOException {
    long from = Math.max(zeroed, end());
    if (to > zeroed && (from > end() || isFree(from))) {
      zeroed = Math.min(from + AHEAD_BYTES, reserved);
      file.write(ByteBuffer.wrap(ZEROS, 0, (int) (zeroed - from)), from);
    }
  }

  /** Whether no document begins there. */
  private boolean isFree(long position) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(4);
    file.read(header, position);
    return header.getInt(0) == 0;
  }

  @Override
  public void forced(long end) {
    forcedOften = end - forced < SMALL_BYTES;
    forced = end;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
    appender.close();
    queue.close();
    BackgroundResourceReleaser.releasePendingResources();
  }

  /**
   * No messages to its maker, no threads that poll the disk, no shrinking behind our back; and no
   * check that it is always the same thread: the journal lets in one at a time.
   */
  private static void configureOnce() {
    for (String name :
        new String[] {
          "chronicle.announcer.disable",
          "chronicle.disk.monitor.disable",
          "chronicle.queue.disableFileShrinking",
          "disable.single.threaded.check"
        }) {
      if (System.getProperty(name) == null) {
        System.setProperty(name, "true");
      }
    }
  }
}
