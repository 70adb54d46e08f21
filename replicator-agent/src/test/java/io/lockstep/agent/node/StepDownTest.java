package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.Change;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.state.Standing;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StepDownTest {
  private static final Change.StepDown UNCLEAN =
      new Change.StepDown(false, DataState.CONSISTENT, false);

  @Test
  void aPrimaryThatDiedAndIsStoppedBeforeItMetItsPeerIsStillTheOneThatNumbered() {
    NodeRecord died = record(Standing.PRIMARY);
    assertThat(Persistence.left(died, false, UNCLEAN)).isEqualTo(Standing.PRIMARY);
  }

  @Test
  void aPrimaryThatSyncedWhatItNumberedWaits() {
    assertThat(Persistence.left(record(Standing.PRIMARY), true, UNCLEAN))
        .isEqualTo(Standing.WAITING);
    Change.StepDown clean = new Change.StepDown(true, DataState.UP_TO_DATE, false);
    assertThat(Persistence.left(record(Standing.PRIMARY), true, clean)).isEqualTo(Standing.WAITING);
  }

  @Test
  void aNodeThatMayServeAgainStaysAlone() {
    Change.StepDown alone = new Change.StepDown(false, DataState.UP_TO_DATE, true);
    assertThat(Persistence.left(record(Standing.ALONE), false, alone)).isEqualTo(Standing.ALONE);
    assertThat(Persistence.left(record(Standing.ALONE), false, UNCLEAN))
        .isEqualTo(Standing.WAITING);
  }

  /** Its peer may lose power, and have it in its tree though its journal lost it. */
  @Test
  void whoGaveUpWhatThePeerWasSentComparesAllWhenItServesAgain() {
    assertThat(Persistence.gaveUp(new PrimaryStream.Progress(48, 47, 47, 47, 0, 48))).isTrue();
    assertThat(Persistence.gaveUp(new PrimaryStream.Progress(48, 48, 47, 47, 0, 48))).isFalse();
    NodeRecord left = record(Standing.WAITING);
    assertThat(Persistence.doubtsAll(left)).isFalse();
    assertThat(Persistence.doubtsAll(left.withNotes(Map.of(ModuleData.GAVE_UP, "true")))).isTrue();
  }

  private static NodeRecord record(Standing standing) {
    return NodeRecord.create("c", "m", new UUID(0, 1), "boot").withStanding(standing);
  }
}
