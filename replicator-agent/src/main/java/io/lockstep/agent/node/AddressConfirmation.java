package io.lockstep.agent.node;

import java.time.Duration;

/**
 * Whether somebody outside has found a virtual address here since it came, and when to announce it
 * again. Pure; ns of a clock that never goes back.
 *
 * <p>Prevents this: a switch or a neighbour was cut off while the address was announced, and goes
 * on sending to the node that had it before, with both nodes well and the service out of its reach.
 *
 * @param beganNs when the address came, or may have been claimed by another node meanwhile
 * @param tries how often the outside was asked
 * @param confirmed whether it has answered that the address is here; for good
 * @param alerted whether an operator was told that it has not
 * @param reason why the last try did not confirm it; empty before the first and once it is
 *     confirmed
 * @param tookNs until it was confirmed; meaningless before
 */
record AddressConfirmation(
    long beganNs, int tries, boolean confirmed, boolean alerted, String reason, long tookNs) {
  static final Duration FIRST = Duration.ofMillis(100);

  /** From now on. */
  static AddressConfirmation begun(long nowNs) {
    return new AddressConfirmation(nowNs, 0, false, false, "", 0);
  }

  /**
   * The outside has answered.
   *
   * @param problem why it does not find the address here; empty if it does
   */
  AddressConfirmation answered(String problem, long nowNs) {
    boolean good = confirmed || problem.isEmpty();
    return new AddressConfirmation(
        beganNs, tries + 1, good, alerted, good ? "" : problem, nowNs - beganNs);
  }

  /** Until the next announcement and question: twice as long each time, up to {@code longest}. */
  Duration pause(Duration longest) {
    Duration grown = FIRST.multipliedBy(1L << Math.min(20, Math.max(0, tries - 1)));
    return grown.compareTo(longest) < 0 ? grown : longest;
  }

  /** Whether an operator is to be told now. */
  boolean alerts(long nowNs, Duration after) {
    return !confirmed && !alerted && nowNs - beganNs >= after.toNanos();
  }

  /** An operator was told. */
  AddressConfirmation told() {
    return new AddressConfirmation(beganNs, tries, confirmed, true, reason, tookNs);
  }

  /** For the operator. */
  String text(long nowNs) {
    if (confirmed) {
      return "seen from outside after " + tookNs / 1_000_000 + " ms";
    }
    String why = reason.isEmpty() ? "" : ": " + reason;
    return "NOT seen from outside for " + (nowNs - beganNs) / 1_000_000_000 + " s" + why;
  }
}
