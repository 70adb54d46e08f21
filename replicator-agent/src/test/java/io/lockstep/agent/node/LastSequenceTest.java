package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.state.Standing;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LastSequenceTest {
  private static final Generation FIRST = new Generation(1, 1);
  private static final Generation SECOND = new Generation(2, 2);
  private static final long FORK = 2_000_000;

  @Test
  void aTakeoverThatServedNothingEndsWhereItsGenerationBegan() {
    assertThat(ModuleData.lastSequence(record(Standing.ALONE), 40, true)).isEqualTo(FORK);
  }

  @Test
  void whatANodeNumberedOnItsOwnIsBeyondWhereItsGenerationBegan() {
    assertThat(ModuleData.lastSequence(record(Standing.ALONE), 40, false)).isGreaterThan(FORK);
    assertThat(ModuleData.lastSequence(record(Standing.PRIMARY), 40, true)).isGreaterThan(FORK);
  }

  @Test
  void aNodeThatNumbersNothingHasWhatItsJournalAndTreeHave() {
    long beyond = FORK + 40;
    assertThat(ModuleData.lastSequence(record(Standing.SECONDARY), beyond, false))
        .isEqualTo(beyond);
    NodeRecord waiting = record(Standing.WAITING).withOwnCheckpoint(beyond + 10);
    assertThat(ModuleData.lastSequence(waiting, beyond, false)).isEqualTo(beyond + 10);
  }

  @Test
  void whatANodeNumberedBeforeItSteppedDownIsNotForgotten() {
    assertThat(ModuleData.lastSequence(record(Standing.WAITING), 40, false)).isEqualTo(FORK);
  }

  @Test
  void aNodeThatStoppedInOrderEndsAtItsFinalOperation() {
    NodeRecord clean = record(Standing.ALONE).withClean(true, FORK + 70);
    assertThat(ModuleData.lastSequence(clean, 40, false)).isEqualTo(FORK + 70);
  }

  private static NodeRecord record(Standing standing) {
    return NodeRecord.create("c", "m", new UUID(0, 1), "boot")
        .began(new Ancestor(FIRST, Generation.NONE, 0))
        .began(new Ancestor(SECOND, FIRST, FORK))
        .withStanding(standing);
  }
}
