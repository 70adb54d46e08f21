package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The journal in files of Chronicle Queue: a directory a segment, a queue a directory.
 *
 * <p>The queue gives the format and the append path, which survive the death of the process. What
 * it lacks is here: checksum and sequence on each record, forcing that throws, a scan that tells a
 * torn tail from damage, segments by size, a reserve of free space, and a lock. A queue is only
 * ever appended to by the process that created it: each opening begins a new segment.
 */
public final class ChronicleJournal implements Journal {
  private static final String FORCE_FAILED = "force-failed";
  private static final long GROW_BYTES = 1 << 20;

  private final Disk disk;
  private final JournalOptions options;
  private final Disk.Held owned;
  private final SegmentWriter.Maker writers;

  /** Held while forcing and by whatever removes segments; taken before {@code state}. */
  private final ReentrantLock forcing;

  private final ReentrantLock state;
  private final List<Segment> segments = new ArrayList<>();
  private long otherBytes;
  private long checkedEnd;
  private volatile long last;
  private volatile long durable;
  private IOException failure;
  private boolean closed;

  private ChronicleJournal(
      Execution execution,
      Disk disk,
      SegmentAppender.Factory appenders,
      JournalOptions options,
      Disk.Held owned) {
    this.disk = disk;
    this.options = options;
    this.owned = owned;
    this.writers = SegmentWriter.Maker.of(execution, disk, appenders);
    this.forcing = execution.lock();
    this.state = execution.lock();
  }

  /**
   * Opens the journal, or creates it empty with 1 as the next sequence. Everything that it holds is
   * durable on return. A torn tail is set aside and the whole part before it kept.
   *
   * @param durableMark the highest sequence that the caller knows was durable, 0 for none
   * @param lostPower whether the machine may have lost power since the journal was last opened:
   *     only then may a record above the mark be torn that had been appended whole
   * @throws JournalCorruptException when a record at or below a durable mark is missing or damaged,
   *     or any that the machine kept; nothing is altered, and {@link #startOver} is the way on
   * @throws IOException when another process has it open, or a force had failed before
   */
  public static ChronicleJournal open(
      Execution execution,
      Disk disk,
      SegmentAppender.Factory appenders,
      JournalOptions options,
      long durableMark,
      boolean lostPower)
      throws IOException {
    ChronicleJournal journal = own(execution, disk, appenders, options);
    return journal.opened(
        () -> {
          journal.refuseAfterFailedForce();
          journal.load(durableMark, lostPower);
        });
  }

  /**
   * Sets aside whatever is in the directory, readable or not, and begins an empty journal.
   *
   * @param nextSequence of the first record to come
   */
  public static ChronicleJournal startOver(
      Execution execution,
      Disk disk,
      SegmentAppender.Factory appenders,
      JournalOptions options,
      long nextSequence)
      throws IOException {
    ChronicleJournal journal = own(execution, disk, appenders, options);
    return journal.opened(
        () -> {
          journal.setEverythingAside(nextSequence);
          journal.load(0, true);
        });
  }

  private static ChronicleJournal own(
      Execution execution, Disk disk, SegmentAppender.Factory appenders, JournalOptions options)
      throws IOException {
    Path directory = options.directory();
    disk.createDirectories(directory);
    try {
      return new ChronicleJournal(
          execution, disk, appenders, options, disk.lock(directory.resolve("lock")));
    } catch (IOException e) {
      throw new IOException(
          "journal "
              + directory
              + " cannot be opened: "
              + e.getMessage()
              + ". If another process has it, stop that one first; two writers would destroy the"
              + " journal",
          e);
    }
  }

  private interface Opening {
    void run() throws IOException;
  }

  private ChronicleJournal opened(Opening opening) throws IOException {
    try {
      opening.run();
      return this;
    } catch (IOException | RuntimeException | Error e) {
      owned.close();
      throw e;
    }
  }

  private void refuseAfterFailedForce() throws JournalCorruptException {
    if (disk.exists(options.directory().resolve(FORCE_FAILED))) {
      throw new JournalCorruptException(
          options.directory()
              + ": forcing this journal to disk failed before, so its content may be only in"
              + " memory: check the disk");
    }
  }

