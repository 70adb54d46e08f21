package io.lockstep.failover.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.SplitPolicy;
import io.lockstep.replicator.model.DataState;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Two role machines with each other, in virtual time. */
class PairTest {
  private final ModelPair pair = new ModelPair();

  private void protect() {
    pair.start(pair.a);
    pair.start(pair.b);
    pair.pass(15_000);
    assertProtected();
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
  }

  private void assertProtected() {
    boolean aServes = pair.a.state.role() == Role.PRIMARY;
    ModelNode serving = aServes ? pair.a : pair.b;
    assertThat(serving.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(serving.peer().state.role()).as(pair::story).isEqualTo(Role.SECONDARY);
    assertThat(serving.peer().data).as(pair::story).isEqualTo(DataState.UP_TO_DATE);
    assertNothingLost(serving);
  }

  private void assertNothingLost(ModelNode serving) {
    Set<Integer> lost = new HashSet<>(pair.acknowledged);
    serving.copy.forEach(lost::remove);
    assertThat(lost).as(pair::story).isEmpty();
  }

  @Example
  void pairComesUpProtected() {
    protect();
  }

  @Example
  void killedPrimaryIsTakenOverAndReturns() {
    protect();
    pair.kill(pair.a, true);
    pair.pass(300);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertNothingLost(pair.b);
    pair.start(pair.a);
    pair.pass(15_000);
    assertProtected();
    assertThat(pair.b.state.role()).isEqualTo(Role.PRIMARY);
  }

  @Example
  void lostNodeIsTakenOverAfterSilence() {
    protect();
    pair.kill(pair.a, false);
    pair.pass(28_000);
    assertThat(pair.serving()).as(pair::story).isZero();
    pair.pass(4_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertNothingLost(pair.b);
  }

  @Example
  void bothKilledAndRestartedServeUnaided() {
    protect();
    pair.kill(pair.a, false);
    pair.kill(pair.b, false);
    pair.pass(5_000);
    pair.start(pair.a);
    pair.pass(40_000);
    assertThat(pair.serving()).as(() -> "a lone node waits" + pair.story()).isZero();
    pair.start(pair.b);
    pair.pass(20_000);
    assertProtected();
  }

  @Example
  void nodeThatRanAloneServesAgainWithoutItsPeer() {
    protect();
    pair.kill(pair.b, true);
    pair.pass(5_000);
    pair.kill(pair.a, false);
    pair.pass(5_000);
    pair.start(pair.b);
    pair.pass(60_000);
    assertThat(pair.serving()).as(() -> "b is old" + pair.story()).isZero();
    pair.start(pair.a);
    pair.pass(20_000);
    assertProtected();
  }

  @Example
  void cutLinkEndsAloneAndHeals() {
    protect();
    pair.cableUp = false;
    pair.pass(7_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertThat(pair.b.data).as(pair::story).isEqualTo(DataState.OUTDATED);
    pair.pass(60_000);
    assertThat(pair.serving()).as(pair::story).isEqualTo(1);
    pair.cableUp = true;
    pair.pass(15_000);
    assertProtected();
  }

  @Example
  void shortBreakResumes() {
    protect();
    pair.cableUp = false;
    pair.pass(2_000);
    pair.cableUp = true;
    pair.pass(1_000);
    assertProtected();
  }

  @Example
  void switchoverAndBack() {
    protect();
    pair.a.take(new RoleInput.Switchover("", "op"));
    pair.pass(10_000);
    assertProtected();
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    pair.a.take(new RoleInput.Switchover("a", "op"));
    pair.pass(10_000);
    assertProtected();
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
  }

  @Example
  void cleanShutdownsAndStarts() {
    protect();
    pair.a.take(new RoleInput.Shutdown());
    pair.pass(1_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertNothingLost(pair.b);
    pair.start(pair.a);
    pair.pass(15_000);
    assertProtected();
    pair.a.take(new RoleInput.Shutdown());
    pair.pass(500);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.ALONE);
  }

  @Example
  void stopStopsBothAndStartStartsBoth() {
    protect();
    pair.b.take(new RoleInput.Stop("op"));
    pair.pass(5_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.STOPPED);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.STOPPED);
    pair.pass(60_000);
    assertThat(pair.serving()).isZero();
    pair.b.take(new RoleInput.Start(false, "op"));
    pair.pass(20_000);
    assertProtected();
  }

  @Example
  void whoWasForcedToServeAfterAStopServesAgainAfterItDied() {
    protect();
    pair.a.take(new RoleInput.Stop("op"));
    pair.pass(5_000);
    pair.kill(pair.b, true);
    pair.a.take(new RoleInput.Start(true, "op"));
    pair.pass(5_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    pair.kill(pair.a, false);
    pair.start(pair.a);
    pair.pass(20_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
  }

  @Example
  void partitionSplitsAndTheOperatorDecides() {
    protect();
    pair.netUp = false;
    pair.pass(60_000);
    assertThat(pair.serving()).as(pair::story).isEqualTo(2);
    pair.netUp = true;
    pair.pass(10_000);
    assertThat(pair.a.state.split()).as(pair::story).isNotNull();
    assertThat(pair.b.state.split()).as(pair::story).isNotNull();
    pair.a.take(new RoleInput.SplitKeep("a", "op"));
    pair.pass(20_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.SECONDARY);
    assertThat(pair.b.copy).isEqualTo(pair.a.copy);
  }

  /** The secondary took over later than the primary went on alone. */
  @Example
  void partitionSplitsAndThePolicyDecides() {
    pair.policy = SplitPolicy.KEEP_NEWER_PRIMARY;
    protect();
    pair.netUp = false;
    pair.pass(60_000);
    assertThat(pair.serving()).as(pair::story).isEqualTo(2);
    pair.netUp = true;
    pair.pass(30_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.SECONDARY);
    assertThat(pair.a.quarantined).as(pair::story).isEqualTo(1);
    assertThat(pair.a.copy).isEqualTo(pair.b.copy);
  }

  @Example
  void splitDecidedAtTheLoser() {
    protect();
    pair.netUp = false;
    pair.pass(60_000);
    pair.netUp = true;
    pair.pass(10_000);
    pair.a.take(new RoleInput.SplitKeep("b", "op"));
    pair.pass(20_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.SECONDARY);
  }

  /** With its agent started anew between, so that it yields without having served. */
  @Example
  void whoYieldedInASplitDoesNotServeAgainAfterItDied() {
    protect();
    pair.netUp = false;
    pair.pass(60_000);
    pair.kill(pair.a, false);
    pair.netUp = true;
    pair.start(pair.a);
    pair.pass(5_000);
    assertThat(pair.a.state.split()).as(pair::story).isNotNull();
    pair.a.take(new RoleInput.SplitKeep("b", "op"));
    pair.kill(pair.a, false);
    pair.netUp = false;
    pair.start(pair.a);
    pair.pass(60_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.WAITING);
    pair.netUp = true;
    pair.pass(20_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.a.copy).as(pair::story).isEqualTo(pair.b.copy);
  }

  /**
   * Whatever dies, returns or is cut, one node at a time serves, nothing acknowledged is lost, and
   * once everything is back the pair is protected again. The heartbeats' network is never cut: with
   * no arbiter that may split the pair, as the examples above show.
   */
  @Property(tries = 150, seed = "20261121")
  void staysOneHistory(@ForAll long seed) {
    Random random = new Random(seed);
    pair.start(pair.a);
    pair.start(pair.b);
    for (int i = 0; i < 25; i++) {
      ModelNode node = random.nextBoolean() ? pair.a : pair.b;
      switch (random.nextInt(8)) {
        case 0 -> pair.kill(node, true);
        case 1 -> pair.kill(node, false);
        case 2, 3 -> pair.start(node);
        case 4 -> pair.cableUp = !pair.cableUp;
        case 5 -> node.take(new RoleInput.Switchover("", "op"));
        case 6 -> node.take(new RoleInput.Shutdown());
        default -> node.take(new RoleInput.PeerProcessGone("refused"));
      }
      for (long left = 100L * (1 + random.nextInt(200)); left > 0; left -= 100) {
        pair.pass(100);
        assertThat(pair.serving()).as(pair::story).isLessThanOrEqualTo(1);
      }
    }
    pair.cableUp = true;
    pair.start(pair.a);
    pair.start(pair.b);
    pair.pass(120_000);
    assertProtected();
  }
}
