package io.lockstep.failover.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.arbiter.MemoryArbiter.Fate;
import io.lockstep.replicator.model.DataState;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Two role machines and an arbiter, in virtual time: G4, whatever is cut. */
class ArbitratedPairTest {
  private final ModelPair pair = new ModelPair(true);

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
    assertThat(pair.store.record().primary()).as(pair::story).isEqualTo(serving.incarnation);
    assertThat(pair.store.record().inSync()).as(pair::story).hasSize(2);
    assertThat(pair.a.state.doubt() || pair.b.state.doubt()).as(pair::story).isFalse();
    assertNothingLost(serving);
  }

  private void assertNothingLost(ModelNode serving) {
    Set<Integer> lost = new HashSet<>(pair.acknowledged);
    serving.copy.forEach(lost::remove);
    assertThat(lost).as(pair::story).isEmpty();
  }

  @Example
  void pairComesUpProtectedAndTheRecordNamesBoth() {
    protect();
  }

  @Example
  void partitionLeavesOneThatServes() {
    protect();
    pair.netUp = false;
    pair.pass(60_000);
    assertThat(pair.serving()).as(pair::story).isEqualTo(1);
    pair.netUp = true;
    pair.pass(20_000);
    assertThat(pair.a.state.split()).isNull();
    assertProtected();
  }

  @Example
  void partitionWithTheArbiterOnTheSecondarysSideMovesTheService() {
    protect();
    pair.netUp = false;
    pair.reachesA = false;
    pair.pass(60_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.WAITING);
    assertThat(pair.serving()).as(pair::story).isEqualTo(1);
    pair.netUp = true;
    pair.reachesA = true;
    pair.pass(20_000);
    assertProtected();
    assertThat(pair.b.state.role()).isEqualTo(Role.PRIMARY);
  }

  @Example
  void arbiterLostWhileProtectedChangesNothing() {
    protect();
    int before = pair.acknowledged.size();
    pair.arbiterUp = false;
    pair.pass(60_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.acknowledged.size()).isGreaterThan(before + 500);
    pair.a.take(new RoleInput.Switchover("", "op"));
    pair.pass(1_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.a.mounted).isTrue();
  }

  @Example
  void peerAndArbiterLostFencesSelfAndTheArbiterBringsItBack() {
    protect();
    pair.arbiterUp = false;
    pair.kill(pair.b, false);
    int before = pair.acknowledged.size();
    pair.pass(60_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.WAITING);
    assertThat(pair.a.mounted).as(pair::story).isFalse();
    assertThat(pair.acknowledged.size()).as(pair::story).isEqualTo(before);
    pair.arbiterUp = true;
    pair.pass(5_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    pair.start(pair.b);
    pair.pass(20_000);
    assertProtected();
  }

  @Example
  void shortBreakResumesWithoutTheArbiter() {
    protect();
    pair.arbiterUp = false;
    pair.netUp = false;
    pair.pass(20_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.BLOCKED);
    pair.netUp = true;
    pair.pass(3_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.a.state.doubt()).as(pair::story).isTrue();
    pair.arbiterUp = true;
    pair.pass(5_000);
    assertProtected();
  }

  @Example
  void rightThatWasNeverUsedIsGivenBack() {
    protect();
    pair.netUp = false;
    pair.reachesA = false;
    // reads are answered, the answer to a change is lost
    AtomicInteger calls = new AtomicInteger();
    pair.mishaps = () -> calls.incrementAndGet() % 2 == 1 ? Fate.ANSWERED : Fate.ANSWER_LOST;
    for (int i = 0; calls.get() == 0 && i < 600; i++) {
      pair.pass(100);
    }
    assertThat(pair.store.record().primary()).as(pair::story).isEqualTo(pair.b.incarnation);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.SECONDARY);
    pair.netUp = true;
    pair.mishaps = () -> Fate.LOST;
    pair.pass(3_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    pair.reachesA = true;
    pair.mishaps = () -> Fate.ANSWERED;
    pair.pass(10_000);
    assertProtected();
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
  }

  @Example
  void nodeRecordedAsAloneRunsOnAndBootsWithoutTheArbiter() {
    protect();
    pair.kill(pair.b, false);
    pair.pass(40_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    pair.arbiterUp = false;
    pair.pass(60_000);
    assertThat(pair.serving()).as(pair::story).isEqualTo(1);
    pair.kill(pair.a, false);
    pair.start(pair.a);
    pair.pass(10_000);
    assertThat(pair.serving()).as(pair::story).isEqualTo(1);
    pair.start(pair.b);
    pair.pass(20_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    pair.arbiterUp = true;
    pair.pass(20_000);
    assertProtected();
  }

  @Example
  void staleNodeIsRefused() {
    protect();
    pair.kill(pair.b, false);
    pair.pass(40_000);
    pair.kill(pair.a, false);
    pair.start(pair.b);
    pair.pass(120_000);
    assertThat(pair.serving()).as(pair::story).isZero();
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.WAITING);
  }

  @Example
  void bootedMemberServesAloneByTheRecord() {
    protect();
    pair.kill(pair.a, false);
    pair.kill(pair.b, false);
    pair.pass(1_000);
    pair.start(pair.b);
    pair.pass(60_000);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertNothingLost(pair.b);
    pair.start(pair.a);
    pair.pass(20_000);
    assertProtected();
  }

  @Example
  void confirmedOutdatedPeerStandsInForTheArbiter() {
    protect();
    pair.arbiterUp = false;
    pair.cableUp = false;
    pair.pass(10_000);
    assertThat(pair.b.data).as(pair::story).isEqualTo(DataState.OUTDATED);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    pair.arbiterUp = true;
    pair.pass(5_000);
    assertThat(pair.store.record().inSync()).as(pair::story).hasSize(1);
    pair.cableUp = true;
    pair.pass(20_000);
    assertProtected();
  }

  /** B's right is granted, and its virtual address is another host's: it stops, unused. */
  private void grantedInVain() {
    protect();
    pair.addressTakenFor = pair.b;
    pair.cableUp = false;
    pair.reachesA = false;
    pair.pass(100);
    pair.b.take(new RoleInput.PeerSilent(30_000_000_000L));
    pair.addressTakenFor = null;
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.STOPPED);
    assertThat(pair.store.record().primary()).as(pair::story).isEqualTo(pair.b.incarnation);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.BLOCKED);
  }

  private void startAgain(ModelNode node) {
    node.take(new RoleInput.Start(false, "op"));
  }

  /** A's role when B is gone for good, and A reaches the arbiter. */
  private void assertServesWithout(ModelNode gone) {
    pair.kill(gone, false);
    pair.pass(60_000);
    assertThat(gone.peer().state.role()).as(pair::story).isEqualTo(Role.ALONE);
    assertNothingLost(gone.peer());
  }

  @Example
  void rightWhoseBranchIsGivenUpIsGivenBack() {
    grantedInVain();
    startAgain(pair.b);
    pair.cableUp = true;
    pair.pass(5_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    pair.reachesA = true;
    pair.pass(5_000);
    assertProtected();
    assertServesWithout(pair.b);
  }

  @Example
  void rightWhoseBranchIsGivenUpIsGivenBackByAnAgentThatStartedAnew() {
    grantedInVain();
    pair.kill(pair.b, false);
    pair.cableUp = true;
    pair.start(pair.b);
    pair.pass(5_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    pair.reachesA = true;
    pair.pass(5_000);
    assertProtected();
    assertServesWithout(pair.b);
  }

  @Example
  void nodeInDoubtDoesNotLetThePeerRunOnWithoutTheArbiter() {
    grantedInVain();
    pair.reachesB = false;
    startAgain(pair.b);
    pair.cableUp = true;
    pair.pass(1_000);
    assertThat(pair.b.state.doubt()).as(pair::story).isTrue();
    pair.cableUp = false;
    pair.pass(12_000);
    assertThat(pair.b.data).as(pair::story).isEqualTo(DataState.CONSISTENT);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.BLOCKED);
    pair.reachesB = true;
    pair.pass(3_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.ALONE);
    pair.reachesA = true;
    pair.cableUp = true;
    pair.pass(20_000);
    assertProtected();
  }

  /**
   * Whatever dies, is cut, comes late or never comes: nothing is acknowledged outside the history
   * that survives, no split comes about, and once everything is back the pair is protected again.
   */
  @Property(tries = 150, seed = "20261126")
  void nothingIsAcknowledgedOutsideTheSurvivingHistory(@ForAll long seed) {
    misadventures(new Random(seed), () -> {});
  }

  /** The same where takeovers are granted that cannot begin, and operators start nodes again. */
  @Property(tries = 150, seed = "20261128")
  void norWhereTakeoversAreGrantedInVain(@ForAll long seed) {
    Random addresses = new Random(~seed);
    misadventures(
        new Random(seed),
        () -> {
          ModelNode node = addresses.nextBoolean() ? pair.a : pair.b;
          pair.addressTakenFor = addresses.nextBoolean() ? node : null;
          if (addresses.nextInt(3) > 0 && node.state.role() == Role.STOPPED) {
            startAgain(node);
          }
        });
  }

  private void misadventures(Random random, Runnable more) {
    pair.mishaps = () -> fate(random);
    pair.start(pair.a);
    pair.start(pair.b);
    for (int i = 0; i < 30; i++) {
      ModelNode node = random.nextBoolean() ? pair.a : pair.b;
      switch (random.nextInt(12)) {
        case 0 -> pair.kill(node, true);
        case 1 -> pair.kill(node, false);
        case 2, 3 -> pair.start(node);
        case 4 -> pair.cableUp = !pair.cableUp;
        case 5 -> node.take(new RoleInput.Switchover("", "op"));
        case 6 -> pair.netUp = !pair.netUp;
        case 7 -> pair.arbiterUp = !pair.arbiterUp;
        case 8 -> pair.reachesA = !pair.reachesA;
        case 9 -> pair.reachesB = !pair.reachesB;
        case 10 -> node.take(new RoleInput.Frozen(40_000_000_000L));
        default -> {
          pair.netUp = true;
          pair.cableUp = true;
        }
      }
      more.run();
      pair.pass(100L * (1 + random.nextInt(400)));
      assertThat(pair.a.state.split()).as(pair::story).isNull();
      assertThat(pair.b.state.split()).as(pair::story).isNull();
    }
    pair.mishaps = () -> Fate.ANSWERED;
    pair.cableUp = true;
    pair.netUp = true;
    pair.arbiterUp = true;
    pair.reachesA = true;
    pair.reachesB = true;
    pair.addressTakenFor = null;
    pair.start(pair.a);
    pair.start(pair.b);
    startAgain(pair.a);
    startAgain(pair.b);
    pair.pass(180_000);
    assertProtected();
  }

  private static Fate fate(Random random) {
    return switch (random.nextInt(10)) {
      case 0 -> Fate.LOST;
      case 1 -> Fate.ANSWER_LOST;
      case 2 -> Fate.LATE;
      default -> Fate.ANSWERED;
    };
  }
}