  private void setEverythingAside(long next) throws IOException {
    Path directory = options.directory();
    List<Path> entries = disk.list(directory);
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (Recovery.name(entries.get(i)).startsWith("segment-")) {
        Recovery.setAside(disk, directory, entries.get(i));
      }
    }
    disk.createDirectories(Segment.directory(directory, next));
    disk.delete(directory.resolve(FORCE_FAILED));
    disk.forceDirectory(directory);
  }

  private void load(long mark, boolean lostPower) throws IOException {
    segments.addAll(new Recovery(disk, options.directory(), mark, lostPower).run(writers));
    for (Segment segment : segments) {
      otherBytes += segment.end();
    }
    last = newest().last();
    durable = last;
  }

  @Override
  public long firstSequence() {
    state.lock();
    try {
      return segments.get(0).first();
    } finally {
      state.unlock();
    }
  }

  @Override
  public long lastSequence() {
    return last;
  }

  @Override
  public long durableSequence() {
    return durable;
  }

  @Override
  public void append(long sequence, ByteBuffer payload) throws IOException {
    if (payload.remaining() > RecordFormat.MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(
          "payload of "
              + payload.remaining()
              + " bytes, at most "
              + RecordFormat.MAX_PAYLOAD_BYTES);
    }
    state.lock();
    try {
      checkUsable();
      if (sequence != last + 1) {
        throw new IllegalArgumentException("record " + sequence + " after " + last);
      }
      long bytes = 4L + RecordFormat.documentBytes(payload.remaining());
      Segment segment = newest();
      if (segment.writing() && !segment.empty() && segment.end() + bytes > options.segmentBytes()) {
        seal(segment);
      }
      checkRoom(segment, bytes);
      try {
        if (!segment.writing()) {
          segment = begin(sequence);
        }
        long before = segment.end();
        segment.append(sequence, durable, payload);
        otherBytes += segment.end() - before;
      } catch (IOException | RuntimeException | InternalError e) {
        throw fail("appending record " + sequence, e);
      }
      last = sequence;
    } finally {
      state.unlock();
    }
  }

  @Override
  public long force() throws IOException {
    forcing.lock();
    try {
      long target;
      List<Segment> touched = new ArrayList<>();
      state.lock();
      try {
        checkUsable();
        target = last;
        for (Segment segment : segments) {
          if (segment.last() > durable) {
            touched.add(segment);
          }
        }
      } finally {
        state.unlock();
      }
      try {
        for (Segment segment : touched) {
          segment.force(options.directory());
          CrashPoint.SECONDARY_SEGMENT_SYNCED.reached();
        }
      } catch (IOException e) {
        throw forceFailed(e);
      }
      durable = Math.max(durable, target);
      return durable;
    } finally {
      forcing.unlock();
    }
  }

  @Override
  public void read(long fromSequence, Reader reader) throws IOException {
    List<Segment> held = new ArrayList<>();
    long limit;
    state.lock();
    try {
      checkOpen();
      limit = last;
      if (fromSequence < firstSequence()) {
        throw new IOException(
            "record " + fromSequence + " was trimmed; the oldest held is " + firstSequence());
      }
      for (Segment segment : segments) {
        if (segment.last() >= fromSequence) {
          segment.acquire();
          held.add(segment);
        }
      }
    } finally {
      state.unlock();
    }
    try {
      for (Segment segment : held) {
        if (!segment.read(fromSequence, limit, reader)) {
          return;
        }
      }
    } finally {
      for (Segment segment : held) {
        segment.release();
      }
    }
  }

  @Override
  public void trim(long sequence) throws IOException {
    forcing.lock();
    state.lock();
    try {
      checkUsable();
      Segment newest = newest();
      if (!newest.writing() && !newest.empty() && newest.last() <= sequence) {
        addEmpty(last + 1); // the name tells the next sequence when no record does
      }
      while (segments.size() > 1 && segments.get(0).last() <= sequence) {
        remove(0);
      }
    } finally {
      state.unlock();
      forcing.unlock();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>A durable mark that the caller keeps elsewhere must be lowered, durably, before.
   */
  @Override
  public void reset(long nextSequence) throws IOException {
    forcing.lock();
    state.lock();
    try {
      checkUsable();
      for (int i = segments.size() - 1; i >= 0; i--) {
        seal(segments.get(i));
        remove(i);
      }
      addEmpty(nextSequence);
      disk.forceDirectory(options.directory());
      last = nextSequence - 1;
      durable = last;
    } finally {
      state.unlock();
      forcing.unlock();
    }
  }

  @Override
  public long sizeBytes() {
    state.lock();
    try {
      return otherBytes;
    } finally {
      state.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    forcing.lock();
    state.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      try {
        for (Segment segment : segments) {
          segment.seal();
          segment.release();
        }
      } finally {
        owned.close();
      }
    } finally {
      state.unlock();
      forcing.unlock();
    }
  }

  private Segment newest() {
    return segments.get(segments.size() - 1);
  }

  private Segment begin(long sequence) throws IOException {
    Segment segment = newest();
    if (!segment.empty()) {
      segment = addEmpty(sequence);
    } else {
      for (Path leftover : disk.list(segment.directory())) {
        Recovery.delete(disk, leftover);
      }
      segment.forgetFile();
    }
    segment.startWriting(writers.begin(segment.directory()));
    CrashPoint.SECONDARY_SEGMENT_BEGUN.reached();
    return segment;
  }

  private Segment addEmpty(long first) throws IOException {
    Path directory = Segment.directory(options.directory(), first);
    disk.createDirectories(directory);
    Segment segment = new Segment(disk, directory, first);
    segments.add(segment);
    checkedEnd = 0;
    return segment;
  }

  /** Takes a segment out of the journal, durably, then frees it. */
  private void remove(int position) throws IOException {
    Segment segment = segments.remove(position);
    otherBytes -= segment.end();
    segment.release();
    Path trash = options.directory().resolve("trash-" + Recovery.name(segment.directory()));
    disk.replace(segment.directory(), trash);
    Recovery.delete(disk, trash);
  }

  private void seal(Segment segment) throws IOException {
    try {
      segment.seal();
    } catch (IOException | RuntimeException | InternalError e) {
      throw fail("closing a segment", e);
    }
  }

  private void checkRoom(Segment segment, long bytes) throws IOException {
    if (otherBytes + bytes > options.maxSizeBytes()) {
      throw new JournalFullException(
          "journal "
              + options.directory()
              + " holds "
              + otherBytes
              + " bytes and may take "
              + options.maxSizeBytes()
              + ": it shrinks when this node's tree is checkpointed, or raise the limit");
    }
    if (segment.writing() && segment.end() + bytes <= checkedEnd) {
      return;
    }
    long free = disk.usableBytes(options.directory());
    if (free < options.reserveBytes() + bytes + GROW_BYTES) {
      throw new JournalFullException(
          "the file system of journal "
              + options.directory()
              + " has "
              + free
              + " bytes free, and "
              + options.reserveBytes()
              + " are to stay free: make room there, or lower the reserve");
    }
    checkedEnd = (segment.writing() ? segment.end() : 0) + bytes + GROW_BYTES / 2;
  }

  /** Whether a write or force failed: it takes no more records until it is opened anew. */
  public boolean failed() {
    state.lock();
    try {
      return failure != null;
    } finally {
      state.unlock();
    }
  }

  private IOException forceFailed(IOException cause) {
    IOException failed = fail("forcing the journal to disk", cause);
    try {
      disk.open(options.directory().resolve(FORCE_FAILED), true).close();
      disk.forceDirectory(options.directory());
    } catch (IOException e) {
      failed.addSuppressed(e);
    }
    return failed;
  }

  private IOException fail(String what, Throwable cause) {
    state.lock();
    try {
      IOException failed =
          new IOException(
              what
                  + " failed in "
                  + options.directory()
                  + ": this node's journal can no longer be trusted to be durable and takes no"
                  + " more records",
              cause);
      if (failure == null) {
        failure = failed;
      }
      return failed;
    } finally {
      state.unlock();
    }
  }

  private void checkUsable() throws IOException {
    checkOpen();
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("journal " + options.directory() + " is closed");
    }
  }
}
