package io.lockstep.powercut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.Say;
import io.lockstep.powercut.disk.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A few power cuts of a real pair on ext4; {@code scripts/power-cut.sh} plays hundreds, on other
 * file systems too. Needs root, FUSE, loop devices, and the agent packaged by the same build.
 */
class PowerCutSampleTest {
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void oneCutOfEachKindLosesNothing() throws Exception {
    Path agent = Path.of("..").toRealPath();
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "needs FUSE");
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "needs loop devices");
    assumeTrue(Files.isDirectory(agent.resolve("target/lib")), "needs the packaged agent");
    PowerCuts cuts = new PowerCuts(agent.resolve("src/main/scripts/lockstep"), 11, new Say(false));
    cuts.play(FileSystem.EXT4, 2, 1);
    assertThat(cuts.results()).hasSize(3);
    assertThat(cuts.results()).allSatisfy(cut -> assertThat(cut.problems()).isEmpty());
    assertThat(cuts.results())
        .extracting(CutResult::kind)
        .containsExactlyInAnyOrder(CutResult.Kind.values());
    assertThat(cuts.results().stream().mapToLong(CutResult::unflushedWrites).sum())
        .as("the cuts came at bad moments")
        .isPositive();
  }
}
