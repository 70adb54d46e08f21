package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * A module's directories on the node's own file systems, by system calls relative to descriptors
 * that were opened before anything covered the directories.
 *
 * <p>Names are the kernel's bytes, whatever the locale. Errors carry the kernel's error number.
 * Opened by {@link StoreOpener}.
 */
final class PosixFileStore implements FileStore {
  private static final int OPEN = Libc.O_NOCTTY | Libc.O_NONBLOCK | Libc.O_NOATIME;

  private final Roots roots;
  private final int[] synced;
  private final Staging staging;
  private final HiddenNames hidden;

  /** Takes over the descriptors; {@code synced} has one on each file system, opened for reading. */
  PosixFileStore(Roots roots, int[] synced) {
    this.roots = roots;
    this.synced = synced;
    this.staging = new Staging(roots);
    this.hidden = new HiddenNames(roots, staging);
  }

  @Override
  public int directories() {
    return roots.count();
  }

  @Override
  public FileStatus status(TreePath path) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    int errno = Libc.errno(Statuses.ask(scratch, parent, Roots.name(scratch, 0, path)));
    roots.leave(parent, path);
    check(errno, "status", path);
    FileStatus status = Statuses.status(scratch);
    return path.isRoot() ? staging.leftOut(status, path.directory()) : status;
  }

  @Override
  public FileStatus status(OpenFile file) throws StoreException {
    Scratch scratch = Scratch.get();
    try (Use use = new Use(file)) {
      int errno = Libc.errno(Statuses.ask(scratch, use.fd));
      if (errno != 0) {
        throw Errno.exception(errno, "status of an open file");
      }
    }
    return Statuses.status(scratch);
  }

  @Override
  public OpenFile open(TreePath path, Access access) throws StoreException {
    int how =
        switch (access) {
          case READ -> Libc.O_RDONLY;
          case WRITE -> Libc.O_WRONLY;
          case READ_WRITE -> Libc.O_RDWR;
        };
    Scratch scratch = Scratch.get();
    int fd = roots.open(scratch, path, how | OPEN);
    int errno = Libc.errno(Statuses.ask(scratch, fd));
    int type = Statuses.mode(scratch) & Statuses.S_IFMT;
    if (errno == 0 && type == Statuses.S_IFREG) {
      return new PosixFile(fd);
    }
    Libc.close(fd);
    check(errno, "open", path);
    if (Statuses.kind(type) == FileKind.DIRECTORY) {
      throw Errno.exception(Errno.EISDIR, "open " + path);
    }
    throw new StoreException(
        Failure.INVALID, Errno.EINVAL, "open " + path + ": not a regular file");
  }

  @Override
  public OpenFile hold(TreePath path) throws StoreException {
    return PosixFile.held(roots.open(Scratch.get(), path, Libc.O_PATH));
  }

  @Override
  public OpenFile reopen(OpenFile held, Access access) throws StoreException {
    try (Use use = new Use(held)) {
      return Held.reopen(Scratch.get(), use.fd, access);
    }
  }

  @Override
  public OpenFile openDirectory(TreePath path) throws StoreException {
    return PosixFile.directory(openDirectory(Scratch.get(), path), path.isRoot());
  }

  @Override
  public void entries(OpenFile directory, long from, EntryVisitor visitor) throws StoreException {
    try (Use use = new Use(directory)) {
      use.file.entries().visit(use.fd, from, visitor);
    }
  }

  @Override
  public OpenFile createNameless(TreePath directory, NewFile file) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = openDirectory(scratch, directory);
    try {
      return new PosixFile(Creation.createNameless(scratch, parent, file, directory));
    } finally {
      Libc.close(parent);
    }
  }

  @Override
  public void publish(OpenFile nameless, TreePath path, FileId id) throws StoreException {
    refuseRoot(path, Errno.EEXIST);
    Scratch scratch = Scratch.get();
    try (Use use = new Use(nameless)) {
      int parent = roots.enter(scratch, 0, path);
      long name = Roots.name(scratch, 0, path);
      int errno = Creation.publish(scratch, use.fd, parent, name, id);
      roots.leave(parent, path);
      check(errno, "give a name to", path);
    }
  }

  @Override
  public int read(OpenFile file, ByteBuffer into, long offset) throws StoreException {
    try (Use use = new Use(file)) {
      return FileContent.read(use.fd, into, offset);
    }
  }

  @Override
  public void write(OpenFile file, ByteBuffer data, long offset) throws StoreException {
    try (Use use = new Use(file)) {
      FileContent.write(use.fd, data, offset);
    }
  }

  @Override
  public void truncate(OpenFile file, long sizeBytes) throws StoreException {
    try (Use use = new Use(file)) {
      int errno = Libc.errno(Libc.ftruncate(use.fd, sizeBytes));
      if (errno != 0) {
        throw Errno.exception(errno, "truncate to " + sizeBytes + " bytes");
      }
    }
  }

  @Override
  public void allocate(OpenFile file, Allocation how, long offset, long lengthBytes)
      throws StoreException {
    try (Use use = new Use(file)) {
      FileContent.allocate(use.fd, how, offset, lengthBytes);
    }
  }

  @Override
  public long seek(OpenFile file, Region region, long offset) throws StoreException {
    try (Use use = new Use(file)) {
      return FileContent.seek(use.fd, region, offset);
    }
  }

  @Override
  public void sync(OpenFile file, boolean dataOnly) throws StoreException {
    try (Use use = new Use(file)) {
      int errno = Libc.errno(dataOnly ? Libc.fdatasync(use.fd) : Libc.fsync(use.fd));
      if (errno != 0) {
        throw Errno.exception(errno, "force a file to stable storage");
      }
    }
  }

  @Override
  public void syncDirectory(TreePath directory) throws StoreException {
    int fd = openDirectory(Scratch.get(), directory);
    int errno = Libc.errno(Libc.fsync(fd));
    Libc.close(fd);
    check(errno, "force to stable storage:", directory);
  }

  @Override
  public void syncAll() throws StoreException {
    roots.descriptor(0);
    for (int fd : synced) {
      int errno = Libc.errno(Libc.syncfs(fd));
      if (errno != 0) {
        throw Errno.exception(
            errno,
            "force the file systems of the module to stable storage: data may be lost, this copy"
                + " can not be trusted; check the device (dmesg), then resynchronize");
      }
    }
  }

  @Override
  public void create(TreePath path, NewFile file, FileId id) throws StoreException {
    create(path, new Creation(file, id, AttributeChange.NOTHING, hidden))
        .ifPresent(OpenFile::close);
  }

  @Override
  public Optional<OpenFile> create(TreePath path, NewFile file, FileId id, long timeNs)
      throws StoreException {
    return create(path, new Creation(file, id, AttributeChange.times(timeNs), hidden));
  }

  private Optional<OpenFile> create(TreePath path, Creation creation) throws StoreException {
    refuseRoot(path, Errno.EEXIST);
    noteIfHidden(path);
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    int errno;
    try {
      errno = creation.create(scratch, parent, Roots.name(scratch, 0, path), path);
    } finally {
      roots.leave(parent, path);
    }
    check(errno, "create", path);
    return creation.file();
  }

  /** A file that gets a hidden name from outside is to be renamed by an operation that follows. */
  private void noteIfHidden(TreePath path) throws StoreException {
    if (HiddenName.is(path)) {
      hidden.publishing(Scratch.get(), path);
    }
  }

  private void forgetIfHidden(TreePath path) throws StoreException {
    if (HiddenName.is(path)) {
      hidden.published(Scratch.get(), path);
    }
  }

  @Override
  public void sweep(boolean unpublished) throws StoreException {
    hidden.sweep(unpublished);
  }

  @Override
  public void link(TreePath existing, TreePath path) throws StoreException {
    refuseRoot(existing, Errno.EPERM);
    refuseRoot(path, Errno.EEXIST);
    noteIfHidden(path);
    both(
        existing,
        path,
        "link",
        (from, name, to, newName) -> Libc.linkat(from, name, to, newName, 0));
  }

  @Override
  public void remove(TreePath path, boolean directory) throws StoreException {
    refuseRoot(path, Errno.EBUSY);
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    int flags = directory ? Libc.AT_REMOVEDIR : 0;
    int errno = Libc.errno(Libc.unlinkat(parent, Roots.name(scratch, 0, path), flags));
    roots.leave(parent, path);
    if (directory && (errno == Errno.ENOTEMPTY || errno == Errno.EEXIST) && sweep(path)) {
      remove(path, true);
      return;
    }
    check(errno, "remove", path);
    forgetIfHidden(path);
  }

  /** Removes what has a hidden name in {@code directory}; whether there was any. */
  private boolean sweep(TreePath directory) throws StoreException {
    Scratch scratch = Scratch.get();
    int fd = openDirectory(scratch, directory);
    boolean swept = false;
    try {
      Predicate<byte[]> others = name -> !HiddenName.is(name);
      for (Entry entry : Directories.list(scratch, fd, false, others, directory.toString())) {
        int flags = entry.kind() == FileKind.DIRECTORY ? Libc.AT_REMOVEDIR : 0;
        swept |= Libc.unlinkat(fd, scratch.path(1, entry.name()), flags) == 0;
      }
    } finally {
      Libc.close(fd);
    }
    return swept;
  }

  @Override
  public void rename(TreePath from, TreePath to, boolean exclusive) throws StoreException {
    refuseRoot(from, Errno.EBUSY);
    refuseRoot(to, Errno.EBUSY);
    noteIfHidden(to);
    int how = exclusive ? Renames.NOREPLACE : Renames.REPLACE;
    both(from, to, "rename", (a, name, b, newName) -> Renames.rename(a, name, b, newName, how));
    forgetIfHidden(from);
  }

  @Override
  public void exchange(TreePath one, TreePath other) throws StoreException {
    refuseRoot(one, Errno.EBUSY);
    refuseRoot(other, Errno.EBUSY);
    both(
        one, other, "exchange", (a, name, b, n) -> Renames.rename(a, name, b, n, Renames.EXCHANGE));
  }

  @Override
  public void setAttributes(TreePath path, AttributeChange change) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    int errno = Attributes.set(scratch, parent, Roots.name(scratch, 0, path), change);
    roots.leave(parent, path);
    check(errno, "set attributes of", path);
  }

  @Override
  public void setAttributes(OpenFile file, AttributeChange change) throws StoreException {
    try (Use use = new Use(file)) {
      Scratch scratch = Scratch.get();
      int errno =
          use.file.isHeld()
              ? Held.set(scratch, use.fd, change)
              : Attributes.set(scratch, use.fd, change);
      if (errno != 0) {
        throw Errno.exception(errno, "set attributes of an open file");
      }
    }
  }

  @Override
  public byte[] readLink(TreePath path) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    ByteBuffer buffer = scratch.large();
    long address = NativeMemory.address(buffer);
    long name = Roots.name(scratch, 0, path);
    long length = Libc.readlinkat(parent, name, address, buffer.capacity());
    int errno = Libc.errno(length);
    roots.leave(parent, path);
    check(errno, "read link", path);
    byte[] target = new byte[(int) length];
    buffer.get(0, target);
    return target;
  }

  @Override
  public List<Entry> list(TreePath directory, boolean withIds) throws StoreException {
    Scratch scratch = Scratch.get();
    int fd = openDirectory(scratch, directory);
    boolean root = directory.isRoot();
    try {
      Predicate<byte[]> hidden = name -> Directories.dots(name) || HiddenName.isOwn(name, root);
      return Directories.list(scratch, fd, withIds, hidden, directory.toString());
    } finally {
      Libc.close(fd);
    }
  }

  @Override
  public Statistics statistics(int directory) throws StoreException {
    int root = roots.descriptor(directory);
    ByteBuffer into = Scratch.get().large();
    int errno = Libc.errno(Libc.fstatfs(root, NativeMemory.address(into)));
    check(errno, "statistics of", TreePath.root(directory));
    return new Statistics(
        into.getLong(72),
        into.getLong(16),
        into.getLong(24),
        into.getLong(32),
        into.getLong(40),
        into.getLong(48),
        (int) into.getLong(64));
  }

  @Override
  public Optional<FileId> identity(TreePath path) throws StoreException {
    if (path.isRoot()) {
      roots.descriptor(path.directory());
      return Optional.of(FileId.root(path.directory()));
    }
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    long name = Roots.name(scratch, 0, path);
    long length = Identities.read(scratch, parent, lastName(path), name);
    int errno = Libc.errno(length);
    roots.leave(parent, path);
    check(Identities.none(errno) ? 0 : errno, "read the identity of", path);
    return Identities.found(scratch, length);
  }

  /** Takes the identity off what {@code path} names; returns whether it had one. */
  boolean forgetIdentity(TreePath path) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    int errno =
        Libc.errno(Identities.remove(scratch, scratch.descriptorPath(parent, lastName(path))));
    roots.leave(parent, path);
    check(errno == Errno.ENODATA ? 0 : errno, "forget the identity of", path);
    return errno == 0;
  }

  @Override
  public void setIdentity(TreePath path, FileId id) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    long name = scratch.descriptorPath(parent, lastName(path));
    int errno = Libc.errno(Identities.write(scratch, name, id));
    roots.leave(parent, path);
    check(errno, "set the identity of", path);
  }

  @Override
  public Optional<UUID> mark(int directory) throws StoreException {
    Scratch scratch = Scratch.get();
    long length = Marks.read(scratch, roots.descriptor(directory));
    int errno = Libc.errno(length);
    check(Identities.none(errno) ? 0 : errno, "read the mark of", TreePath.root(directory));
    return Marks.found(scratch, length);
  }

  @Override
  public void mark(int directory, UUID copy) throws StoreException {
    int errno = Libc.errno(Marks.write(Scratch.get(), roots.descriptor(directory), copy));
    check(errno, "mark", TreePath.root(directory));
    syncDirectory(TreePath.root(directory));
  }

  /** Takes the mark off; nothing happens when there is none. */
  void unmark(int directory) throws StoreException {
    int errno = Libc.errno(Marks.remove(Scratch.get(), roots.descriptor(directory)));
    check(errno == Errno.ENODATA ? 0 : errno, "unmark", TreePath.root(directory));
  }

  @Override
  public List<byte[]> xattrs(TreePath path) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    try {
      Xattrs.Place place = Xattrs.Place.name(scratch.descriptorPath(parent, lastName(path)));
      return Xattrs.names(scratch, place, path.toString());
    } finally {
      roots.leave(parent, path);
    }
  }

  @Override
  public byte[] xattr(TreePath path, byte[] name) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    try {
      Xattrs.Place place = Xattrs.Place.name(scratch.descriptorPath(parent, lastName(path)));
      return Xattrs.get(scratch, place, name, path.toString());
    } finally {
      roots.leave(parent, path);
    }
  }

  @Override
  public void setXattr(TreePath path, byte[] name, byte[] value) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    try {
      Xattrs.Place place = Xattrs.Place.name(scratch.descriptorPath(parent, lastName(path)));
      Xattrs.set(scratch, place, name, value, path.toString());
    } finally {
      roots.leave(parent, path);
    }
  }

  @Override
  public void removeXattr(TreePath path, byte[] name) throws StoreException {
    Scratch scratch = Scratch.get();
    int parent = roots.enter(scratch, 0, path);
    try {
      Xattrs.Place place = Xattrs.Place.name(scratch.descriptorPath(parent, lastName(path)));
      Xattrs.remove(scratch, place, name, path.toString());
    } finally {
      roots.leave(parent, path);
    }
  }

  @Override
  public byte[] readLink(OpenFile held) throws StoreException {
    Scratch scratch = Scratch.get();
    try (Use use = new Use(held)) {
      ByteBuffer buffer = scratch.large();
      long address = NativeMemory.address(buffer);
      long length = Libc.readlinkat(use.fd, scratch.empty(), address, buffer.capacity());
      int errno = Libc.errno(length);
      if (errno != 0) {
        throw Errno.exception(errno, "read a link that is held");
      }
      byte[] target = new byte[(int) length];
      buffer.get(0, target);
      return target;
    }
  }

  @Override
  public List<byte[]> xattrs(OpenFile file) throws StoreException {
    try (Use use = new Use(file)) {
      return Xattrs.names(Scratch.get(), Held.path(use.fd), Held.WHAT);
    }
  }

  @Override
  public byte[] xattr(OpenFile file, byte[] name) throws StoreException {
    try (Use use = new Use(file)) {
      return Xattrs.get(Scratch.get(), Held.path(use.fd), name, Held.WHAT);
    }
  }

  @Override
  public void setXattr(OpenFile file, byte[] name, byte[] value) throws StoreException {
    try (Use use = new Use(file)) {
      Xattrs.set(Scratch.get(), Held.path(use.fd), name, value, Held.WHAT);
    }
  }

  @Override
  public void removeXattr(OpenFile file, byte[] name) throws StoreException {
    try (Use use = new Use(file)) {
      Xattrs.remove(Scratch.get(), Held.path(use.fd), name, Held.WHAT);
    }
  }

  @Override
  public TreePath staging(int directory) throws StoreException {
    staging.make(Scratch.get(), directory);
    return Staging.path(directory);
  }

  @Override
  public void leaveStaging(int directory) throws StoreException {
    staging.leave(Scratch.get(), directory);
  }

  @Override
  public void walk(TreePath from, Predicate<TreePath> visitor) throws StoreException {
    Deque<TreePath> directories = new ArrayDeque<>();
    if (status(from).kind() == FileKind.DIRECTORY) {
      directories.push(from);
    }
    while (!directories.isEmpty()) {
      TreePath directory = directories.pop();
      for (Entry entry : listIfThere(directory)) {
        TreePath path = directory.resolve(entry.name());
        if (!visitor.test(path)) {
          return;
        }
        if (entry.kind() == FileKind.DIRECTORY) {
          directories.push(path);
        }
      }
    }
  }

  /** What was removed since its parent was listed has no entries. */
  private List<Entry> listIfThere(TreePath directory) throws StoreException {
    try {
      return list(directory, false);
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
        return List.of();
      }
      throw e;
    }
  }

  @Override
  public void close() {
    hidden.close();
    roots.close();
    for (int i = 0; i < synced.length; i++) {
      if (synced[i] >= 0) {
        Libc.close(synced[i]);
        synced[i] = -1;
      }
    }
  }

  /** A call on two names. */
  private interface Both {
    long call(int from, long name, int to, long newName);
  }

  private void both(TreePath from, TreePath to, String what, Both call) throws StoreException {
    Scratch scratch = Scratch.get();
    int fromParent = roots.enter(scratch, 0, from);
    try {
      int toParent = roots.enter(scratch, 1, to);
      long name = Roots.name(scratch, 0, from);
      long newName = Roots.name(scratch, 1, to);
      int errno = Libc.errno(call.call(fromParent, name, toParent, newName));
      roots.leave(toParent, to);
      if (errno != 0) {
        throw Errno.exception(errno, what + " " + from + " to " + to);
      }
    } finally {
      roots.leave(fromParent, from);
    }
  }

  private int openDirectory(Scratch scratch, TreePath path) throws StoreException {
    return roots.open(scratch, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOATIME);
  }

  private static byte[] lastName(TreePath path) {
    return path.isRoot() ? new byte[] {'.'} : path.name();
  }

  private static void refuseRoot(TreePath path, int errno) throws StoreException {
    if (path.isRoot()) {
      throw Errno.exception(errno, path + " is the replicated directory itself");
    }
  }

  private static void check(int errno, String what, TreePath path) throws StoreException {
    if (errno != 0) {
      throw Errno.exception(errno, what + " " + path);
    }
  }

  /** One use of an open file's descriptor. */
  private static final class Use implements AutoCloseable {
    private final PosixFile file;
    private final int fd;

    Use(OpenFile file) throws StoreException {
      if (!(file instanceof PosixFile posix)) {
        throw new IllegalArgumentException("a file of another store");
      }
      this.file = posix;
      this.fd = posix.acquire();
    }

    @Override
    public void close() {
      file.release();
    }
  }
}
