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
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the losing branch of a split: copies every file that it changed to a directory of its own
 * before the winner's files replace them, with an index of what each was. Nothing acknowledged is
 * discarded: a file whose name cannot be written here has a number for a name.
 */
final class SetAside {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
  private static final int CHUNK_BYTES = 1 << 20;
  private static final String NUMBERED = "numbered";
  private static final int LONGEST_PATH = 4_000;
  private static final Logger LOG = LoggerFactory.getLogger(SetAside.class);

  private final Disk disk;
  private final FileStore store;
  private final Path directory;
  private final List<String> index = new ArrayList<>();
  private int numbered;

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
  static Path keep(Disk disk, Instant now, FileStore store, List<Touched> touched, Path parent)
      throws IOException {
    Path directory = parent.resolve(STAMP.format(now));
    disk.createDirectories(directory);
    SetAside aside = new SetAside(disk, store, directory);
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
        index.add(shown(path) + " is gone on this branch");
        return;
      }
      throw e;
    }
    String line =
        shown(path)
            + " "
            + status.kind()
            + " "
            + status.sizeBytes()
            + " bytes, modified "
            + time(status);
    if (status.kind() == FileKind.FILE) {
      Path target = target(path);
      content(path, status, target);
      line +=
          target.startsWith(directory.resolve(NUMBERED)) ? ", as " + NUMBERED + "/" + numbered : "";
    }
    index.add(line);
  }

  private static Instant time(FileStatus status) {
    return Instant.ofEpochSecond(0, status.modifyNs());
  }

  /**
   * The file's own path below the new directory; a number where a name is not UTF-8, where this
   * machine's locale has no such characters, or where the whole would be too long.
   */
  private Path target(TreePath path) {
    String text = new String(path.bytes(), StandardCharsets.UTF_8);
    if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), path.bytes())) {
      try {
        Path target = directory.resolve("directory-" + path.directory()).resolve(text);
        if (target.toString().getBytes(StandardCharsets.UTF_8).length < LONGEST_PATH) {
          return target;
        }
      } catch (InvalidPathException e) {
        LOG.debug("not a name here: {}", shown(path), e);
      }
    }
    return directory.resolve(NUMBERED).resolve(Integer.toString(++numbered));
  }

  /** For one line of the index: '%', and what is no character that one sees, as %XX. */
  private static String shown(TreePath path) {
    String text = new String(path.bytes(), StandardCharsets.UTF_8);
    boolean utf8 = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), path.bytes());
    StringBuilder escaped = new StringBuilder(path.directory() + ":/");
    for (char c :
        (utf8 ? text : new String(path.bytes(), StandardCharsets.ISO_8859_1)).toCharArray()) {
      boolean plain = c != '%' && !Character.isISOControl(c) && (utf8 || c < 0x7f);
      escaped.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return escaped.toString();
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
