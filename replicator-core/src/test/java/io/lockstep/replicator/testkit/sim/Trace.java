package io.lockstep.replicator.testkit.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run did: a hash over every decision of the scheduler, and lines that tell about it where
 * they are wanted. Two runs of one seed have equal hashes, whether or not lines are kept.
 */
public final class Trace {
  private final boolean keep;
  private final List<String> lines = new ArrayList<>();
  private long hash = 0x9E3779B97F4A7C15L;
  private long decisions;

  /** {@code keep} says whether lines are kept. */
  public Trace(boolean keep) {
    this.keep = keep;
  }

  /** Whether lines are kept, so that nobody needs to make them up in vain. */
  public boolean keeps() {
    return keep;
  }

  void decision(long nowNs, int thread) {
    decisions++;
    mix(nowNs * 31 + thread);
  }

  /** One thing that happened in the world. */
  public void line(long nowNs, String text) {
    if (keep) {
      lines.add(String.format("%12.6f %s", nowNs / 1e9, text));
    }
  }

  /** Takes a number into the hash. */
  public void mix(long value) {
    hash = (hash ^ value) * 0xFF51AFD7ED558CCDL;
    hash ^= hash >>> 32;
  }

  /** Over everything so far. */
  public long hash() {
    return hash;
  }

  /** How often a thread was chosen. */
  public long decisions() {
    return decisions;
  }

  /** The lines kept, oldest first. */
  public List<String> lines() {
    return List.copyOf(lines);
  }
}
