package io.lockstep.agent.split;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the losing side's versions of the files that a split made differ to a directory of their
 * own, with an index of what each was, before the winner's replace them.
 *
 * <p>A regular file is copied below {@code directory-N/} under its own path, or under a number in
 * {@code numbered/} where it cannot have that name here. Everything else, and all attributes, are
 * in the index alone: nothing but directories and regular files is ever made, so that no name and
 * no link of the tree can lead a copy anywhere else.
 */
final class Quarantine {
  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int LONGEST_PATH = 4_000;
  private static final int BLOCK_BYTES = 512;
  private static final String NUMBERED = "numbered";

  private final Disk disk;
  private final FileStore store;
  private final Path directory;
  private final BooleanSupplier wanted;
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final Set<Path> named = new TreeSet<>();

  /** By directory and inode: the copy of a file with several names. */
  private final Map<String, String> copies = new HashMap<>();

  private int numbered;

  private Quarantine(Disk disk, FileStore store, Path directory, BooleanSupplier wanted) {
    this.disk = disk;
    this.store = store;
    this.directory = directory;
    this.wanted = wanted;
  }

  /**
   * Copies what is at {@code paths}; durable as a whole on return, and not begun where it was
   * interrupted.
   *
   * @param wanted asked again and again; when not, the copying ends with an exception
   */
  static void make(
      Disk disk,
      FileStore store,
      Path directory,
      QuarantineHead head,
      List<TreePath> paths,
      BooleanSupplier wanted)
      throws IOException {
    disk.createDirectories(directory);
    Quarantine quarantine = new Quarantine(disk, store, directory, wanted);
    try (QuarantineIndex.Writer index = new QuarantineIndex.Writer(disk, directory, head)) {
      for (TreePath path : paths) {
        index.add(quarantine.copy(Divergence.at(store, path)));
      }
      for (Path parent : quarantine.named) {
        disk.forceDirectory(parent);
      }
      index.finish();
    }
  }

  /** Bytes that a copy takes: holes stay holes. */
  static long bytes(DivergedFile file) {
    if (file.gone() || file.status().kind() != FileKind.FILE) {
      return 0;
    }
    return Math.min(file.status().sizeBytes(), file.status().blocks() * BLOCK_BYTES);
  }

  private QuarantineEntry copy(DivergedFile file) throws IOException {
    TreePath path = file.path();
    FileStatus status = file.status();
    String shown = PathText.of(path);
    if (file.gone()) {
      return QuarantineEntry.gone(shown);
    }
    String target = status.kind() == FileKind.SYMLINK ? PathText.of(store.readLink(path)) : null;
    String copy = status.kind() == FileKind.FILE ? contentOnce(path, status) : null;
    return QuarantineEntry.of(shown, status, target, xattrs(path), copy);
  }

  private Map<String, String> xattrs(TreePath path) throws IOException {
    Map<String, String> values = new TreeMap<>();
    for (byte[] name : store.xattrs(path)) {
      try {
        byte[] value = store.xattr(path, name);
        values.put(PathText.of(name), Base64.getEncoder().encodeToString(value));
      } catch (StoreException e) {
        if (e.failure() != Failure.NO_ATTRIBUTE) {
          throw e;
        }
      }
    }
    return values;
  }

  private String contentOnce(TreePath path, FileStatus status) throws IOException {
    String inode = path.directory() + ":" + status.inode();
    String copied = copies.get(inode);
    if (copied == null) {
      Path target = target(path);
      content(path, status, target);
      copied = directory.relativize(target).toString();
      if (status.links() > 1) {
        copies.put(inode, copied);
      }
    }
    return copied;
  }

  /**
   * The file's own path below the quarantine; a number where a name is not UTF-8, where this
   * machine's locale has no such characters, or where the whole would be too long.
   */
  private Path target(TreePath path) {
    String text = new String(path.bytes(), StandardCharsets.UTF_8);
    if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), path.bytes())) {
      try {
        Path home = directory.resolve("directory-" + path.directory());
        Path target = home.resolve(text);
        boolean inside = target.normalize().equals(target) && target.startsWith(home);
        if (inside && target.toString().getBytes(StandardCharsets.UTF_8).length < LONGEST_PATH) {
          return target;
        }
      } catch (InvalidPathException e) {
        LOG.debug("not a name here: {}", path, e);
      }
    }
    return directory.resolve(NUMBERED).resolve(Integer.toString(++numbered));
  }

  private void content(TreePath path, FileStatus status, Path target) throws IOException {
    Path parent = target.getParent();
    disk.createDirectories(parent);
    named.add(parent);
    try (OpenFile file = store.open(path, FileStore.Access.READ);
        Disk.DiskFile copy = disk.open(target, true)) {
      copy.setSize(0);
      copy.setSize(status.sizeBytes());
      for (long at = data(file, 0, status); at < status.sizeBytes(); ) {
        at = data(file, copied(file, copy, at, hole(file, at, status)), status);
      }
      copy.force();
    }
    disk.setModifiedNs(target, status.modifyNs());
  }

  private long copied(OpenFile file, Disk.DiskFile copy, long from, long to) throws IOException {
    long at = from;
    while (at < to) {
      if (!wanted.getAsBoolean()) {
        throw new IOException("given up for something more urgent; begun anew afterwards");
      }
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, to - at));
      int read = store.read(file, chunk, at);
      if (read <= 0) {
        return to;
      }
      copy.write(chunk.position(0).limit(read), at);
      at += read;
    }
    return at;
  }

  private long data(OpenFile file, long from, FileStatus status) throws StoreException {
    return seek(file, FileStore.Region.DATA, from, status);
  }

  private long hole(OpenFile file, long from, FileStatus status) throws StoreException {
    return seek(file, FileStore.Region.HOLE, from, status);
  }

  /** The end of the file where there is none. */
  private long seek(OpenFile file, FileStore.Region region, long from, FileStatus status)
      throws StoreException {
    if (from >= status.sizeBytes()) {
      return status.sizeBytes();
    }
    try {
      return Math.min(store.seek(file, region, from), status.sizeBytes());
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_SUCH_RANGE) {
        return status.sizeBytes();
      }
      throw e;
    }
  }
}
