package io.lockstep.replicator.state;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
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

  private final Path path;
  private final Object forcing = new Object();
  private final ByteBuffer scratch = ByteBuffer.allocate(LogRecords.recordBytes(MAX_RECORD_BYTES));
  private RandomAccessFile file;
  private long salt;
  private long end;
  private long durable;
  private long records;
  private IOException failure;

  private ChecksummedLog(Path path) {
    this.path = path;
  }

  /**
   * Opens the log, creating it (durably) where it is missing, and cuts off a torn tail.
   *
   * @throws StateCorruptException when a record is damaged that was durable once; nothing is
   *     altered then
   */
  public static ChecksummedLog open(Path path) throws IOException {
    ChecksummedLog log = new ChecksummedLog(path.toAbsolutePath());
    Files.deleteIfExists(log.temporary());
    if (!Files.exists(log.path)) {
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
  public synchronized void append(ByteBuffer payload) throws IOException {
    if (payload.remaining() > MAX_RECORD_BYTES) {
      throw new IllegalArgumentException(
          "record of " + payload.remaining() + " bytes, at most " + MAX_RECORD_BYTES);
    }
    checkUsable();
    LogRecords.encode(scratch, salt, end, durable, payload);
    try {
      write(file, end, scratch);
    } catch (IOException e) {
      cutBack(e);
      throw e;
    }
    end += scratch.limit();
    records++;
  }

  /**
   * Forces everything appended before the call to stable storage.
   *
   * @throws IOException when that failed; every later append and force fails too, because the
   *     kernel may have dropped what it could not write
   */
  public void force() throws IOException {
    synchronized (forcing) {
      long target;
      RandomAccessFile forced;
      synchronized (this) {
        checkUsable();
        if (durable == end) {
          return;
        }
        target = end;
        forced = file;
      }
      try {
        forced.getFD().sync();
      } catch (IOException e) {
        fail(e);
        throw e;
      }
      synchronized (this) {
        durable = target;
      }
    }
  }

  /**
   * Reads all records in order, to the last that was appended when the call began. Appends go on
   * meanwhile; force, rewrite and close wait.
   */
  public void read(Reader reader) throws IOException {
    synchronized (forcing) {
      LogRecords.Window window;
      long limit;
      long fileSalt;
      synchronized (this) {
        if (file == null) {
          throw new IOException(path + " is closed");
        }
        limit = end;
        fileSalt = salt;
        window = new LogRecords.Window(file, limit);
      }
      long offset = LogRecords.HEADER_BYTES;
      while (offset < limit) {
        LogRecords.Found found = LogRecords.find(window, fileSalt, offset);
        if (found == null) {
          throw corrupt(offset);
        }
        reader.record(found.payload());
        offset += found.bytes();
      }
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
    synchronized (forcing) {
      synchronized (this) {
        checkUsable();
        replaceBy(payloads);
      }
    }
  }

  /** Bytes of the file. */
  public synchronized long sizeBytes() {
    return end;
  }

  /** Number of records. */
  public synchronized long recordCount() {
    return records;
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** Closes the file; forces nothing. */
  @Override
  public void close() throws IOException {
    synchronized (forcing) {
      synchronized (this) {
        if (file != null) {
          file.close();
          file = null;
        }
      }
    }
  }

  private Path temporary() {
    return path.resolveSibling(path.getFileName() + ".new");
  }

  private synchronized void replaceBy(List<ByteBuffer> payloads) throws IOException {
    UUID random = UUID.randomUUID();
    long newSalt = random.getMostSignificantBits() ^ random.getLeastSignificantBits();
    RandomAccessFile fresh = DurableFiles.open(temporary());
    long position = 0;
    try {
      fresh.setLength(0);
      position += write(fresh, 0, LogRecords.header(newSalt));
      for (ByteBuffer payload : payloads) {
        LogRecords.encode(scratch, newSalt, position, 0, payload);
        position += write(fresh, position, scratch);
      }
      fresh.getFD().sync();
    } catch (IOException | RuntimeException | Error e) {
      fresh.close();
      Files.deleteIfExists(temporary());
      throw e;
    }
    RandomAccessFile old = file;
    try {
      DurableFiles.replace(temporary(), path);
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

  private synchronized void scan() throws IOException {
    file = DurableFiles.open(path);
    long size = file.length();
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
      file.setLength(end);
    }
    file.getFD().sync();
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

  private int write(RandomAccessFile target, long position, ByteBuffer bytes) throws IOException {
    synchronized (target) {
      target.seek(position);
      target.write(bytes.array(), bytes.arrayOffset(), bytes.limit());
    }
    return bytes.limit();
  }

  private void cutBack(IOException cause) {
    try {
      file.setLength(end);
    } catch (IOException e) {
      cause.addSuppressed(e);
      fail(cause);
    }
  }

  private synchronized void fail(IOException cause) {
    if (failure == null) {
      failure = cause;
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
