package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.state.NodeRecord;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** From which operation on a takeover doubts what the peer has. */
class KeptByPeerTest {
  private static final Generation GENERATION = new Generation(0, 1);
  private static final long FORK = 100;
  private static final long CHECKPOINT = 40;
  private static final long JOURNALED = 90;

  private static final NodeRecord OWN =
      NodeRecord.create("c", "m", new UUID(0, 1), "boot")
          .withGeneration(GENERATION, List.of())
          .withPeerCheckpoint(CHECKPOINT);

  private static ContactRecord peer(
      Generation generation, DataState data, boolean lostPower, boolean verify, long durable) {
    return peer(generation, data, true, lostPower, verify, durable);
  }

  private static ContactRecord peer(
      Generation generation,
      DataState data,
      boolean clean,
      boolean lostPower,
      boolean verify,
      long durable) {
    return new ContactRecord(
        "c",
        "m",
        new UUID(0, 2),
        generation,
        List.of(),
        Role.WAITING,
        false,
        data,
        clean,
        lostPower,
        false,
        verify,
        FORK,
        durable,
        CHECKPOINT,
        FORK + 1,
        false,
        null,
        0,
        Generation.NONE,
        Set.of());
  }

  private static long kept(ContactRecord peer) {
    return Persistence.keptByPeer(OWN, peer, FORK);
  }

  @Test
  void whatItsJournalHasOnStableStorageIsNotDoubted() {
    assertThat(kept(peer(GENERATION, DataState.UP_TO_DATE, false, false, JOURNALED)))
        .isEqualTo(JOURNALED);
  }

  @Test
  void notMoreThanBothHave() {
    assertThat(kept(peer(GENERATION, DataState.UP_TO_DATE, false, false, FORK + 7)))
        .isEqualTo(FORK);
  }

  @Test
  void itsTreesCheckpointCountsAnyway() {
    assertThat(kept(null)).isEqualTo(CHECKPOINT);
    assertThat(kept(peer(GENERATION, DataState.UP_TO_DATE, false, false, CHECKPOINT - 1)))
        .isEqualTo(CHECKPOINT);
  }

  @Test
  void whatAServingPeerNumberedMayNotBeSyncedThere() {
    assertThat(kept(peer(GENERATION, DataState.UP_TO_DATE, false, false, false, JOURNALED)))
        .isEqualTo(CHECKPOINT);
  }

  @Test
  void aPeerThatIsInDoubtKeepsOnlyWhatItsTreeHas() {
    Generation another = new Generation(0, 2);
    assertThat(kept(peer(another, DataState.UP_TO_DATE, false, false, JOURNALED)))
        .as("the numbers of another history")
        .isEqualTo(CHECKPOINT);
    assertThat(kept(peer(GENERATION, DataState.OUTDATED, false, false, JOURNALED)))
        .isEqualTo(CHECKPOINT);
    assertThat(kept(peer(GENERATION, DataState.UP_TO_DATE, true, false, JOURNALED)))
        .as("it lost power")
        .isEqualTo(CHECKPOINT);
    assertThat(kept(peer(GENERATION, DataState.UP_TO_DATE, false, true, JOURNALED)))
        .as("to be compared in full")
        .isEqualTo(CHECKPOINT);
  }
}
