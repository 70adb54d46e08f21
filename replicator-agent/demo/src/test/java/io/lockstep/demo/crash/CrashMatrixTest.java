package io.lockstep.demo.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.OneAtATime;
import io.lockstep.replicator.port.CrashPoint;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sample of the crash matrix; {@code ./verify --crash-matrix} plays all of it. */
@OneAtATime
class CrashMatrixTest {
  @TempDir Path output;

  @Test
  void everyPointHasAStage() {
    assertThat(Case.all().stream().map(Case::point).distinct())
        .containsExactlyInAnyOrderElementsOf(Arrays.asList(CrashPoint.values()));
  }

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void nothingIsLostAtSevenPoints() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    List<Case> sample =
        List.of(
            new Case(CrashPoint.PRIMARY_RECEIVED, Stage.SERVING, Control.Blow.KILL),
            new Case(CrashPoint.SECONDARY_JOURNALED, Stage.FOLLOWING, Control.Blow.KILL),
            new Case(CrashPoint.PRIMARY_SENT, Stage.SERVING, Control.Blow.FREEZE),
            new Case(CrashPoint.CREATION_HIDDEN, Stage.SERVING, Control.Blow.KILL),
            new Case(CrashPoint.TAKEOVER_INTENT, Stage.TAKEOVER, Control.Blow.KILL),
            new Case(CrashPoint.TARGET_DATA, Stage.RETURN_TARGET, Control.Blow.KILL),
            new Case(CrashPoint.HANDOVER_SYNCED, Stage.HANDOVER, Control.Blow.KILL));
    List<Outcome> outcomes = CrashMatrix.play(output, List.of(), sample);
    assertThat(outcomes).hasSize(sample.size());
    assertThat(outcomes).allSatisfy(one -> assertThat(one.failures()).as(one.what()).isEmpty());
    assertThat(outcomes).allMatch(Outcome::reached);
  }
}
