package io.lockstep.demo.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.topology.Shell;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeComparisonTest {
  @TempDir Path base;
  private Path left;
  private Path right;

  @BeforeEach
  void twoEqualTrees() {
    left = base.resolve("left");
    right = base.resolve("right");
    Shell.run(
        "bash",
        "-c",
        """
        set -e; mkdir $0; cd $0
        mkdir sub; head -c 100000 /dev/zero | tr '\\0' x > big; echo one > sub/one
        ln big sub/linked; ln -s one sub/pointer; mkfifo pipe; touch $'not\\xffutf8' 'with space'
        cp -a $0 $1"""
            .stripIndent(),
        left.toString(),
        right.toString());
  }

  @Test
  void equalTreesHaveNoDifference() throws Exception {
    assertThat(TreeComparison.differences(left, right)).isEmpty();
    assertThat(TreeComparison.change(left, right)).isEqualTo(new TreeComparison.Change(0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "printf X | dd of=big bs=1 seek=70000 conv=notrunc status=none; touch -r $0/big big",
        "chmod 600 sub/one",
        "chown 1234 sub/one",
        "chgrp -h 1234 sub/pointer",
        "touch -d '2001-01-01 00:00:00.5' sub/one",
        "touch -d '2001-01-01' sub",
        "touch -d '2001-01-01' .",
        "rm sub/linked; cp -a big sub/linked; touch -r $0/sub sub",
        "ln -snf two sub/pointer; touch -h -r $0/sub/pointer sub/pointer; touch -r $0/sub sub",
        "rm pipe; touch pipe; touch -r $0 .",
        "mv $'not\\xffutf8' other; touch -r $0 .",
        "touch extra; touch -r $0 ."
      })
  void everyKindOfDifferenceIsFound(String change) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Shell.run("bash", "-c", "cd " + right + " && " + change, left.toString());
    assertThat(TreeComparison.differences(left, right)).isNotEmpty();
    assertThat(TreeComparison.differences(right, left)).isNotEmpty();
  }

  @Test
  void anExtendedAttributeIsADifference() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    for (String name : new String[] {"user.note", "trusted.note"}) {
      Shell.run(
          "python3",
          "-c",
          "import os,sys; os.setxattr(sys.argv[1], sys.argv[2], b'v')",
          right.resolve("sub/one").toString(),
          name);
      assertThat(TreeComparison.differences(left, right))
          .hasSize(1)
          .first()
          .asString()
          .contains(name);
      Shell.run(
          "python3",
          "-c",
          "import os,sys; os.setxattr(sys.argv[1], sys.argv[2], b'v')",
          left.resolve("sub/one").toString(),
          name);
      assertThat(TreeComparison.differences(left, right)).isEmpty();
    }
  }

  @Test
  void stagingIsNobodysContent() throws Exception {
    Shell.run(
        "bash",
        "-c",
        "mkdir $1/.lockstep; touch $1/.lockstep/x; touch -r $0 $1",
        left.toString(),
        right.toString());
    assertThat(TreeComparison.differences(left, right)).isEmpty();
  }

  @Test
  void changeCountsBlocksThatDifferAndNewFilesWhole() throws Exception {
    Shell.run(
        "bash",
        "-c",
        """
        cd $0; printf X | dd of=big bs=1 seek=70000 conv=notrunc status=none
        head -c 10000 /dev/zero > sub/new; rm 'with space'""",
        right.toString());
    TreeComparison.Change change = TreeComparison.change(left, right);
    assertThat(change.bytes()).isEqualTo(4096 + 10_000);
    // The two names of the file, the new one, the removed one, and both directories.
    assertThat(change.files()).isEqualTo(6);
  }
}
