package io.lockstep.failover.heartbeat;

import io.lockstep.failover.role.PeerStatus;
import java.util.Map;

/** Receives what the heartbeats tell; called from the heartbeat thread, must not block. */
public interface HeartbeatListener {
  /** A fresh heartbeat of the peer, with the status of each of its modules. */
  void heard(Map<String, PeerStatus> modules);

  /** Nothing on any network for {@code takeoverAfter}. */
  void silent(long silentNs);

  /** Heard again. */
  void back();

  /**
   * The peer is gone.
   *
   * @param clean whether it stopped in good order
   * @param modules by name, with {@code handsOverAt} as the final sequence; empty when its guardian
   *     spoke: then it holds for all modules
   */
  void goodbye(boolean clean, Map<String, PeerStatus> modules);

  /** Its machine answers that nobody listens any more. */
  void processGone(String evidence);

  /** This process stood still. */
  void frozen(long gapNs);

  /** The guardian's goodbye is a new one: to be handed to the guardian. */
  void goodbyePrepared(byte[] datagram);
}
