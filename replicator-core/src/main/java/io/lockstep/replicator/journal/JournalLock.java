package io.lockstep.replicator.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a journal to one owner. The operating system holds the lock and frees it when the process
 * ends in any way, so no process number is ever compared; the one in the file is for messages.
 */
final class JournalLock implements AutoCloseable {
  /**
   * Directories locked by this process. POSIX drops a process's lock when it closes any descriptor
   * of the file, so a second attempt in the same process must be refused before it opens one.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;

  private JournalLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  static JournalLock acquire(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!HELD.add(real)) {
      throw new IOException("journal " + directory + " is already open in this process");
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IOException(
            "journal "
                + directory
                + " is in use by another process"
                + holder(real)
                + ": stop that one first; two writers would destroy the journal");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
      return new JournalLock(real, channel);
    } catch (IOException | RuntimeException | Error e) {
      HELD.remove(real);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static String holder(Path directory) throws IOException {
    String pid = Files.readString(directory.resolve("lock"), StandardCharsets.US_ASCII).strip();
    return pid.isEmpty() ? "" : " (" + pid + ")";
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      HELD.remove(directory);
    }
  }
}
