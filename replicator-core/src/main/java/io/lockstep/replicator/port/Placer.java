package io.lockstep.replicator.port;

import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Puts files of any kind where users may change everything around them, as any program would:
 * through whatever is mounted there. Each is made beside its place under a name of its own and put
 * there in one step when it is whole. Any thread; one file is one thread's at a time.
 */
@FunctionalInterface
public interface Placer {
  /** Where the system has no such thing. */
  Placer NONE =
      (root, path, file) -> {
        throw new IOException("Lockstep cannot place files on this system yet");
      };

  /**
   * Makes a file that nobody but its owner reaches, with no content, beside {@code path} below
   * {@code root}, whatever the number of the path's directory is. No symbolic link and no mount is
   * followed below the root, neither now nor when it is placed.
   *
   * @throws StoreException NOT_FOUND where the directory is not there
   */
  Unplaced make(Path root, TreePath path, NewFile file) throws IOException;

  /** A file that is not in its place yet; gone when closed, unless it was placed. */
  interface Unplaced extends AutoCloseable {
    /** Writes all of {@code data}, a direct buffer, to a regular file. */
    void write(ByteBuffer data, long offset) throws StoreException;

    /** Changes attributes; not the permissions of a symbolic link, which has none. */
    void setAttributes(AttributeChange change) throws StoreException;

    /** Sets an extended attribute, whether or not it was there. */
    void setXattr(byte[] name, byte[] value) throws StoreException;

    /**
     * Gives it its name in one step; with its content on stable storage on return.
     *
     * @param replacing whether it takes the place of what has that name, else EXISTS
     * @throws StoreException also NOT_EMPTY, IS_A_DIRECTORY, NOT_A_DIRECTORY where what is there
     *     cannot be replaced by it
     */
    void place(boolean replacing) throws StoreException;

    /**
     * Gives what was placed one more name below the same root, in place of what has it; on stable
     * storage on return. Not for directories.
     */
    void alsoAt(TreePath path) throws StoreException;

    @Override
    void close();
  }
}
