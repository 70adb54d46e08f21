package io.lockstep.agent.split;

import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * One side of a split.
 *
 * @param role of the node now
 * @param aloneSinceMs when it began to serve on its own, ms since 1970 by its clock; 0 where it did
 *     not
 * @param total how many files it changed, or may have
 * @param files the first of them, in the order of their paths
 */
public record SplitSide(
    String node,
    String role,
    String generation,
    long aloneSinceMs,
    int total,
    List<SplitFile> files) {
  /** A side's list has to fit into one answer of its agent. */
  private static final int MOST_CHARACTERS = 120_000;

  /**
   * Looks at the files.
   *
   * @param most of them to list; fewer where their paths are long
   */
  public static List<SplitFile> files(FileStore store, List<TreePath> paths, int most)
      throws StoreException {
    List<SplitFile> files = new ArrayList<>();
    int characters = 0;
    for (TreePath path : paths) {
      SplitFile file = SplitFile.of(Divergence.at(store, path));
      characters += file.path().length();
      if (files.size() == most || characters > MOST_CHARACTERS) {
        break;
      }
      files.add(file);
    }
    return files;
  }
}
