package io.lockstep.agent.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.link.ClusterKey;
import io.lockstep.replicator.model.TreePath;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both sides of a split for people, and who may see what is in a file. */
class SplitReportTest {
  private static SplitSide side(String node, long aloneSinceMs, int total, SplitFile... files) {
    return new SplitSide(node, "ALONE", "g-" + node, aloneSinceMs, total, List.of(files));
  }

  @Test
  void tellsTheMomentAndEachSideOfEachFile() {
    SplitReport report =
        SplitReport.of(
            "the histories parted",
            side("a", 60_000, 1, new SplitFile("0:/f", false, "FILE", 5, 1_500_000_000L)),
            side("b", 90_000, 9, new SplitFile("0:/f", true, null, 0, 0)));
    assertThat(report.partedMs()).isEqualTo(60_000);
    assertThat(report.text().lines())
        .containsExactly(
            "SPLIT since 1970-01-01T00:01:00Z: the histories parted",
            "a: ALONE, alone since 1970-01-01T00:01:00Z, generation g-a, 1 files differ or may",
            "b: ALONE, alone since 1970-01-01T00:01:30Z, generation g-b, 9 files differ or may;"
                + " the first 1 are listed",
            "0:/f",
            "  a: FILE, 5 bytes, modified 1970-01-01T00:00:01.500Z",
            "  b: removed or moved away",
            "What differs in a text: `lockstep split show FILE`.");
  }

  @Test
  void whatLooksTheSameOnBothIsOnlyCounted() {
    SplitFile file = new SplitFile("0:/f", false, "FILE", 5, 7);
    SplitReport report = SplitReport.of("parted", side("a", 1, 1, file), side("b", 2, 1, file));
    assertThat(report.text()).contains("1 that may differ").doesNotContain("0:/f");
    SplitReport one = SplitReport.of("parted", side("a", 1, 1, file), side("b", 2, 0));
    assertThat(one.text()).contains("0:/f", "b: did not change it");
  }

  @Test
  void oneSideIsBetterThanNone() {
    SplitReport report = SplitReport.of("parted", side("a", 60_000, 0), null);
    assertThat(report.partedMs()).isEqualTo(60_000);
    assertThat(report.text()).contains("cannot be asked");
  }

  @Test
  void theListIsBoundedInFilesAndInLength() throws Exception {
    SplitTree tree = new SplitTree();
    for (int i = 0; i < 10; i++) {
      tree.file("f" + i, "x");
    }
    List<TreePath> paths = tree.all();
    assertThat(SplitSide.files(tree.store, paths, 3)).hasSize(3);
    List<TreePath> longer = new java.util.ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      longer.add(TreePath.of(0, ("d".repeat(200) + "/").repeat(15) + i));
    }
    assertThat(SplitSide.files(tree.store, longer, 1_000).size()).isBetween(10, 100);
  }

  @Test
  void onlyTheClustersKeyProves() {
    ClusterKey key = ClusterKey.of(new byte[32]);
    ClusterKey other =
        ClusterKey.of(
            "another key of thirty-two bytes.".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    String proof = ContentProof.of(key, "desk");
    assertThat(ContentProof.holds(key, "desk", proof)).isTrue();
    assertThat(ContentProof.holds(key, "other", proof)).isFalse();
    assertThat(ContentProof.holds(key, "desk", ContentProof.of(other, "desk"))).isFalse();
    assertThat(ContentProof.holds(key, "desk", "")).isFalse();
  }
}
