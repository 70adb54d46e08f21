package io.lockstep.simulator;

import io.lockstep.agent.split.PathText;
import io.lockstep.agent.split.QuarantineEntry;
import io.lockstep.agent.split.QuarantineHead;
import io.lockstep.agent.split.QuarantineIndex;
import io.lockstep.agent.split.QuarantineShelf;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges that nothing of the losing side of a split is lost: every file that it has in a version
 * which the surviving history never had is in a quarantine on its disk, with what it held and was,
 * from the moment on at which the winner's files may come, to the end.
 */
final class QuarantineOracle {
  /** A version that has to be found. */
  private record Version(int side, String path, LaneModel.Node node) {}

  private final int lanes;
  private final Path shelf;
  private final List<Version> expected = new ArrayList<>();
  private final Set<Branch> seen = new HashSet<>();

  QuarantineOracle(int lanes, Path shelf) {
    this.lanes = lanes;
    this.shelf = shelf;
  }

  /**
   * The host says that what its branch changed is in quarantine. Its tree is as that branch left it
   * when it says so first; later it may be the winner's in part.
   *
   * @return how many versions have to be there now
   */
  int quarantined(SimHost host, Branch lost, Branch kept) {
    if (seen.add(lost)) {
      List<LaneModel> found = TreeReader.lanes(host, lanes);
      for (int lane = 0; lane < lanes; lane++) {
        Set<String> shared = shared(lost, kept, lane);
        for (var each : found.get(lane).names().entrySet()) {
          boolean known = shared == null || shared.contains(line(each.getValue()));
          if (!known && !each.getValue().directory) {
            String path = Lane.name(lane) + "/" + each.getKey();
            expected.add(
                new Version(host.side, PathText.of(TreePath.of(0, path)), each.getValue()));
          }
        }
      }
    }
    judge(host);
    return expected.size();
  }

  /**
   * Every version that the surviving history, or one that it came from, ever had; null where a loss
   * of power left it unknown.
   */
  private static Set<String> shared(Branch lost, Branch kept, int lane) {
    Set<String> shared = new HashSet<>();
    Branch child = null;
    for (Branch b = kept; b != null; child = b, b = b.parent) {
      if (child != null && child.adopted.isEmpty()) {
        return null;
      }
      Branch.History history = b.lanes.get(lane);
      int held = child == null ? history.entries.size() : child.adopted.get(lane);
      for (int count = 0; count <= held; count++) {
        history.state(count).names().values().forEach(node -> shared.add(line(node)));
      }
    }
    for (Branch b = lost; b != null; b = b.parent) {
      if (b.parent != null && b.adopted.isEmpty()) {
        return null;
      }
    }
    return shared;
  }

  /** What a file is, whatever its names: one that was only moved is not lost. */
  private static String line(LaneModel.Node node) {
    return LaneModel.line(node.data, node.mode, node.xattr, "");
  }

  /** Everything that was ever to be found is. */
  void judge(SimHost host) {
    host.looking = true;
    try {
      Map<String, List<Kept>> kept = new HashMap<>();
      for (QuarantineHead head : new QuarantineShelf(host.disk, shelf).list()) {
        Path at = shelf.resolve(head.id());
        QuarantineIndex.read(
            host.disk,
            at,
            entry ->
                kept.computeIfAbsent(entry.path(), p -> new ArrayList<>())
                    .add(new Kept(at, entry)));
      }
      for (Version version : expected) {
        if (version.side() == host.side) {
          require(host, version, kept.getOrDefault(version.path(), List.of()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      host.looking = false;
    }
  }

  private record Kept(Path quarantine, QuarantineEntry entry) {}

  private static void require(SimHost host, Version version, List<Kept> kept) throws IOException {
    List<String> others = new ArrayList<>();
    for (Kept each : kept) {
      String wrong = difference(host.disk, each, version.node());
      if (wrong == null) {
        return;
      }
      others.add(wrong);
    }
    throw new Oracle.Violation(
        "G4",
        version.path()
            + " as only host "
            + host.side
            + " had it is in no quarantine"
            + (others.isEmpty() ? "" : ": " + others));
  }

  private static String difference(Disk disk, Kept kept, LaneModel.Node node) throws IOException {
    QuarantineEntry entry = kept.entry();
    if (entry.gone() || entry.copy() == null) {
      return "there without content";
    }
    String xattr = new String(TreeReader.XATTR, StandardCharsets.UTF_8);
    String value =
        new String(
            Base64.getDecoder().decode(entry.xattrs().getOrDefault(xattr, "")),
            StandardCharsets.UTF_8);
    if (entry.mode() != node.mode || !value.equals(node.xattr)) {
      return "there with other attributes";
    }
    try (Disk.DiskFile file = disk.open(kept.quarantine().resolve(entry.copy()), false)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
        // to the end
      }
      return Arrays.equals(bytes.array(), node.data) ? null : "there with other content";
    }
  }
}
