package io.lockstep.agent.split;

import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The quarantines of one module on one node, each a directory that is named by the time it was
 * begun and the branch that lost. One without an index was interrupted: nothing has replaced what
 * it was to keep, and it is made anew.
 *
 * <p>Any thread; two must not make or delete at the same time.
 */
public final class QuarantineShelf {
  /** What the losing side has to give. */
  public record Branch(
      String module,
      String node,
      Generation generation,
      Generation keeps,
      long aloneSinceMs,
      List<TreePath> paths) {}

  private static final Logger LOG = LoggerFactory.getLogger(QuarantineShelf.class);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
  private static final String ID = "\\d{8}-\\d{6}-[0-9a-f]{16}";

  private final Disk disk;
  private final Path directory;

  /** {@code directory} holds all of them, and need not exist. */
  public QuarantineShelf(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /** Where they are. */
  public Path directory() {
    return directory;
  }

  /** Those that are whole, the oldest first. */
  public List<QuarantineHead> list() throws IOException {
    List<QuarantineHead> heads = new ArrayList<>();
    for (Path each : all()) {
      if (QuarantineIndex.exists(disk, each)) {
        heads.add(QuarantineIndex.head(disk, each));
      }
    }
    heads.sort(Comparator.comparingLong(QuarantineHead::madeMs));
    return heads;
  }

  /** The directory of that quarantine, if there is one and it is whole. */
  public Optional<Path> find(String id) throws IOException {
    return all().stream()
        .filter(each -> each.getFileName().toString().equals(id))
        .filter(each -> QuarantineIndex.exists(disk, each))
        .findFirst();
  }

  /** What that quarantine has of a file, if it has it. */
  public Optional<QuarantineEntry> entry(String id, String path) throws IOException {
    QuarantineEntry[] found = new QuarantineEntry[1];
    Optional<Path> at = find(id);
    if (at.isPresent()) {
      QuarantineIndex.read(
          disk,
          at.get(),
          entry -> {
            found[0] = entry.path().equals(path) ? entry : null;
            return found[0] == null;
          });
    }
    return Optional.ofNullable(found[0]);
  }

  /** A part of what that quarantine has of a file; empty if there is no such quarantine. */
  public Optional<ContentChunk> content(String id, String path, long offset) throws IOException {
    Optional<Path> at = find(id);
    if (at.isEmpty()) {
      return Optional.empty();
    }
    Optional<QuarantineEntry> entry = entry(id, path);
    if (entry.isEmpty() || entry.get().copy() == null) {
      return Optional.of(ContentChunk.NONE);
    }
    try (Disk.DiskFile file = disk.open(at.get().resolve(entry.get().copy()), false)) {
      long left = Math.max(0, file.size() - offset);
      ByteBuffer part = ByteBuffer.allocate((int) Math.min(ContentChunk.MOST_BYTES, left));
      while (part.hasRemaining() && file.read(part, offset + part.position()) > 0) {
        // as much as fits
      }
      byte[] bytes = Arrays.copyOf(part.array(), part.position());
      return Optional.of(ContentChunk.of(file.size(), bytes));
    }
  }

  /** The quarantine of the branch that ends in {@code generation}, if it is whole. */
  public Optional<Path> of(Generation generation) throws IOException {
    return all().stream()
        .filter(each -> each.getFileName().toString().endsWith(suffix(generation)))
        .filter(each -> QuarantineIndex.exists(disk, each))
        .findFirst();
  }

  private List<Path> all() throws IOException {
    if (!disk.exists(directory)) {
      return List.of();
    }
    return disk.list(directory).stream()
        .filter(each -> each.getFileName().toString().matches(ID))
        .toList();
  }

  private static String suffix(Generation generation) {
    return "-" + String.format("%016x", generation.high());
  }

  /**
   * Copies the branch aside, durably.
   *
   * @param wanted asked again and again; when not, the copying ends with an exception
   * @return the new directory
   * @throws IOException also where it does not fit: says so, and what to do
   */
  public Path make(
      FileStore store,
      Branch branch,
      long quotaBytes,
      long reserveBytes,
      Instant now,
      BooleanSupplier wanted)
      throws IOException {
    disk.createDirectories(directory);
    disk.restrict(directory);
    discardUnfinished();
    long needed = 0;
    for (TreePath path : branch.paths()) {
      needed += Quarantine.bytes(Divergence.at(store, path));
    }
    long held = list().stream().mapToLong(QuarantineHead::bytes).sum();
    QuarantineRoom room =
        new QuarantineRoom(quotaBytes, held, disk.usableBytes(directory), reserveBytes);
    Optional<String> refusal = room.refusal(needed);
    if (refusal.isPresent()) {
      throw new IOException(refusal.get());
    }
    String id = STAMP.format(now) + suffix(branch.generation());
    QuarantineHead head =
        new QuarantineHead(
            QuarantineIndex.FORMAT,
            id,
            branch.module(),
            branch.node(),
            branch.generation().toString(),
            branch.keeps().toString(),
            branch.aloneSinceMs(),
            now.toEpochMilli(),
            branch.paths().size(),
            needed);
    Quarantine.make(disk, store, directory.resolve(id), head, branch.paths(), wanted);
    return directory.resolve(id);
  }

  private void discardUnfinished() throws IOException {
    for (Path each : all()) {
      if (!QuarantineIndex.exists(disk, each)) {
        LOG.info("{} was interrupted and is made anew", each);
        delete(each);
      }
    }
  }

  /**
   * Deletes what is older than {@code retention}; nothing where that is zero.
   *
   * @param needed the branch whose return is still to come, which keeps its own
   * @return ids of what was deleted
   */
  public List<String> expire(Duration retention, Instant now, Generation needed)
      throws IOException {
    List<String> gone = new ArrayList<>();
    if (retention.isZero()) {
      return gone;
    }
    for (QuarantineHead head : list()) {
      boolean old = head.madeMs() + retention.toMillis() < now.toEpochMilli();
      if (old && !head.id().endsWith(suffix(needed))) {
        discard(head.id());
        gone.add(head.id());
      }
    }
    return gone;
  }

  /** Deletes one for good; false if there is none of that id. */
  public boolean discard(String id) throws IOException {
    Optional<Path> found = find(id);
    if (found.isPresent()) {
      QuarantineIndex.discard(disk, found.get());
      delete(found.get());
    }
    return found.isPresent();
  }

  private void delete(Path path) throws IOException {
    if (disk.isDirectory(path)) {
      for (Path each : disk.list(path)) {
        delete(each);
      }
    }
    disk.delete(path);
  }
}
