package io.lockstep.replicator.state;

import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A file of two slots, written in turn, each write forced: a crash or loss of power in the middle
 * of a write damages the slot of the older content only. Not thread-safe.
 *
 * <p>Slot: magic, format version, counter, length, CRC32C of those and the payload, payload.
 */
public final class StateFile implements AutoCloseable {
  /** Largest payload. */
  public static final int MAX_BYTES = (64 << 10) - StateFile.HEADER_BYTES;

  private static final int HEADER_BYTES = 28;
  private static final int SLOT_BYTES = 64 << 10;
  private static final long MAGIC = 0x4c4b535441544531L; // LKSTATE1
  private static final int VERSION = 1;

  private final Path path;
  private final Disk.DiskFile file;
  private long counter;
  private byte[] content;
  private volatile IOException failure;

  private StateFile(Path path, Disk.DiskFile file) {
    this.path = path;
    this.file = file;
  }

  /** Whether there is a file; one whose creation was cut short does not count. */
  public static boolean exists(Disk disk, Path path) {
    return disk.exists(path);
  }

  /** Creates the file with its first content, durably with its directories. */
  public static StateFile create(Disk disk, Path path, byte[] first) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null || disk.exists(absolute)) {
      throw new IOException(path + " exists already, or is no file");
    }
    disk.createDirectories(directory);
    Path temporary = directory.resolve(absolute.getFileName() + ".new");
    Disk.DiskFile fresh = disk.open(temporary, true);
    try {
      fresh.setSize(0);
      fresh.setSize(2L * SLOT_BYTES);
      StateFile created = new StateFile(absolute, fresh);
      created.write(first);
      disk.replace(temporary, absolute);
      return created;
    } catch (IOException | RuntimeException | Error e) {
      fresh.close();
      throw e;
    }
  }

  /**
   * Opens the file and reads its newest whole slot.
   *
   * @throws StateCorruptException when neither slot is whole
   */
  public static StateFile open(Disk disk, Path path) throws IOException {
    if (!disk.exists(path)) {
      throw new IOException(path + " does not exist");
    }
    StateFile opened = new StateFile(path.toAbsolutePath(), disk.open(path, false));
    try {
      opened.load();
      return opened;
    } catch (IOException | RuntimeException | Error e) {
      opened.file.close();
      throw e;
    }
  }

  /** The newest content. */
  public byte[] read() {
    return content.clone();
  }

  /** Whether a write failed: it takes no more until it is opened anew. */
  public boolean failed() {
    return failure != null;
  }

  /**
   * Replaces the content; durable on return.
   *
   * @throws IOException when it may be durable or not; no later write is accepted
   */
  public void write(byte[] next) throws IOException {
    if (next.length > MAX_BYTES) {
      throw new IllegalArgumentException("state of " + next.length + " bytes");
    }
    if (failure != null) {
      throw new IOException(path + " could not be written before and is not trusted", failure);
    }
    ByteBuffer slot = ByteBuffer.allocate(HEADER_BYTES + next.length);
    slot.putLong(MAGIC).putInt(VERSION).putLong(counter + 1).putInt(next.length).putInt(0);
    slot.put(next);
    slot.putInt(24, crc(slot));
    CrashPoint.STATE_BEFORE_WRITE.reached();
    try {
      file.write(slot.clear(), ((counter + 1) & 1) * SLOT_BYTES);
      CrashPoint.STATE_WRITTEN.reached();
      file.force();
      CrashPoint.STATE_FORCED.reached();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
    counter++;
    content = next.clone();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void load() throws IOException {
    for (int slot = 0; slot < 2; slot++) {
      loadSlot(slot);
    }
    if (content == null) {
      throw new StateCorruptException(
          path
              + ": neither of its two copies is whole, so what this node had promised is not known."
              + " Nothing was changed. Keep the file aside and let the node join anew, with a full"
              + " copy from its peer");
    }
  }

  private void loadSlot(int slot) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(SLOT_BYTES);
    int got = 0;
    while (got >= 0 && head.hasRemaining()) {
      got = file.read(head, (long) slot * SLOT_BYTES + head.position());
    }
    head.clear();
    int length = head.getInt(20);
    if (head.getLong(0) != MAGIC || length < 0 || length > MAX_BYTES) {
      return;
    }
    int crc = head.getInt(24);
    head.putInt(24, 0).limit(HEADER_BYTES + length);
    if (crc != crc(head) || head.getLong(12) <= counter) {
      return;
    }
    if (head.getInt(8) > VERSION) {
      throw new IOException(
          path + " was written by a newer version: start that one again, or upgrade this node");
    }
    counter = head.getLong(12);
    content = new byte[length];
    head.get(HEADER_BYTES, content);
  }

  private static int crc(ByteBuffer slot) {
    CRC32C crc = new CRC32C();
    crc.update(slot.duplicate().position(0));
    return (int) crc.getValue();
  }
}
