package io.lockstep.simulator;

import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.ArbiterDesk;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.arbiter.InSyncRecord;
import io.lockstep.failover.arbiter.MemoryArbiter;
import io.lockstep.replicator.testkit.sim.Scheduler;
import java.util.SplittableRandom;

/**
 * The third machine: it keeps the in-sync record, and each host has a way of its own to it, which
 * can be cut, and can lose or delay what goes over it.
 */
final class SimArbiter {
  private static final long TIMEOUT_NS = 2 * Plan.SECOND;
  private static final long MOST_TRAVEL_NS = 20_000_000;
  private static final long LATEST_NS = 30 * Plan.SECOND;

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final MemoryArbiter.Store store = new MemoryArbiter.Store();
  private final long[] reachableFromNs = new long[2];
  private long loseUntilNs;

  SimArbiter(Scheduler scheduler, SplittableRandom random) {
    this.scheduler = scheduler;
    this.random = random;
  }

  void perform(Fault fault) {
    long untilNs = scheduler.nowNs() + fault.forNs();
    switch (fault.kind()) {
      case ARBITER_DOWN -> {
        reachableFromNs[0] = untilNs;
        reachableFromNs[1] = untilNs;
      }
      case ARBITER_CUT -> reachableFromNs[fault.side()] = untilNs;
      default -> loseUntilNs = untilNs;
    }
  }

  /** Ends whatever still goes on. */
  void mend() {
    reachableFromNs[0] = 0;
    reachableFromNs[1] = 0;
    loseUntilNs = 0;
  }

  /** Where the module on {@code host} brings its questions; one for each life of the agent. */
  Desk desk(SimHost host) {
    return new ArbiterDesk(new Way(host));
  }

  private MemoryArbiter.Fate fate(SimHost host) {
    if (scheduler.nowNs() < reachableFromNs[host.side]) {
      return MemoryArbiter.Fate.LOST;
    }
    if (scheduler.nowNs() < loseUntilNs && random.nextBoolean()) {
      MemoryArbiter.Fate[] fates = MemoryArbiter.Fate.values();
      return fates[1 + random.nextInt(fates.length - 1)];
    }
    return MemoryArbiter.Fate.ANSWERED;
  }

  /** One agent's calls: each takes its time there and back, or runs into its timeout. */
  private final class Way implements Arbiter {
    private final SimHost host;
    private final MemoryArbiter arbiter;
    private MemoryArbiter.Fate next;

    private Way(SimHost host) {
      this.host = host;
      this.arbiter = new MemoryArbiter(store, () -> next);
    }

    private void travel() {
      scheduler.pause(1 + random.nextLong(MOST_TRAVEL_NS));
    }

    @Override
    public Reading read() {
      travel();
      next = fate(host);
      Reading reading = arbiter.read();
      comesBack();
      return reading;
    }

    @Override
    public Outcome compareAndSwap(InSyncRecord expected, InSyncRecord wanted) {
      travel();
      next = fate(host);
      Outcome outcome = arbiter.compareAndSwap(expected, wanted);
      if (next == MemoryArbiter.Fate.LATE) {
        scheduler.after(1 + random.nextLong(LATEST_NS), arbiter::deliverLate);
      }
      comesBack();
      return outcome;
    }

    private void comesBack() {
      if (next == MemoryArbiter.Fate.ANSWERED) {
        travel();
      } else {
        scheduler.pause(TIMEOUT_NS);
      }
    }

    @Override
    public String describe() {
      return "the simulated arbiter";
    }

    @Override
    public void close() {}
  }
}
