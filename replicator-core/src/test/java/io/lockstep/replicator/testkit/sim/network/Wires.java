package io.lockstep.replicator.testkit.sim.network;

import io.lockstep.replicator.testkit.sim.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The cables between two hosts, numbered 0 and 1: one direction each way, which can be cut alone,
 * be slow, and lose, double, reorder or spoil what it carries. All heartbeat networks and the link
 * run over wires of their own.
 */
public final class Wires {
  /**
   * How bad the wires are.
   *
   * @param delayNs shortest delay one way
   * @param jitterNs most that is added to it
   * @param lossPerMille of datagrams; a connection repeats what is lost, and stands still meanwhile
   * @param doublePerMille of datagrams
   * @param spoilPer100k of datagrams and of a connection's frames
   */
  public record Quality(
      long delayNs, long jitterNs, int lossPerMille, int doublePerMille, int spoilPer100k) {
    /** A good local network. */
    public static final Quality GOOD = new Quality(50_000, 100_000, 0, 0, 0);
  }

  private static final long REPEAT_NS = 1_000_000_000;
  private static final int MOST_REPEATS = 8;

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final boolean[] cut = new boolean[2];
  private final List<Runnable> listeners = new ArrayList<>();
  private Quality quality = Quality.GOOD;

  /** Whole wires of good quality. */
  public Wires(Scheduler scheduler, SplittableRandom random) {
    this.scheduler = scheduler;
    this.random = random;
  }

  /** Told whenever a direction is cut or healed. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** From now on they are like this. */
  public void quality(Quality newQuality) {
    quality = newQuality;
  }

  /** Cuts or heals the direction from host {@code from}. */
  public void cut(int from, boolean isCut) {
    cut[from] = isCut;
    listeners.forEach(Runnable::run);
  }

  /** Whether what host {@code from} sends is lost. */
  public boolean isCut(int from) {
    return cut[from];
  }

  /** Whether either direction is cut. */
  public boolean broken() {
    return cut[0] || cut[1];
  }

  long delayNs() {
    return quality.delayNs + (quality.jitterNs == 0 ? 0 : random.nextLong(quality.jitterNs));
  }

  boolean spoils() {
    return quality.spoilPer100k > 0 && random.nextInt(100_000) < quality.spoilPer100k;
  }

  boolean loses() {
    return quality.lossPerMille > 0 && random.nextInt(1000) < quality.lossPerMille;
  }

  /** For how long a connection repeats what the wires lose. */
  long repeatsNs() {
    long ns = 0;
    for (int i = 0; i < MOST_REPEATS && loses(); i++) {
      ns += REPEAT_NS;
    }
    return ns;
  }

  boolean doubles() {
    return quality.doublePerMille > 0 && random.nextInt(1000) < quality.doublePerMille;
  }

  SplittableRandom random() {
    return random;
  }

  Scheduler scheduler() {
    return scheduler;
  }
}
