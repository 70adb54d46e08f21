package io.lockstep.replicator.execution;

import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.SpaceReserver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The machine's file system, with the steps that make files, and not only their bytes, survive a
 * loss of power: a file that was created or renamed and forced is still lost when the directory
 * that names it was not forced as well.
 */
public final class SystemDisk implements Disk {
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(java.util.Locale.ROOT).contains("windows");

  /**
   * Files locked by this process. POSIX drops a process's lock when it closes any descriptor of the
   * file, so a second attempt in the same process must be refused before it opens one.
   */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  private final SpaceReserver reserver;

  /** Without a way to reserve room. */
  public SystemDisk() {
    this(SpaceReserver.NONE);
  }

  /** Reserves room with the help of {@code reserver}. */
  public SystemDisk(SpaceReserver reserver) {
    this.reserver = reserver;
  }

  @Override
  public boolean reserve(Path file, long from, long bytes) throws IOException {
    return reserver.reserve(file, from, bytes);
  }

  @Override
  public DiskFile open(Path file, boolean create) throws IOException {
    if (!create && !Files.exists(file)) {
      throw new java.nio.file.NoSuchFileException(file.toString());
    }
    return OpenedFile.open(file);
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public boolean isDirectory(Path file) {
    return Files.isDirectory(file);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void replace(Path source, Path target) throws IOException {
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      forceDirectory(parent);
    }
  }

  @Override
  public void setModifiedNs(Path file, long modifiedNs) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(modifiedNs, TimeUnit.NANOSECONDS));
  }

  @Override
  public void restrict(Path directory) throws IOException {
    if (!WINDOWS) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
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

  /**
   * {@inheritDoc}
   *
   * <p>On Windows this does nothing: NTFS logs directory changes in order and a directory cannot be
   * opened for this.
   */
  @Override
  public void forceDirectory(Path directory) throws IOException {
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

  /**
   * {@inheritDoc}
   *
   * <p>Asked as a file: a {@link java.nio.file.FileStore} reads the whole table of mounts first.
   */
  @Override
  public long usableBytes(Path directory) throws IOException {
    long usable = directory.toFile().getUsableSpace();
    // that cannot tell a full disk from a failure
    return usable > 0 ? usable : Files.getFileStore(directory).getUsableSpace();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The operating system holds the lock, so no process number is ever compared; the one in the
   * file is for messages.
   */
  @Override
  public Held lock(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path real = parent == null ? file : parent.toRealPath().resolve(file.getFileName());
    if (!LOCKED.add(real)) {
      throw new IOException(file + " is held by this process already");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IOException(file + " is held by another process" + holder(real));
      }
      channel.truncate(0);
      byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
      channel.write(ByteBuffer.wrap(pid), 0);
      return new HeldFile(real, channel);
    } catch (IOException | RuntimeException | Error e) {
      LOCKED.remove(real);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static String holder(Path file) throws IOException {
    String pid = Files.readString(file, StandardCharsets.US_ASCII).strip();
    return pid.isEmpty() ? "" : " (" + pid + ")";
  }

  private record HeldFile(Path file, FileChannel channel) implements Held {
    @Override
    public void close() throws IOException {
      try {
        channel.close();
      } finally {
        LOCKED.remove(file);
      }
    }
  }

  /**
   * Not an ordinary channel: a thread's interrupt would close that. The asynchronous one, which
   * none closes, is there to be forced: what it forces is content and size (fdatasync), while a
   * descriptor's own sync waits for the time of modification too, which any write changes and
   * nobody needs.
   */
  private static final class OpenedFile implements DiskFile {
    private final RandomAccessFile file;
    private final AsynchronousFileChannel forcing;

    private OpenedFile(RandomAccessFile file, AsynchronousFileChannel forcing) {
      this.file = file;
      this.forcing = forcing;
    }

    static OpenedFile open(Path path) throws IOException {
      RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
      try {
        return new OpenedFile(file, AsynchronousFileChannel.open(path, StandardOpenOption.WRITE));
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }

    @Override
    public long size() throws IOException {
      return file.length();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int wanted = into.remaining();
      boolean inPlace = into.hasArray();
      byte[] bytes = inPlace ? into.array() : new byte[wanted];
      int offset = inPlace ? into.arrayOffset() + into.position() : 0;
      int read = read(bytes, offset, wanted, position);
      if (read > 0 && inPlace) {
        into.position(into.position() + read);
      } else if (read > 0) {
        into.put(bytes, 0, read);
      }
      return read;
    }

    private synchronized int read(byte[] bytes, int offset, int wanted, long position)
        throws IOException {
      file.seek(position);
      return file.read(bytes, offset, wanted);
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      if (bytes.hasArray()) {
        int offset = bytes.arrayOffset() + bytes.position();
        write(bytes.array(), offset, bytes.remaining(), position);
        bytes.position(bytes.limit());
      } else {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        write(copy, 0, copy.length, position);
      }
    }

    private synchronized void write(byte[] bytes, int offset, int count, long position)
        throws IOException {
      file.seek(position);
      file.write(bytes, offset, count);
    }

    @Override
    public void setSize(long sizeBytes) throws IOException {
      file.setLength(sizeBytes);
    }

    @Override
    public void force() throws IOException {
      forcing.force(false);
    }

    @Override
    public void close() throws IOException {
      try {
        forcing.close();
      } finally {
        file.close();
      }
    }
  }
}
