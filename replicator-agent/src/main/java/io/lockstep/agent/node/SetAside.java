package io.lockstep.agent.node;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.reintegration.Touched;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps the losing branch of a split: copies every file that it changed to a directory of its own
 * before the winner's files replace them, with an index of what each was. Nothing acknowledged is
 * discarded.
 */
final class SetAside {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
  private static final int CHUNK_BYTES = 1 << 20;

  private final Disk disk;
  private final FileStore store;
  private final Path directory;
  private final List<String> index = new ArrayList<>();

  private SetAside(Disk disk, FileStore store, Path directory) {
    this.disk = disk;
    this.store = store;
    this.directory = directory;
  }

  /**
   * Copies what {@code touched} names; durable on return.
   *
   * @param parent the directory under which a new one, named by the time, is made
   * @return the new directory
   */
  static Path keep(Host host, FileStore store, List<Touched> touched, Path parent)
      throws IOException {
    Instant now = Instant.ofEpochMilli(host.wallTimeMs());
    Path directory = parent.resolve(STAMP.format(now));
    host.disk().createDirectories(directory);
    SetAside aside = new SetAside(host.disk(), store, directory);
    Set<TreePath> paths = new LinkedHashSet<>();
    for (Touched each : touched) {
      if (each instanceof Touched.Whole whole) {
        paths.add(whole.path());
      } else if (each instanceof Touched.Content content) {
        paths.add(content.path());
      } else if (each instanceof Touched.Everything) {
        aside.addAll(paths);
      }
    }
    for (TreePath path : paths) {
      aside.copy(path);
    }
    aside.writeIndex();
    return directory;
  }

  private void writeIndex() throws IOException {
    StringBuilder text = new StringBuilder();
    index.forEach(line -> text.append(line).append('\n'));
    try (Disk.DiskFile file = disk.open(directory.resolve("INDEX"), true)) {
      file.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)), 0);
      file.force();
    }
    disk.forceDirectory(directory);
  }

  private void addAll(Set<TreePath> paths) throws StoreException {
    for (int number = 0; number < store.directories(); number++) {
      store.walk(
          TreePath.root(number),
          path -> {
            paths.add(path);
            return true;
          });
    }
  }

  private void copy(TreePath path) throws IOException {
    FileStatus status;
    try {
      status = store.status(path);
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
        index.add(path + " is gone on this branch");
        return;
      }
      throw e;
    }
    index.add(
        path + " " + status.kind() + " " + status.sizeBytes() + " bytes, modified " + time(status));
    if (status.kind() == FileKind.FILE) {
      content(path, status, target(path));
    }
  }

  private static Instant time(FileStatus status) {
    return Instant.ofEpochSecond(0, status.modifyNs());
  }

  /**
   * The file's own path below the new directory; bytes that no file name here can have are written
   * as %XX.
   */
  private Path target(TreePath path) {
    String text = new String(path.bytes(), StandardCharsets.UTF_8);
    boolean plain = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), path.bytes());
    StringBuilder escaped = new StringBuilder();
    for (byte b : path.bytes()) {
      escaped.append(b > ' ' && b != '%' ? String.valueOf((char) b) : String.format("%%%02X", b));
    }
    return directory
        .resolve("directory-" + path.directory())
        .resolve(plain ? text : escaped.toString());
  }

  private void content(TreePath path, FileStatus status, Path target) throws IOException {
    Path parent = target.getParent();
    disk.createDirectories(parent);
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (OpenFile file = store.open(path, FileStore.Access.READ);
        Disk.DiskFile copy = disk.open(target, true)) {
      copy.setSize(0);
      for (long at = 0; at < status.sizeBytes(); ) {
        int read = store.read(file, chunk.clear(), at);
        if (read <= 0) {
          break;
        }
        copy.write(chunk.position(0).limit(read), at);
        at += read;
      }
      copy.force();
    }
    disk.setModifiedNs(target, status.modifyNs());
    disk.forceDirectory(parent);
  }
}
