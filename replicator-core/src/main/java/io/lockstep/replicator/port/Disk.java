package io.lockstep.replicator.port;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The file system that holds Lockstep's own files: its record, the log under the map of changes,
 * the journal's segments.
 *
 * <p>Nothing is durable before {@link DiskFile#force} (content, size) and {@link #forceDirectory}
 * (names) have returned. A method that fails leaves it unknown how much it did. The simulator's
 * disk loses, tears and spoils what production's would.
 */
public interface Disk {
  /** An open file. Safe for any thread; an interrupt does not close it. */
  interface DiskFile extends AutoCloseable {
    /** Size in bytes. */
    long size() throws IOException;

    /** Reads up to {@code into.remaining()} bytes; returns how many, -1 at or beyond the end. */
    int read(ByteBuffer into, long position) throws IOException;

    /** Writes all of {@code bytes}, moving its position to its limit. */
    void write(ByteBuffer bytes, long position) throws IOException;

    /** Cuts or extends the file to {@code sizeBytes}. */
    void setSize(long sizeBytes) throws IOException;

    /**
     * Content and size are on stable storage on return. A failure is never to be retried as
     * success.
     */
    void force() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** A lock on a file, held until closed. */
  interface Held extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  /**
   * Takes room for a part of an existing file, as {@link SpaceReserver#reserve} does; false where
   * this disk cannot.
   */
  default boolean reserve(Path file, long from, long bytes) throws IOException {
    return false;
  }

  /** Opens for reading and writing; {@code create} makes a file that is missing. */
  DiskFile open(Path file, boolean create) throws IOException;

  /** Whether there is a file or directory. */
  boolean exists(Path file);

  boolean isDirectory(Path file);

  /** Removes a file or an empty directory; nothing happens when there is none. */
  void delete(Path file) throws IOException;

  /**
   * Renames a file over whatever is at {@code target}, or a directory to where nothing is, in one
   * step. The names in the target's directory are durable on return.
   */
  void replace(Path source, Path target) throws IOException;

  /**
   * Keeps {@code file}, created where missing, to one owner: until closed, or until the owner's
   * process ends in any way.
   *
   * @throws IOException when another has it; says who, where that is known
   */
  Held lock(Path file) throws IOException;

  /** Sets when a file was last modified, in ns since 1970: for people to read, never forced. */
  default void setModifiedNs(Path file, long modifiedNs) throws IOException {}

  /**
   * Nobody but the owner of {@code directory} reaches what is in it, whatever that may be. Durable
   * once its parent directory is forced; nothing happens where the system has no such permission.
   */
  default void restrict(Path directory) throws IOException {}

  /** The files and directories in {@code directory}, sorted by name. */
  List<Path> list(Path directory) throws IOException;

  /** Creates a directory and its missing parents, all durable on return. */
  void createDirectories(Path directory) throws IOException;

  /** The names in a directory are on stable storage on return. */
  void forceDirectory(Path directory) throws IOException;

  /** Bytes that can still be written to the file system of {@code directory}. */
  long usableBytes(Path directory) throws IOException;
}
