package io.lockstep.replicator.testkit.sim.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.testkit.TreeDigest;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Whatever is done to a tree, a loss of power leaves what was synced, and for the rest a state that
 * the rules allow: see {@link AllowedStates}.
 */
class SimStoreProperties {
  @Property(tries = 250, seed = "20261126")
  void aPowerLossLeavesAnAllowedState(
      @ForAll long seed,
      @ForAll @IntRange(max = 300) int writebackPerMille,
      @ForAll @IntRange(max = 200) int commitPerMille)
      throws IOException {
    StoreWorkload workload = new StoreWorkload(seed);
    workload.store.activity(writebackPerMille, commitPerMille);
    for (int crash = 0; crash < 3; crash++) {
      workload.run(80);
      workload.store.powerLoss();
      assertThat(workload.allowed.violations(workload.store)).isEmpty();
      workload.allowed.restart(workload.store);
    }
  }

  @Property(tries = 100, seed = "20261126")
  void aProcessCrashLeavesEverything(@ForAll long seed) throws IOException {
    StoreWorkload workload = new StoreWorkload(seed);
    workload.store.activity(100, 100);
    workload.run(80);
    TreeDigest before = TreeDigest.of(workload.store);
    workload.store.processCrash();
    assertThat(TreeDigest.of(workload.store)).isEqualTo(before);
    workload.store.syncAll();
    workload.store.powerLoss();
    assertThat(TreeDigest.of(workload.store)).isEqualTo(before);
  }
}
