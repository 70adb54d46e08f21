package io.lockstep.replicator.testkit;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Everything about a tree that both nodes must agree on, one line a path: kind, permissions, owner,
 * group, time of modification, length, content hash, link target, extended attributes, identity and
 * the names that share the file. Inode numbers, access and change times are left out: they differ
 * by nature.
 */
public final class TreeDigest {
  private static final int CHUNK = 64 * 1024;

  private final Map<TreePath, String> lines = new TreeMap<>();

  private TreeDigest() {}

  /** Digests the whole store. */
  public static TreeDigest of(FileStore store) throws IOException {
    return of(store, path -> false);
  }

  /**
   * What differs between two stores, holes included; empty when they are equal. Files that no walk
   * shows, in staging places, are left out.
   */
  public static List<String> differences(FileStore one, FileStore other) throws IOException {
    List<String> differences = of(one).differences(of(other));
    return differences.isEmpty() ? holes(one).differences(holes(other)) : differences;
  }

  /** The data regions of every file that has a hole. */
  private static TreeDigest holes(FileStore store) throws IOException {
    TreeDigest digest = new TreeDigest();
    for (int i = 0; i < store.directories(); i++) {
      List<TreePath> paths = new ArrayList<>();
      collect(store, TreePath.root(i), path -> false, paths);
      for (TreePath path : paths) {
        if (store.status(path).kind() == FileKind.FILE) {
          digest.lines.put(path, "data in " + regions(store, path));
        }
      }
    }
    return digest;
  }

  private static String regions(FileStore store, TreePath path) throws IOException {
    StringBuilder regions = new StringBuilder();
    try (OpenFile file = store.open(path, FileStore.Access.READ)) {
      long end = 0;
      while (true) {
        long start = store.seek(file, FileStore.Region.DATA, end);
        end = store.seek(file, FileStore.Region.HOLE, start);
        regions.append(start).append("..").append(end).append(' ');
      }
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_SUCH_RANGE) {
        return regions.toString();
      }
      throw e;
    }
  }

  /** Digests the store but for paths that are {@code excluded} and what lies below them. */
  public static TreeDigest of(FileStore store, Predicate<TreePath> excluded) throws IOException {
    TreeDigest digest = new TreeDigest();
    Map<Long, TreeSet<TreePath>> names = new TreeMap<>();
    List<TreePath> paths = new ArrayList<>();
    for (int i = 0; i < store.directories(); i++) {
      collect(store, TreePath.root(i), excluded, paths);
    }
    Map<TreePath, FileStatus> found = new TreeMap<>();
    for (TreePath path : paths) {
      FileStatus status = store.status(path);
      found.put(path, status);
      if (status.kind() != FileKind.DIRECTORY) {
        names.computeIfAbsent(status.inode(), inode -> new TreeSet<>()).add(path);
      }
    }
    for (var entry : found.entrySet()) {
      digest.lines.put(
          entry.getKey(),
          line(store, entry.getKey(), entry.getValue(), names.get(entry.getValue().inode())));
    }
    return digest;
  }

  /** The lines by path, in the order of paths. */
  public Map<TreePath, String> lines() {
    return Map.copyOf(lines);
  }

  /** What differs, one line a difference, {@code -} for this tree and {@code +} for the other. */
  public List<String> differences(TreeDigest other) {
    List<String> differences = new ArrayList<>();
    TreeSet<TreePath> paths = new TreeSet<>(lines.keySet());
    paths.addAll(other.lines.keySet());
    for (TreePath path : paths) {
      String mine = lines.get(path);
      String theirs = other.lines.get(path);
      if (mine != null && !mine.equals(theirs)) {
        differences.add("- " + path + " " + mine);
      }
      if (theirs != null && !theirs.equals(mine)) {
        differences.add("+ " + path + " " + theirs);
      }
    }
    return differences;
  }

  private static void collect(
      FileStore store, TreePath path, Predicate<TreePath> excluded, List<TreePath> into)
      throws IOException {
    into.add(path);
    if (store.status(path).kind() == FileKind.DIRECTORY) {
      for (FileStore.Entry entry : store.list(path, false)) {
        TreePath child = path.resolve(entry.name());
        if (!excluded.test(child)) {
          collect(store, child, excluded, into);
        }
      }
    }
  }

  private static String line(FileStore store, TreePath path, FileStatus status, Set<TreePath> names)
      throws IOException {
    StringBuilder line = new StringBuilder();
    line.append(status.kind())
        .append(' ')
        .append(Integer.toOctalString(status.permissions()))
        .append(' ')
        .append(status.owner())
        .append(':')
        .append(status.group())
        .append(" mtime=")
        .append(status.modifyNs());
    Optional.ofNullable(store.identity(path).orElse(null))
        .ifPresent(id -> line.append(" id=").append(id));
    switch (status.kind()) {
      case FILE ->
          line.append(" size=")
              .append(status.sizeBytes())
              .append(" sha=")
              .append(hash(store, path, status.sizeBytes()));
      case SYMLINK ->
          line.append(" -> ").append(new String(store.readLink(path), StandardCharsets.UTF_8));
      case CHARACTER_DEVICE, BLOCK_DEVICE -> line.append(" device=").append(status.device());
      default -> {}
    }
    TreeMap<String, String> xattrs = new TreeMap<>();
    for (byte[] name : store.xattrs(path)) {
      xattrs.put(
          new String(name, StandardCharsets.UTF_8),
          HexFormat.of().formatHex(store.xattr(path, name)));
    }
    if (!xattrs.isEmpty()) {
      line.append(" xattrs=").append(xattrs);
    }
    if (names != null && names.size() > 1) {
      line.append(" names=").append(names);
    }
    return line.toString();
  }

  private static String hash(FileStore store, TreePath path, long sizeBytes) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(CHUNK, sizeBytes + 1));
    try (OpenFile file = store.open(path, FileStore.Access.READ)) {
      long offset = 0;
      while (true) {
        int count = store.read(file, buffer.clear(), offset);
        if (count == 0) {
          return HexFormat.of().formatHex(digest.digest(), 0, 8);
        }
        digest.update(buffer.clear().limit(count));
        offset += count;
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TreeDigest digest && lines.equals(digest.lines);
  }

  @Override
  public int hashCode() {
    return lines.hashCode();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    lines.forEach((path, line) -> text.append(path).append(' ').append(line).append('\n'));
    return text.toString();
  }
}
