package io.lockstep.simulator;

import io.lockstep.replicator.testkit.sim.SimProcess;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.util.SplittableRandom;

/** What a host has of the second module of a group: its tree, its mount, its application. */
final class Second {
  final SimStore store;

  /** The volume under interception; null when the directory is bare. */
  Front front;

  /** The application's processes; null when there are none. */
  SimProcess application;

  Second(SimHost host, SplittableRandom random) {
    this.store = new SimStore(1, random.split(), host.clock::wallNs);
    store.activity(1 + random.nextInt(100), 1 + random.nextInt(50));
    store.hook((call, path) -> host.onStoreCall());
  }

  /** Whether its application runs. */
  boolean runs() {
    return application != null && !application.dead();
  }

  /** What kill -9 of the agent leaves: everything written, nothing open. */
  void agentDied() {
    store.processCrash();
    if (front != null) {
      front.die();
    }
  }

  /** Power is gone: what was not synced is lost, in part or whole. */
  void powerLost() {
    if (front != null) {
      front.die();
    }
    front = null;
    application = null;
    store.powerLoss();
  }
}
