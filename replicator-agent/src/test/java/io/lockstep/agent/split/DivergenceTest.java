package io.lockstep.agent.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.reintegration.Touched;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which files a branch changed, by its map of changes. */
class DivergenceTest {
  private final SplitTree tree = new SplitTree();

  private List<String> found(Touched... touched) throws IOException {
    return Divergence.of(tree.store, List.of(touched), id -> id.epoch() == SplitTree.OURS).stream()
        .map(PathText::of)
        .toList();
  }

  @Test
  void namesWhatWasWrittenCreatedAndRemoved() throws IOException {
    TreePath written = tree.file("written", "1");
    tree.file("untouched", "2");
    TreePath made = tree.file(TreePath.of(0, "made"), "3", SplitTree.OURS);
    TreePath root = TreePath.root(0);
    assertThat(
            found(
                new Touched.Whole(tree.id(written), written),
                Touched.Name.of(FileId.root(0), root, made.name()),
                Touched.Name.of(
                    FileId.root(0),
                    root,
                    "removed".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                new Touched.Metadata(FileId.root(0), root, false)))
        .containsExactly("0:/made", "0:/removed", "0:/written");
    assertThat(Divergence.at(tree.store, TreePath.of(0, "removed")).gone()).isTrue();
  }

  /** As a map is after a crash: it has the directory only. */
  @Test
  void ofACoarseDirectoryTakesWhatThisBranchMayHaveMade() throws IOException {
    TreePath old = tree.directory("old", 1);
    tree.file(old.resolve("before"), "1", 1);
    tree.file(old.resolve("after"), "2", SplitTree.OURS);
    TreePath born = old.resolve("born");
    tree.store.create(
        born,
        io.lockstep.replicator.model.NewFile.directory(0755, 0, 0),
        tree.next(SplitTree.OURS));
    tree.file(born.resolve("inside"), "3", SplitTree.OURS);
    assertThat(found(Touched.Name.all(tree.id(old), old)))
        .containsExactly("0:/old/after", "0:/old/born", "0:/old/born/inside");
  }

  @Test
  void aFileDiffersUnderEachOfItsNames() throws IOException {
    TreePath one = tree.file("one", "1");
    TreePath other = tree.directory("d", 1).resolve("other");
    tree.store.link(one, other);
    assertThat(found(new Touched.Whole(tree.id(one), one))).containsExactly("0:/d/other", "0:/one");
  }

  @Test
  void looksByIdentityForWhatIsNotWhereItWas() throws IOException {
    TreePath was = tree.file("was", "1");
    FileId id = tree.id(was);
    TreePath directory = tree.directory("d", 1);
    TreePath is = directory.resolve("is");
    tree.store.rename(was, is, true);
    tree.file("was", "another");
    FileId moved = tree.id(directory);
    tree.store.rename(directory, TreePath.of(0, "e"), true);
    assertThat(
            found(
                new Touched.Whole(id, was),
                Touched.Name.of(
                    moved, directory, "new".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                new Touched.Whole(new FileId(1, 4711), TreePath.root(0))))
        .containsExactly("0:/e/is", "0:/e/new");
  }
}
