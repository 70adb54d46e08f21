package io.lockstep.agent.node;

/** What a module says to the peer beside the link: in heartbeats, on every network. Any thread. */
public interface PeerSignals {
  /** Sends a heartbeat at once: something changed that the peer should know. */
  void announce();

  /** Says goodbye for the module; {@code finalSequence} is -1 unless {@code clean}. */
  void goodbye(boolean clean, long finalSequence);
}
