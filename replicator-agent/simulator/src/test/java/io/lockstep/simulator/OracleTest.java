package io.lockstep.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.testkit.sim.Carriers;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.Trace;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the judge makes of a history that its host gives up by itself. */
class OracleTest {
  private final Scheduler scheduler =
      new Scheduler(1, new Carriers(), new Trace(false), new Scheduler.Chances(1000, 0, 1), 20_000);

  private final Oracle oracle = new Oracle(1, true);
  private final Branch served = oracle.mounted(host(0));
  private int operations;

  OracleTest() {
    oracle.follows(1);
  }

  private SimHost host(int side) {
    return new SimHost(side, scheduler, new SplittableRandom(side));
  }

  private void does(Branch branch) {
    operations++;
    Op op = new Op(Op.Kind.CREATE, operations, "f" + operations, "", 0, 0);
    oracle.acked(branch, oracle.issued(branch, 0, op, operations), false, operations);
  }

  @Test
  void whatIsAcknowledgedBesideAHistoryThatBeganIsRefused() {
    assertThat(oracle.mounted(host(1)).parent).isSameAs(served);
    assertThatThrownBy(() -> does(served)).hasMessageContaining("G4");
  }

  @Test
  void oneInWhichNothingWasDoneCountsNoMoreOnceItIsGivenUp() {
    oracle.mounted(host(1));
    oracle.dropped(1);
    does(served);
    assertThat(oracle.copy(1)).isSameAs(served);
  }

  @Test
  void oneInWhichSomethingWasDoneCountsAllTheSame() {
    Branch other = oracle.mounted(host(1));
    does(other);
    oracle.dropped(1);
    assertThatThrownBy(() -> does(served)).hasMessageContaining("G4");
    assertThatThrownBy(() -> oracle.follows(1)).hasMessageContaining("G4");
  }

  @Test
  void whoseTakeoverNeverMountedGivesUpNoHistoryOfThePeers() {
    oracle.dropped(1);
    assertThat(oracle.copy(1)).isSameAs(served);
  }
}
