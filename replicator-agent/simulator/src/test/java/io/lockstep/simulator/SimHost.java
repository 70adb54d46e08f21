package io.lockstep.simulator;

import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.SimClock;
import io.lockstep.replicator.testkit.sim.SimProcess;
import io.lockstep.replicator.testkit.sim.disk.SimDisk;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * One of the two machines: its disks, clocks and what runs on it. It outlives agents, applications
 * and losses of power.
 */
final class SimHost {
  private static final long YEAR_2026_NS = 1_767_225_600_000_000_000L;

  final int side;
  final String name;
  final Scheduler scheduler;
  final SimClock clock;
  final SimDisk disk;
  final SimStore store;
  private int boots = 1;
  boolean up = true;
  boolean frozen;

  /** When it last went on after it had stood still; -1 for never. */
  long wentOnNs = -1;

  /** Whether somebody is about to start the agent. */
  boolean starting;

  /** Whether the agent was to start while the host stood still, which starts nothing. */
  boolean startMissed;

  /** Whether the simulator itself looks at the tree: nobody waits for anything then. */
  boolean looking;

  final UUID incarnation;

  /** The goodbye that the guardian would send; empty before there is one. */
  byte[] goodbye = {};

  /** The agent that runs, or the last one; null before the first. */
  Agent agent;

  /** The volume under interception; null when the directory is bare. */
  Front front;

  /** Until when the virtual address is here, unless it is renewed, by the monotonic clock. */
  long addressUntilNs = Long.MIN_VALUE;

  /** The application's processes; null when there are none. */
  SimProcess application;

  /** What is here of the second module of a group; null where there is none. */
  Second second;

  /** For how long the agent will be away that was asked to end; 0 when it was not. */
  long exitsForNs;

  /** Since when, or from when on, the application starts here again. */
  long startsFromNs;

  /** The same of its checks. */
  long wellFromNs;

  /** Whether checks that fail do not even return. */
  boolean hangs;

  /** What checkers look at here. */
  final Checked checked = new Checked();

  /** When maintenance last ended here; -1 for never. */
  long resumedNs = -1;

  /** When the application was last started here. */
  long applicationSinceNs;

  SimHost(int side, Scheduler scheduler, SplittableRandom random) {
    this.side = side;
    this.name = side == 0 ? "desk-a" : "desk-b";
    this.scheduler = scheduler;
    this.clock =
        new SimClock(
            scheduler,
            random.nextLong(1_000_000_000_000L),
            YEAR_2026_NS + random.nextLong(5_000_000_000L));
    this.disk = new SimDisk(random.split());
    this.store = new SimStore(1, random.split(), clock::wallNs);
    this.incarnation = new UUID(random.nextLong(), random.nextLong());
    int writeback = 1 + random.nextInt(100);
    int commit = 1 + random.nextInt(50);
    disk.activity(writeback, commit);
    store.activity(writeback, commit);
    disk.hook((call, path) -> onStoreCall());
    store.hook((SimStore.Call call, TreePath path) -> onStoreCall());
  }

  void onStoreCall() {
    if (!looking) {
      scheduler.yieldPoint();
    }
  }

  String bootId() {
    return "boot-" + name + "-" + boots;
  }

  /** Whether an agent runs here. */
  boolean agentAlive() {
    return agent != null && !agent.process().dead();
  }

  /** Whether the virtual address is here: the kernel drops one that is not renewed. */
  boolean address() {
    return clock.monotonicNs() < addressUntilNs;
  }

  /** What kill -9 of the agent leaves: everything written, nothing open. */
  void agentDied() {
    disk.processCrash();
    store.processCrash();
    if (front != null) {
      front.die();
    }
    if (second != null) {
      second.agentDied();
    }
  }

  /** Power is gone: what was not synced is lost, in part or whole. */
  void powerLost() {
    up = false;
    if (front != null) {
      front.die();
    }
    front = null;
    addressUntilNs = Long.MIN_VALUE;
    application = null;
    disk.powerLoss();
    store.powerLoss();
    if (second != null) {
      second.powerLost();
    }
  }

  void boots() {
    up = true;
    boots++;
    clock.reboot(boots * 1_000_000_000L);
  }
}
