package io.lockstep.agent.split;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Both sides of a split.
 *
 * @param split what it is
 * @param partedMs when the first of them began to serve on its own, ms since 1970; 0 where unknown
 * @param peer null where its agent cannot be asked
 */
public record SplitReport(String split, long partedMs, SplitSide mine, SplitSide peer) {
  /** Of two sides, as they were just now. */
  public static SplitReport of(String split, SplitSide mine, SplitSide peer) {
    long theirs = peer == null ? 0 : peer.aloneSinceMs();
    return new SplitReport(split, partedMs(mine.aloneSinceMs(), theirs), mine, peer);
  }

  /** When the first of two nodes began to serve on its own; 0 is unknown. */
  public static long partedMs(long one, long other) {
    return one == 0 || other == 0 ? Math.max(one, other) : Math.min(one, other);
  }

  /** For people: a line for each file and side. */
  public String text() {
    List<SplitSide> sides = peer == null ? List.of(mine) : List.of(mine, peer);
    List<String> lines = new ArrayList<>();
    lines.add("SPLIT" + (partedMs == 0 ? "" : " since " + time(partedMs)) + ": " + split);
    for (SplitSide side : sides) {
      lines.add(
          side.node()
              + ": "
              + side.role()
              + (side.aloneSinceMs() == 0 ? "" : ", alone since " + time(side.aloneSinceMs()))
              + ", generation "
              + side.generation()
              + ", "
              + side.total()
              + " files differ or may"
              + (side.total() > side.files().size()
                  ? "; the first " + side.files().size() + " are listed"
                  : ""));
    }
    if (peer == null) {
      lines.add("The other node cannot be asked: only this node's side is shown.");
    }
    Map<SplitSide, Map<String, SplitFile>> by =
        sides.stream().collect(Collectors.toMap(Function.identity(), SplitReport::byPath));
    Set<String> paths = new TreeSet<>();
    by.values().forEach(files -> paths.addAll(files.keySet()));
    int listed = paths.size();
    paths.removeIf(path -> by.size() == 2 && same(by, path));
    if (paths.size() < listed) {
      lines.add(
          (listed - paths.size())
              + " that may differ have the same kind, size and time on both, and are left out.");
    }
    for (String path : paths) {
      lines.add(path);
      for (SplitSide side : sides) {
        SplitFile file = by.get(side).get(path);
        lines.add("  " + side.node() + ": " + (file == null ? "did not change it" : line(file)));
      }
    }
    if (!paths.isEmpty()) {
      lines.add("What differs in a text: `lockstep split show FILE`.");
    }
    return String.join("\n", lines);
  }

  private static Map<String, SplitFile> byPath(SplitSide side) {
    return side.files().stream()
        .collect(Collectors.toMap(SplitFile::path, Function.identity(), (a, b) -> a));
  }

  private static boolean same(Map<SplitSide, Map<String, SplitFile>> by, String path) {
    return by.values().stream().map(files -> files.get(path)).distinct().count() == 1;
  }

  private static String line(SplitFile file) {
    return file.gone()
        ? "removed or moved away"
        : file.kind()
            + ", "
            + file.sizeBytes()
            + " bytes, modified "
            + Instant.ofEpochSecond(0, file.modifiedNs());
  }

  private static Instant time(long ms) {
    return Instant.ofEpochMilli(ms);
  }
}
