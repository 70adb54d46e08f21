package io.lockstep.failover.role;

import io.lockstep.replicator.model.Generation;

/** What one node's role machine tells the other's over the link. */
public sealed interface PeerMessage {
  /**
   * The sender is blocked and wants to run alone: become OUTDATED, durably if possible, and answer
   * {@link OutdatedConfirmed}.
   */
  record BecomeOutdated(Generation generation) implements PeerMessage {}

  /** The sender is OUTDATED, or at least will not take over before a reintegration. */
  record OutdatedConfirmed(Generation generation) implements PeerMessage {}

  /**
   * The sender stepped down, durably, at {@code finalSequence}; the receiver is to take over.
   *
   * @param applicationFails as in {@link PeerStatus}, for a receiver that hears no heartbeats
   */
  record TakeOver(Generation generation, long finalSequence, boolean applicationFails)
      implements PeerMessage {
    /** From a node on which the application has not failed. */
    public TakeOver(Generation generation, long finalSequence) {
      this(generation, finalSequence, false);
    }
  }

  /** The sender cannot take over and changed nothing that matters; the receiver serves again. */
  record TakeOverRefused(String reason) implements PeerMessage {}

  /** The module was stopped on both nodes. */
  record StopModule(String who) implements PeerMessage {}

  /** The module is to start on both nodes. */
  record StartModule(String who) implements PeerMessage {}

  /** The operator was at the wrong node: the receiver, which serves, is to hand over. */
  record SwitchOver(String who) implements PeerMessage {}

  /** Takeovers, switchovers and restarts are left to the operator, on both nodes. */
  record Pause(String who) implements PeerMessage {}

  /** They are automatic again, on both nodes. */
  record Resume(String who) implements PeerMessage {}

  /** A split was decided: the receiver's branch yields to the sender's, which is this one. */
  record Yield(Generation keeps) implements PeerMessage {}
}
