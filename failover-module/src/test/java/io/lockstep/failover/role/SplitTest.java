package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Two histories: nothing is touched until somebody or a policy decides, and the losing side is
 * quarantined first.
 */
class SplitTest {
  private static final PeerStatus KEPT = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);

  @Test
  void splitTouchesNothingUntilSomeoneDecides() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(peer));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, "both wrote"), peer));
    assertThat(s.steps()).isEmpty();
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    assertThat(s.state.split()).isNotNull();
    s.take(new RoleInput.SplitKeep("b", "op"));
    assertThat(s.steps()).endsWith("ShowReadOnly", "YieldTo");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.done).endsWith(new RoleEffect.LookAgain());
  }

  @Test
  void aSplitThatIsDecidedAtBothNodesIsYieldedOnce() {
    Script s = Script.in(Role.ALONE);
    PeerStatus peer = PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(peer));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, "both wrote"), peer)).forget();
    s.hangs = effect -> effect instanceof RoleEffect.StopApplication;
    s.take(new RoleInput.SplitKeep("b", "op"));
    s.take(new RoleInput.PeerSays(new PeerMessage.Yield(G2)));
    assertThat(s.state.role()).isEqualTo(Role.DEMOTING);
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.steps()).endsWith("StepDown", "ShowReadOnly", "YieldTo");
    assertThat(s.steps()).containsOnlyOnce("YieldTo");
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
  }

  /** A node that yielded, and meets the one whose history goes on. */
  private static Script losingSide() {
    Script s = Script.in(Role.ALONE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(KEPT));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, "both wrote"), KEPT));
    return s.take(new RoleInput.SplitKeep("b", "op")).forget();
  }

  private static RoleInput decided() {
    return new RoleInput.Contact(
        new ContactVerdict.Source(Side.PEER, Extent.SPLIT, "the split is decided"), KEPT);
  }

  @Test
  void theLosingSideIsQuarantinedBeforeItsCopyIsTouchedOrDoubted() {
    Script s = losingSide();
    s.hangs = effect -> effect instanceof RoleEffect.Quarantine;
    s.take(decided());
    assertThat(s.steps()).containsExactly("FollowPeer", "Quarantine");
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isFalse();
    s.take(s.answer(s.state.inFlight()));
    assertThat(s.steps()).containsExactly("FollowPeer", "Quarantine", "Data");
    assertThat(s.state.dataState()).isEqualTo(DataState.INCONSISTENT);
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isTrue();
  }

  @Test
  void aReturnThatCannotBeQuarantinedDoesNotBeginAndSaysSoOnce() {
    Script s = losingSide();
    s.fails = effect -> effect instanceof RoleEffect.Quarantine;
    s.take(decided());
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
    assertThat(s.state.reason()).contains("Quarantine failed: broken");
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isFalse();
    s.pass(60_000);
    assertThat(s.done).as("tried again").contains(new RoleEffect.LookAgain());
    s.take(decided());
    assertThat(s.done.stream().filter(e -> e instanceof RoleEffect.Event)).hasSize(3);
    s.fails = effect -> false;
    s.take(decided());
    assertThat(s.gave(RoleEffect.Reintegrate.class)).isTrue();
  }

  @Test
  void aPolicyMakesTheLosingSideYieldWhateverItDoes() {
    for (Role role : List.of(Role.ALONE, Role.PRIMARY, Role.WAITING)) {
      Script s = Script.in(role);
      s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(KEPT)).forget();
      s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.PEER, "split"), KEPT));
      assertThat(s.steps()).as(role + " yields").endsWith("YieldTo");
      assertThat(s.done)
          .contains(new RoleEffect.Persist(new Change.YieldTo(KEPT.generation())))
          .endsWith(new RoleEffect.LookAgain());
      assertThat(s.state.role()).isEqualTo(Role.WAITING);
      assertThat(s.state.split()).isNull();
    }
  }

  @Test
  void aPolicyLeavesTheWinningSideAsItIsAndAPausedNodeToTheOperator() {
    Script s = Script.in(Role.ALONE);
    s.take(new RoleInput.LinkUp(), new RoleInput.PeerHeard(KEPT)).forget();
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.ME, "split"), KEPT));
    assertThat(s.steps()).isEmpty();
    assertThat(s.state.split()).isNotNull();
    s.take(new RoleInput.PauseDecisions("op")).forget();
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.PEER, "split"), KEPT));
    assertThat(s.steps()).isEmpty();
    assertThat(s.state.role()).isEqualTo(Role.ALONE);
    s.take(new RoleInput.ResumeDecisions("op"));
    s.take(new RoleInput.Contact(new ContactVerdict.Split(G1, 7, Side.PEER, "split"), KEPT));
    assertThat(s.steps()).endsWith("YieldTo");
  }
}
