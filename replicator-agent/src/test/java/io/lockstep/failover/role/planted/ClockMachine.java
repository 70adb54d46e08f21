package io.lockstep.failover.role.planted;

/** A machine with a clock of its own, for {@code ArchitectureRulesTest}. */
public final class ClockMachine {
  private ClockMachine() {}

  /** What no decision may ask. */
  public static long nowNs() {
    return System.nanoTime();
  }
}
