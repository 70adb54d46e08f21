package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The front door of a module's data: what every interceptor (FUSE, WinFsp, the NIO provider) calls.
 * Reads go to the node's own store; every modification is numbered, sent to the peer's journal, and
 * only then applied here and answered.
 *
 * <p>Safe to call from any thread. A modification blocks until the peer has it, for the
 * acknowledgement timeout at the most, after which the role machine lets it go on alone or fails it
 * with {@code IO}. When a modifying method returns normally the modification is in the peer's
 * journal (or tracked, when this node serves alone); when it throws, it has happened on neither
 * node, except that after {@code IO} because this node ceased to serve, or an interruption, the
 * outcome is as unknown as after a loss of power.
 */
public interface Volume {
  /** How a modification of data is acknowledged. */
  enum Durability {
    /** Once the peer received it. */
    RECEIVED,
    /** Once its data is on stable storage on both nodes. */
    DATA,
    /** Once its data and metadata are on stable storage on both nodes. */
    ALL
  }

  /** What happens to a rename whose new name is taken. */
  enum RenameMode {
    REPLACE,
    EXCLUSIVE,
    EXCHANGE
  }

  /** A node and its status at the time of the answer. */
  record Found(TreeNode node, FileStatus status) {}

  /** A new node that is open already. */
  record Opened(TreeNode node, FileStatus status, VolumeFile file) {}

  /** The root of directory number {@code directory}; never forgotten. */
  TreeNode root(int directory);

  /**
   * The node with {@link TreeNode#number} {@code number}. @throws StoreException STALE when it was
   * forgotten
   */
  TreeNode node(long number) throws StoreException;

  /**
   * Finds {@code name} and counts one reference to the node, as does every method that returns
   * {@link Found}.
   */
  Found lookup(TreeNode parent, byte[] name) throws StoreException;

  /** Takes back {@code references}; at none the node is forgotten. */
  void forget(TreeNode node, long references);

  /**
   * The interceptor of directory number {@code directory} is gone, and with it every reference into
   * that directory; what it had open is closed already.
   */
  void forgetAll(int directory);

  /** How many files, directories and links are referred to. */
  int known();

  /** Is shown what {@link #idle} finds: each node, and then its names unless it is a directory. */
  interface IdleVisitor {
    /** One node. */
    void idle(long number, boolean isDirectory);

    /**
     * One of the names that the last node is known by; {@code parent} is its directory's number.
     */
    void named(long parent, boolean isRoot, byte[] name);
  }

  /**
   * Shows nodes of directory number {@code directory} that are referred to and not open, in the
   * order in which they became known, from number {@code from} on, {@code most} at the most. What
   * it shows may be in use again at once.
   *
   * @return the number to go on from, -1 at the end
   */
  long idle(int directory, long from, int most, IdleVisitor visitor);

  /** Status by open file where one is given (null otherwise), else by name. */
  FileStatus status(TreeNode node, VolumeFile file) throws StoreException;

  /**
   * Changes attributes, of the open file where one is given (null otherwise); returns the status
   * afterwards.
   */
  FileStatus setAttributes(TreeNode node, VolumeFile file, AttributeChange change)
      throws StoreException;

  /** Sets the length; {@code file} may be null. */
  FileStatus truncate(TreeNode node, VolumeFile file, long sizeBytes) throws StoreException;

  /** Where a symbolic link leads. @throws StoreException INVALID for anything else */
  byte[] readLink(TreeNode node) throws StoreException;

  /** Makes anything but an open file. @throws StoreException EXISTS when the name is taken */
  Found create(TreeNode parent, byte[] name, NewFile what) throws StoreException;

  /** Makes a regular file and opens it. @throws StoreException EXISTS when the name is taken */
  Opened createAndOpen(TreeNode parent, byte[] name, NewFile what, FileStore.Access access)
      throws StoreException;

  /**
   * Makes and opens a regular file that no name leads to, as a new one in {@code parent} would be.
   * It concerns this node only until {@link #link} gives it a name, which sends it whole. In a
   * directory that was removed nothing is made: NOT_PERMITTED.
   */
  Opened createNameless(TreeNode parent, NewFile what) throws StoreException;

  /**
   * One more name in the same replicated directory; counts a reference. The first name of a file
   * that has none appears at the peer with all its content. @throws StoreException EXISTS when the
   * name is taken, CROSSES_STORES between directories
   */
  Found link(TreeNode existing, TreeNode parent, byte[] name) throws StoreException;

  /** Removes a name, and with the last one the file; a directory only when it is empty. */
  void remove(TreeNode parent, byte[] name, boolean directory) throws StoreException;

  /**
   * Moves a name within its replicated directory. @throws StoreException CROSSES_STORES to another
   * one, or between replicated and excluded paths
   */
  void rename(TreeNode parent, byte[] name, TreeNode toParent, byte[] toName, RenameMode mode)
      throws StoreException;

  /** Opens a regular file; one opened to write can also be read. */
  VolumeFile open(TreeNode node, FileStore.Access access) throws StoreException;

  /** Reads into a direct buffer from its position; returns the count, 0 at the end. */
  int read(VolumeFile file, ByteBuffer into, long offset) throws StoreException;

  /**
   * Writes {@code data} (direct, from position to limit, read until the method returns and not
   * after) at {@code offset}.
   */
  void write(VolumeFile file, ByteBuffer data, long offset, Durability durability)
      throws StoreException;

  /** Reserves, zeroes or frees a range. */
  void allocate(VolumeFile file, Allocation how, long offset, long lengthBytes)
      throws StoreException;

  /**
   * Offset of the next data or hole at or after {@code offset}. @throws StoreException
   * NO_SUCH_RANGE beyond the end
   */
  long seek(VolumeFile file, FileStore.Region region, long offset) throws StoreException;

  /** Forces the file to stable storage on both nodes, in parallel. */
  void sync(VolumeFile file, boolean dataOnly) throws StoreException;

  /** Forces a directory's names to stable storage on both nodes, in parallel. */
  void syncDirectory(TreeNode directory) throws StoreException;

  /** Closes an open file; nothing is forced. */
  void close(VolumeFile file);

  /** Opens a directory for {@link #entries}. */
  VolumeFile openDirectory(TreeNode directory) throws StoreException;

  /** Shows entries as {@link FileStore#entries} does. */
  void entries(VolumeFile directory, long from, FileStore.EntryVisitor visitor)
      throws StoreException;

  /** Room on the file system of the node's directory. */
  FileStore.Statistics statistics(TreeNode node) throws StoreException;

  /** Names of extended attributes, Lockstep's own left out. */
  List<byte[]> xattrs(TreeNode node) throws StoreException;

  /** One extended attribute. @throws StoreException NO_ATTRIBUTE */
  byte[] xattr(TreeNode node, byte[] name) throws StoreException;

  /** How an extended attribute is set. */
  enum XattrMode {
    ANY,
    CREATE,
    REPLACE
  }

  /**
   * Sets an extended attribute. @throws StoreException EXISTS or NO_ATTRIBUTE as {@code mode}
   * demands
   */
  void setXattr(TreeNode node, byte[] name, byte[] value, XattrMode mode) throws StoreException;

  /** Removes an extended attribute. @throws StoreException NO_ATTRIBUTE */
  void removeXattr(TreeNode node, byte[] name) throws StoreException;
}
