package io.lockstep.agent.node;

import java.time.Duration;

/**
 * What to do with a virtual address whose time runs out unless it is renewed. Pure; ns of a clock
 * that goes on while the machine is suspended.
 *
 * <p>Prevents this: a serving node freezes, its address expires, the peer takes over and claims it;
 * the node wakes up and, before it has heard of any of that, puts back what it misses. After a
 * pause as long as the lifetime it therefore leaves its addresses alone for as long as it takes to
 * hear of a peer that took over, unless no peer can have.
 *
 * @param lookedNs when it was looked at last
 * @param quietUntilNs until when addresses are left as they are
 */
record AddressLease(long lookedNs, long quietUntilNs) {
  /** What to do. */
  enum Action {
    RENEW,
    PUT_BACK,
    LEAVE
  }

  /** From the moment at which the addresses were added. */
  static AddressLease begun(long nowNs) {
    return new AddressLease(nowNs, nowNs);
  }

  /**
   * Looks again.
   *
   * @param lifetime of the address
   * @param quiet how long to keep still after a pause
   * @param followed whether a peer could have taken over meanwhile
   */
  AddressLease looked(long nowNs, Duration lifetime, Duration quiet, boolean followed) {
    boolean paused = nowNs - lookedNs >= lifetime.toNanos();
    return new AddressLease(nowNs, paused && followed ? nowNs + quiet.toNanos() : quietUntilNs);
  }

  /** For an address that this machine has, or has not. */
  Action action(boolean present) {
    if (lookedNs < quietUntilNs) {
      return Action.LEAVE;
    }
    return present ? Action.RENEW : Action.PUT_BACK;
  }
}
