package io.lockstep.replicator.port;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * A module's replicated directories as this node's own file systems hold them, reached below any
 * mount that covers them.
 *
 * <p>All methods are safe to call from any thread; none follows a symbolic link, in the last name
 * or in any before it. Nothing is durable before {@link #sync} or {@link #syncAll} returns. Every
 * method throws {@link StoreException} with the reason; a failed sync is never retried as success
 * by the caller. Buffers must be direct; they are used from position to limit and their position is
 * not changed.
 */
public interface FileStore extends AutoCloseable {
  /** How a file is opened. */
  enum Access {
    READ,
    WRITE,
    READ_WRITE
  }

  /** What {@link #seek} looks for. */
  enum Region {
    DATA,
    HOLE
  }

  /**
   * One name in a directory. {@code id} is empty where none was given yet; it is filled only when
   * asked for.
   */
  record Entry(byte[] name, FileKind kind, long inode, Optional<FileId> id) {}

  /** Room on the file system, in bytes and files. */
  record Statistics(
      long blockSizeBytes,
      long blocks,
      long freeBlocks,
      long availableBlocks,
      long files,
      long freeFiles,
      int maxNameBytes) {}

  /** Takes the entries of a directory one by one. */
  @FunctionalInterface
  interface EntryVisitor {
    /**
     * One entry, {@code "."} and {@code ".."} among them. {@code next} is where a later reading
     * goes on behind it; it stays true while other names come and go. Returns whether to go on.
     */
    boolean entry(byte[] name, FileKind kind, long inode, long next) throws StoreException;
  }

  /** How many directories the module has; paths carry a number below it. */
  int directories();

  /** Status of what {@code path} names. @throws StoreException NOT_FOUND and the like */
  FileStatus status(TreePath path) throws StoreException;

  /** Status of an open file. */
  FileStatus status(OpenFile file) throws StoreException;

  /** Opens a regular file without any synchronous flag. */
  OpenFile open(TreePath path, Access access) throws StoreException;

  /**
   * Takes hold of what {@code path} names, of any kind, so that it can be reached after its last
   * name is gone: for its status, attributes, extended attributes and {@link #reopen}, not for
   * data.
   */
  OpenFile hold(TreePath path) throws StoreException;

  /**
   * Opens again what is open or held, whether or not it has a name: a regular file, or a directory
   * to {@link Access#READ} its entries.
   */
  OpenFile reopen(OpenFile held, Access access) throws StoreException;

  /** Opens a directory for {@link #entries}. */
  OpenFile openDirectory(TreePath path) throws StoreException;

  /**
   * Shows the entries of an open directory but Lockstep's own to {@code visitor}, from {@code from}
   * (0, or what an earlier entry gave as next) until it wants no more or none is left. Names that
   * come or go meanwhile may be shown or not; every other one is shown once.
   */
  void entries(OpenFile directory, long from, EntryVisitor visitor) throws StoreException;

  /**
   * Makes a regular file that no name leads to, open to read and write, as a new file in {@code
   * directory} would be; gone when closed, unless it was {@link #publish}ed. @throws StoreException
   * NOT_SUPPORTED where the file system cannot
   */
  OpenFile createNameless(TreePath directory, NewFile file) throws StoreException;

  /** Gives a nameless file its identity and first name. @throws StoreException EXISTS */
  void publish(OpenFile nameless, TreePath path, FileId id) throws StoreException;

  /** Reads up to {@code into.remaining()} bytes; returns how many, 0 at the end. */
  int read(OpenFile file, ByteBuffer into, long offset) throws StoreException;

  /** Writes all of {@code data}, or throws having written any part of it. */
  void write(OpenFile file, ByteBuffer data, long offset) throws StoreException;

  /** Cuts the file, or lets it grow by a hole. */
  void truncate(OpenFile file, long sizeBytes) throws StoreException;

  /**
   * Reserves, zeroes or frees a range. @throws StoreException NOT_SUPPORTED where the file system
   * cannot
   */
  void allocate(OpenFile file, Allocation how, long offset, long lengthBytes) throws StoreException;

  /**
   * Offset of the next data or hole at or after {@code offset}. @throws StoreException
   * NO_SUCH_RANGE beyond the end
   */
  long seek(OpenFile file, Region region, long offset) throws StoreException;

  /** Forces the file's data, and all of its metadata unless {@code dataOnly}, to stable storage. */
  void sync(OpenFile file, boolean dataOnly) throws StoreException;

  /** Forces a directory's names to stable storage. */
  void syncDirectory(TreePath directory) throws StoreException;

  /**
   * Forces everything written before the call, on every file system of the module, to stable
   * storage. Uses descriptors that have been open since the store was, so that no earlier write
   * error goes unseen.
   */
  void syncAll() throws StoreException;

  /**
   * Makes a new file and gives it {@code id}, its owner, group and permission bits. Fails with
   * EXISTS if the name is taken, and leaves nothing behind if it fails.
   */
  void create(TreePath path, NewFile file, FileId id) throws StoreException;

  /**
   * As {@link #create(TreePath, NewFile, FileId)}, with both of the file's times, in ns since 1970.
   * Returns a regular file open to read and write, and nothing for any other kind.
   */
  Optional<OpenFile> create(TreePath path, NewFile file, FileId id, long timeNs)
      throws StoreException;

  /** Gives a file one more name. @throws StoreException EXISTS */
  void link(TreePath existing, TreePath path) throws StoreException;

  /** Removes a name; a directory only when it is empty. */
  void remove(TreePath path, boolean directory) throws StoreException;

  /** Renames, replacing what has the new name; with {@code exclusive} fails with EXISTS instead. */
  void rename(TreePath from, TreePath to, boolean exclusive) throws StoreException;

  /** Lets two names change places, in one step. */
  void exchange(TreePath one, TreePath other) throws StoreException;

  /** Changes attributes of what {@code path} names, a symbolic link's own included. */
  void setAttributes(TreePath path, AttributeChange change) throws StoreException;

  /** Changes attributes of an open file. */
  void setAttributes(OpenFile file, AttributeChange change) throws StoreException;

  /** Where a symbolic link leads. */
  byte[] readLink(TreePath path) throws StoreException;

  /**
   * All entries but {@code "."}, {@code ".."} and Lockstep's own, in the file system's order.
   *
   * @param withIds whether to read each entry's identity too
   */
  List<Entry> list(TreePath directory, boolean withIds) throws StoreException;

  /** Room on the file system of directory number {@code directory}. */
  Statistics statistics(int directory) throws StoreException;

  /** The file's identity, if it has one. A root always has {@link FileId#root}. */
  Optional<FileId> identity(TreePath path) throws StoreException;

  /** Gives what {@code path} names an identity, in place of any it had. */
  void setIdentity(TreePath path, FileId id) throws StoreException;

  /** Which copy directory number {@code directory} is marked to hold, if it is. */
  Optional<UUID> mark(int directory) throws StoreException;

  /** Marks the directory as holding {@code copy}; on stable storage on return. */
  void mark(int directory, UUID copy) throws StoreException;

  /** Names of extended attributes, Lockstep's own left out. */
  List<byte[]> xattrs(TreePath path) throws StoreException;

  /**
   * The value of one extended attribute.
   *
   * @throws StoreException NO_ATTRIBUTE
   */
  byte[] xattr(TreePath path, byte[] name) throws StoreException;

  /** Sets an extended attribute, whether or not it was there. */
  void setXattr(TreePath path, byte[] name, byte[] value) throws StoreException;

  /** Removes an extended attribute. @throws StoreException NO_ATTRIBUTE */
  void removeXattr(TreePath path, byte[] name) throws StoreException;

  /** As {@link #readLink(TreePath)}, of what is held. */
  byte[] readLink(OpenFile held) throws StoreException;

  /** As {@link #xattrs(TreePath)}, of what is open or held. */
  List<byte[]> xattrs(OpenFile file) throws StoreException;

  /** As {@link #xattr(TreePath, byte[])}, of what is open or held. */
  byte[] xattr(OpenFile file, byte[] name) throws StoreException;

  /** As {@link #setXattr(TreePath, byte[], byte[])}, of what is open or held. */
  void setXattr(OpenFile file, byte[] name, byte[] value) throws StoreException;

  /** As {@link #removeXattr(TreePath, byte[])}, of what is open or held. */
  void removeXattr(OpenFile file, byte[] name) throws StoreException;

  /**
   * A place on the same file system as directory number {@code directory}, for files that are on
   * their way to another name; hidden from {@link #list}. Made when first asked for; its first use
   * after a crash finds what was left there.
   */
  TreePath staging(int directory) throws StoreException;

  /**
   * {@link #staging} is needed no more: takes it away unless something is in it, the store's own
   * notes among that.
   */
  void leaveStaging(int directory) throws StoreException;

  /**
   * Removes what has a {@link io.lockstep.replicator.model.HiddenName} and will not get its own any
   * more: what creations of a process that was killed left, which costs no walk. What {@link
   * #create} made under a hidden name itself is left to the operation that renames it, unless
   * {@code unpublished}: no such operation comes. Leaves the times of directories alone, and goes
   * on where something cannot be removed. Makes {@link #staging}.
   *
   * @throws StoreException at the end, if anything could not be removed
   */
  void sweep(boolean unpublished) throws StoreException;

  /**
   * Walks all entries below {@code from}, parents before children; stops when {@code visitor}
   * returns false.
   */
  void walk(TreePath from, Predicate<TreePath> visitor) throws StoreException;

  @Override
  void close();
}
