package io.lockstep.demo.judge;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares two trees in everything that Lockstep promises to be identical: names, types, contents,
 * modes, owners, modification times, extended attributes, hard links and symbolic links.
 */
public final class TreeComparison {
  private final Tree left;
  private final Tree right;

  private TreeComparison(Tree left, Tree right) {
    this.left = left;
    this.right = right;
  }

  /**
   * What one tree changed with respect to an earlier state of it.
   *
   * @param files names that are new, gone, or differ in anything
   * @param bytes content bytes in 4 KiB blocks that are new or differ
   */
  public record Change(long files, long bytes) {}

  /**
   * Finds every difference between two trees that nobody changes meanwhile.
   *
   * @return one line for each difference; empty if the trees are identical
   * @throws IOException if one of them cannot be read
   */
  public static List<String> differences(Path left, Path right) throws IOException {
    return new TreeComparison(Tree.of(left), Tree.of(right)).differences();
  }

  /**
   * Measures what has to travel to turn {@code before} into {@code now}.
   *
   * @throws IOException if one of them cannot be read
   */
  public static Change change(Path before, Path now) throws IOException {
    return new TreeComparison(Tree.of(before), Tree.of(now)).change();
  }

  private List<String> differences() throws IOException {
    List<String> found = new ArrayList<>();
    Map<String, String> leftNames = left.firstNames();
    Map<String, String> rightNames = right.firstNames();
    for (String path : paths()) {
      String difference = difference(path, leftNames, rightNames);
      if (difference != null) {
        found.add((path.isEmpty() ? "(the directory itself)" : path) + ": " + difference);
      }
    }
    return found;
  }

  private Set<String> paths() {
    Set<String> all = new TreeSet<>(left.entries().keySet());
    all.addAll(right.entries().keySet());
    return all;
  }

  private String difference(
      String path, Map<String, String> leftNames, Map<String, String> rightNames)
      throws IOException {
    Entry a = left.entries().get(path);
    Entry b = right.entries().get(path);
    if (a == null || b == null) {
      return "only in " + (a == null ? right.root() : left.root());
    }
    String metadata = metadata(a, b);
    if (metadata != null) {
      return metadata;
    }
    String first = leftNames.getOrDefault(path, path);
    if (!first.equals(rightNames.getOrDefault(path, path))) {
      return "linked to %s here, to %s there".formatted(first, rightNames.get(path));
    }
    Map<String, String> attributes = Posix.attributes(left.absolute(path));
    Map<String, String> others = Posix.attributes(right.absolute(path));
    if (!attributes.equals(others)) {
      return "extended attributes %s, %s".formatted(attributes, others);
    }
    if (a.isFile() && contentBytes(path) > 0) {
      return "content differs";
    }
    return null;
  }

  private static String metadata(Entry a, Entry b) {
    String here = describe(a);
    String there = describe(b);
    return here.equals(there) ? null : here + ", " + there;
  }

  private static String describe(Entry entry) {
    return "type %s mode %s owner %s:%s size %d mtime %s links %d%s"
        .formatted(
            entry.kind(),
            entry.mode(),
            entry.owner(),
            entry.group(),
            entry.sizeBytes(),
            entry.modified(),
            entry.links(),
            entry.target().isEmpty() ? "" : " -> " + entry.target());
  }

  private Change change() throws IOException {
    long files = 0;
    long bytes = 0;
    Set<String> counted = new HashSet<>();
    Map<String, String> leftNames = left.firstNames();
    Map<String, String> rightNames = right.firstNames();
    for (String path : paths()) {
      if (difference(path, leftNames, rightNames) == null) {
        continue;
      }
      files++;
      Entry now = right.entries().get(path);
      if (now != null && now.isFile() && counted.add(now.inode())) {
        Entry before = left.entries().get(path);
        bytes += before != null && before.isFile() ? contentBytes(path) : now.sizeBytes();
      }
    }
    return new Change(files, bytes);
  }

  private long contentBytes(String path) throws IOException {
    try (FileChannel before = Posix.openForReading(left.absolute(path));
        FileChannel now = Posix.openForReading(right.absolute(path))) {
      return Blocks.changedBytes(before, now);
    }
  }
}
