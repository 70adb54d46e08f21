package io.lockstep.replicator.state;

import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An append-only file of variable records, each with a checksum.
 *
 * <p>A record survives the death of the process when {@link #append} returned, and the loss of
 * power when a {@link #force} that began later returned. What was appended but not forced may be
 * lost or torn by a loss of power, from some record on: {@link #open} cuts that tail off. Each
 * record carries the offset up to which the file was durable when it was appended, so damage below
 * a durable offset is told apart from a torn tail and is never cut off.
 *
 * <p>Thread-safe; appends go on while a force runs.
 */
public final class ChecksummedLog implements AutoCloseable {
  /** Largest payload of one record. */
  public static final int MAX_RECORD_BYTES = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ChecksummedLog.class);

  /** Receives the payload of one record; the buffer is valid only during the call. */
  public interface Reader {
    void record(ByteBuffer payload) throws IOException;
  }

  private final Execution execution;
  private final Disk disk;
  private final Path path;

  /** Held while forcing, reading and rewriting; taken before {@code state}. */
  private final ReentrantLock forcing;

  private final ReentrantLock state;
  private final ByteBuffer scratch = ByteBuffer.allocate(LogRecords.recordBytes(MAX_RECORD_BYTES));
  private Disk.DiskFile file;
  private long salt;
  private long end;
  private long durable;
  private long records;
  private IOException failure;

  private ChecksummedLog(Execution execution, Disk disk, Path path) {
    this.execution = execution;
    this.disk = disk;
    this.path = path;
    this.forcing = execution.lock();
    this.state = execution.lock();
  }

  /**
   * Opens the log, creating it (durably) where it is missing, and cuts off a torn tail.
   *
   * @throws StateCorruptException when a record is damaged that was durable once; nothing is
   *     altered then
   */
  public static ChecksummedLog open(Execution execution, Disk disk, Path path) throws IOException {
    ChecksummedLog log = new ChecksummedLog(execution, disk, path.toAbsolutePath());
    disk.delete(log.temporary());
    if (!disk.exists(log.path)) {
      log.replaceBy(List.of());
      return log;
    }
    try {
      log.scan();
      return log;
    } catch (IOException | RuntimeException | Error e) {
      log.close();
      throw e;
    }
  }

  /**
   * Appends one record, from the payload's position to its limit; the position is not moved.
   *
   * @throws IOException when it was not appended; the log stays usable if it could be cut back, as
   *     after a full disk
   * @throws IllegalArgumentException if it is larger than {@link #MAX_RECORD_BYTES}
   */
  public void append(ByteBuffer payload) throws IOException {
    if (payload.remaining() > MAX_RECORD_BYTES) {
      throw new IllegalArgumentException(
          "record of " + payload.remaining() + " bytes, at most " + MAX_RECORD_BYTES);
    }
    state.lock();
    try {
      checkUsable();
      LogRecords.encode(scratch, salt, end, durable, payload);
      int bytes = scratch.remaining();
      try {
        file.write(scratch, end);
      } catch (IOException e) {
        cutBack(e);
        throw e;
      }
      end += bytes;
      records++;
    } finally {
      state.unlock();
    }
  }

  /**
   * Forces everything appended before the call to stable storage.
   *
   * @throws IOException when that failed; every later append and force fails too, because the
   *     kernel may have dropped what it could not write
   */
  public void force() throws IOException {
    forcing.lock();
    try {
      Snapshot forced = snapshot();
      if (forced.durable() == forced.end()) {
        return;
      }
      try {
        forced.file().force();
      } catch (IOException e) {
        fail(e);
        throw e;
      }
      forcedTo(forced.end());
    } finally {
      forcing.unlock();
    }
  }

  private record Snapshot(Disk.DiskFile file, long salt, long end, long durable) {}

  private Snapshot snapshot() throws IOException {
    state.lock();
    try {
      checkUsable();
      return new Snapshot(file, salt, end, durable);
    } finally {
      state.unlock();
    }
  }

  private void forcedTo(long offset) {
    state.lock();
    try {
      durable = offset;
    } finally {
      state.unlock();
    }
  }

  /**
   * Reads all records in order, to the last that was appended when the call began. Appends go on
   * meanwhile; force, rewrite and close wait.
   */
  public void read(Reader reader) throws IOException {
    forcing.lock();
    try {
      Snapshot now = snapshot();
      LogRecords.Window window = new LogRecords.Window(now.file(), now.end());
      long offset = LogRecords.HEADER_BYTES;
      while (offset < now.end()) {
        LogRecords.Found found = LogRecords.find(window, now.salt(), offset);
        if (found == null) {
          throw corrupt(offset);
        }
        reader.record(found.payload());
        offset += found.bytes();
      }
    } finally {
      forcing.unlock();
    }
  }

  /**
   * Replaces the whole content by the given records, in one step and durably: after a crash at any
   * moment the log holds either all of the old records or exactly the new.
   *
   * @throws IOException when it failed; the old content stays in use, unless the rename could not
   *     be made durable, after which the log is unusable
   */
  public void rewrite(List<ByteBuffer> payloads) throws IOException {
    forcing.lock();
    state.lock();
    try {
      checkUsable();
      replaceBy(payloads);
    } finally {
      state.unlock();
      forcing.unlock();
    }
  }

  /** Bytes of the file. */
  public long sizeBytes() {
    state.lock();
    try {
      return end;
    } finally {
      state.unlock();
    }
  }

  /** Whether a force or write failed: it takes nothing more until it is opened anew. */
  public boolean failed() {
    state.lock();
    try {
      return failure != null;
    } finally {
      state.unlock();
    }
  }

  /** Number of records. */
  public long recordCount() {
    state.lock();
    try {
      return records;
    } finally {
      state.unlock();
    }
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** Closes the file; forces nothing. */
  @Override
  public void close() throws IOException {
    forcing.lock();
    state.lock();
    try {
      if (file != null) {
        file.close();
        file = null;
      }
    } finally {
      state.unlock();
      forcing.unlock();
    }
  }

  private Path temporary() {
    return path.resolveSibling(path.getFileName() + ".new");
  }

  private void replaceBy(List<ByteBuffer> payloads) throws IOException {
    UUID random = execution.randomUuid();
    long newSalt = random.getMostSignificantBits() ^ random.getLeastSignificantBits();
    Disk.DiskFile fresh = disk.open(temporary(), true);
    long position = 0;
    try {
      fresh.setSize(0);
      position += write(fresh, 0, LogRecords.header(newSalt));
      for (ByteBuffer payload : payloads) {
        LogRecords.encode(scratch, newSalt, position, 0, payload);
        position += write(fresh, position, scratch);
      }
      fresh.force();
    } catch (IOException | RuntimeException | Error e) {
      fresh.close();
      disk.delete(temporary());
      throw e;
    }
    Disk.DiskFile old = file;
    try {
      disk.replace(temporary(), path);
    } catch (IOException e) {
      fresh.close();
      fail(e);
      throw e;
    }
    file = fresh;
    salt = newSalt;
    end = position;
    durable = position;
    records = payloads.size();
    if (old != null) {
      old.close();
    }
  }

  private void scan() throws IOException {
    file = disk.open(path, false);
    long size = file.size();
    LogRecords.Window window = new LogRecords.Window(file, size);
    ByteBuffer head = window.at(0, LogRecords.HEADER_BYTES);
    Long found = head == null ? null : LogRecords.salt(head, path.toString());
    if (found == null) {
      throw corrupt(0);
    }
    salt = found;
    end = LogRecords.HEADER_BYTES;
    LogRecords.Found record;
    while (end < size && (record = LogRecords.find(window, salt, end)) != null) {
      durable = Math.max(durable, record.durable());
      end += record.bytes();
      records++;
    }
    if (end < size) {
      refuseIfDurableOnce(window, size);
      LOG.info(
          "{}: cut off {} torn bytes after {} records; they were never durable",
          path,
          size - end,
          records);
      file.setSize(end);
    }
    file.force();
    durable = end;
  }

  /** Looks behind the first bad record for a valid one that knew the bad place as durable. */
  private void refuseIfDurableOnce(LogRecords.Window window, long size) throws IOException {
    long bad = end;
    for (long at = bad + 8; at < size; at += 8) {
      LogRecords.Found later = LogRecords.find(window, salt, at);
      if (later != null && later.durable() > bad) {
        throw corrupt(bad);
      }
    }
  }

  private StateCorruptException corrupt(long offset) {
    return new StateCorruptException(
        path
            + ": damaged at byte "
            + offset
            + ", which had been on stable storage: the disk lost or altered it. Nothing was"
            + " changed. What this log tracked is unknown now; keep the file aside and let the node"
            + " be verified in full");
  }

  private static int write(Disk.DiskFile target, long position, ByteBuffer bytes)
      throws IOException {
    int count = bytes.remaining();
    target.write(bytes, position);
    return count;
  }

  private void cutBack(IOException cause) {
    try {
      file.setSize(end);
    } catch (IOException e) {
      cause.addSuppressed(e);
      fail(cause);
    }
  }

  private void fail(IOException cause) {
    state.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
    } finally {
      state.unlock();
    }
  }

  private void checkUsable() throws IOException {
    if (failure != null) {
      throw new IOException(path + " failed before and can no longer be trusted", failure);
    }
    if (file == null) {
      throw new IOException(path + " is closed");
    }
  }
}
