package io.lockstep.replicator.testkit.sim;

/** A host's two clocks: one that never goes back and one that may be set. */
public final class SimClock {
  private final Scheduler scheduler;
  private long monotonicOriginNs;
  private long wallOffsetNs;

  /** The wall clock begins at {@code wallNs} since 1970, the other at an arbitrary value. */
  public SimClock(Scheduler scheduler, long monotonicNs, long wallNs) {
    this.scheduler = scheduler;
    this.monotonicOriginNs = monotonicNs - scheduler.nowNs();
    this.wallOffsetNs = wallNs - scheduler.nowNs();
  }

  /** Never goes back while the host runs. */
  public long monotonicNs() {
    return scheduler.nowNs() + monotonicOriginNs;
  }

  /** In ns since 1970. */
  public long wallNs() {
    return scheduler.nowNs() + wallOffsetNs;
  }

  /** Sets the wall clock forward, or back for a negative value. */
  public void jump(long ns) {
    wallOffsetNs += ns;
  }

  /** The host boots: the monotone clock begins anew. */
  public void reboot(long monotonicNs) {
    monotonicOriginNs = monotonicNs - scheduler.nowNs();
  }
}
