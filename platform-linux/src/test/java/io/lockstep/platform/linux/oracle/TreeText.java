package io.lockstep.platform.linux.oracle;

import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.testkit.TreeDigest;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tree in words that can be compared with another machine's: everything of {@link TreeDigest} but
 * identities, and link counts. A time that somebody set is told to the nanosecond, others only as
 * recent. Holes are left out: where an unwritten extent becomes data is ext4's own choice.
 */
final class TreeText {
  private static final Pattern TIME = Pattern.compile("mtime=(-?\\d+)");
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long DAY_SECONDS = 86_400;

  private TreeText() {}

  static Map<String, String> of(FileStore store) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    for (Map.Entry<TreePath, String> entry : TreeDigest.of(store).lines().entrySet()) {
      TreePath path = entry.getKey();
      FileStatus status = store.status(path);
      String line = entry.getValue().replaceAll(" id=[^ ]*", "");
      line += " links=" + status.links() + " atime=" + time(status.accessNs());
      Matcher time = TIME.matcher(line);
      lines.put(
          path.toString(),
          time.replaceFirst(found -> "mtime=" + time(Long.parseLong(found.group(1)))));
    }
    return lines;
  }

  private static String time(long ns) {
    long seconds = Math.floorDiv(ns, SECOND_NS);
    boolean recent = Math.abs(Instant.now().getEpochSecond() - seconds) < DAY_SECONDS;
    return recent ? "recent" : ns + "";
  }
}
