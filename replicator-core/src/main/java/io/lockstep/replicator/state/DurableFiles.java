package io.lockstep.replicator.state;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The steps that make files, and not only their bytes, survive a loss of power.
 *
 * <p>A file that was created or renamed and forced is still lost when the directory that names it
 * was not forced as well.
 */
public final class DurableFiles {
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(java.util.Locale.ROOT).contains("windows");

  private DurableFiles() {}

  /**
   * Forces the entries of a directory to stable storage. On Windows this does nothing: NTFS logs
   * directory changes in order and a directory cannot be opened for this.
   */
  public static void forceDirectory(Path directory) throws IOException {
    if (WINDOWS) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Creates a directory and its missing parents, all durable on return. */
  public static void createDirectories(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      return;
    }
    Path parent = absolute.getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    Files.createDirectories(absolute);
    if (parent != null) {
      forceDirectory(parent);
    }
  }

  /** Renames over whatever is at {@code target}, in one step; durable on return. */
  public static void replace(Path source, Path target) throws IOException {
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceDirectory(target.toAbsolutePath().getParent());
  }

  /**
   * Opens for reading and writing, created if missing. Unlike a channel it is not closed when a
   * thread that uses it is interrupted.
   */
  static RandomAccessFile open(Path file) throws IOException {
    return new RandomAccessFile(file.toFile(), "rw");
  }
}
