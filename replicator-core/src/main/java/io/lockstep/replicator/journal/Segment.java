package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One directory of the journal with one queue file: the records from {@link #first} to {@link
 * #last}. Readers hold it while they read, so that trimming frees files only when nobody reads.
 */
final class Segment {
  private static final String PREFIX = "segment-";
  private static final long INDEX_BYTES = 256 << 10;

  private final Disk disk;
  private final Path directory;
  private final long first;
  private final ConcurrentSkipListMap<Long, Long> index = new ConcurrentSkipListMap<>();
  private volatile long last;
  private volatile long end;
  private volatile SegmentFile file;
  private volatile SegmentWriter writer;
  private volatile boolean entriesForced;
  private final AtomicInteger users = new AtomicInteger(1);

  Segment(Disk disk, Path directory, long first) {
    this.disk = disk;
    this.directory = directory;
    this.first = first;
    this.last = first - 1;
  }

  static Path directory(Path journal, long first) {
    return journal.resolve(String.format(java.util.Locale.ROOT, "%s%020d", PREFIX, first));
  }

  /** The first sequence that a directory's name tells, or -1 when it is not a segment's. */
  static long firstOf(Path directory) {
    String name = String.valueOf(directory.getFileName());
    return name.matches(PREFIX + "0[0-9]{19}")
        ? Math.max(-1, Long.parseUnsignedLong(name.substring(PREFIX.length())))
        : -1;
  }

  Path directory() {
    return directory;
  }

  long first() {
    return first;
  }

  long last() {
    return last;
  }

  long end() {
    return end;
  }

  boolean empty() {
    return last < first;
  }

  SegmentFile file() {
    return file;
  }

  /** Takes over a file that was found at opening. */
  void found(SegmentFile foundFile, long foundLast, long foundEnd) {
    file = foundFile;
    last = foundLast;
    end = foundEnd;
  }

  /** Before an empty segment is begun anew. */
  void forgetFile() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
    end = 0;
    entriesForced = false;
  }

  void startWriting(SegmentWriter newWriter) {
    writer = newWriter;
  }

  boolean writing() {
    return writer != null;
  }

  /** Appends; the caller holds the journal's lock. */
  void append(long sequence, long durable, ByteBuffer payload) throws IOException {
    long start = end;
    long newEnd = writer.append(sequence, durable, payload);
    if (file == null) {
      file = new SegmentFile(disk, SegmentWriter.queueFile(disk, directory));
    } else {
      note(sequence, start);
    }
    end = newEnd;
    last = sequence;
  }

  /** Remembers where a walk that looks for a sequence at or after this one may begin. */
  void note(long sequence, long position) {
    Map.Entry<Long, Long> before = index.lastEntry();
    if (position - (before == null ? 0 : before.getValue()) >= INDEX_BYTES) {
      index.put(sequence, position);
    }
  }

  /** Ends writing: releases the queue and cuts off what it had reserved. */
  void seal() throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
      if (file != null) {
        file.truncate(end);
      }
    }
  }

  /** Forces file and directory entries; another thread may be appending. */
  void force(Path journal) throws IOException {
    if (file == null) {
      return;
    }
    long through = end;
    file.force();
    SegmentWriter appending = writer;
    if (appending != null) {
      appending.forced(through);
    }
    if (!entriesForced) {
      disk.forceDirectory(directory);
      disk.forceDirectory(journal);
      entriesForced = true;
    }
  }

  /** Reads from {@code from} to {@code to}; returns whether the reader wants more. */
  boolean read(long from, long to, Journal.Reader reader) throws IOException {
    if (file == null) {
      return true;
    }
    Map.Entry<Long, Long> start = index.floorEntry(from);
    SegmentFile.Cursor cursor = file.cursor(start == null ? 0 : start.getValue(), end);
    long expected = start == null ? first : start.getKey();
    long stop = Math.min(to, last);
    while (expected <= stop) {
      SegmentFile.Kind kind = cursor.step();
      if (kind == SegmentFile.Kind.QUEUE_DATA) {
        continue;
      }
      if (kind != SegmentFile.Kind.RECORD || cursor.record().sequence() != expected) {
        throw new JournalCorruptException(
            file.path()
                + ": record "
                + expected
                + " at byte "
                + cursor.position()
                + " can no longer be read; nothing was changed. This copy is INCONSISTENT: let it"
                + " be reintegrated from the peer");
      }
      note(expected, cursor.position());
      if (expected >= from
          && !reader.record(expected, cursor.record().payload().asReadOnlyBuffer())) {
        return false;
      }
      expected++;
    }
    return true;
  }

  void acquire() {
    users.incrementAndGet();
  }

  /** Lets go; the last one closes the file. The owner's own hold ends with the segment. */
  void release() throws IOException {
    if (users.decrementAndGet() == 0 && file != null) {
      file.close();
    }
  }
}
