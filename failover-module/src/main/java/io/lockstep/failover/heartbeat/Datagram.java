package io.lockstep.failover.heartbeat;

import io.lockstep.failover.role.PeerStatus;
import java.util.Map;
import java.util.UUID;

/**
 * One heartbeat or goodbye.
 *
 * @param incarnation of the sending node
 * @param boot of the sending machine
 * @param session drawn at random when the sending process started
 * @param counter grows with every datagram of the session; a goodbye's is {@link Long#MAX_VALUE},
 *     so that nothing of the session counts after it
 * @param echo session that the sender last heard of the receiver, so that the receiver knows that
 *     this was sent in its own lifetime; zero for none
 * @param heard highest counter of that session that the sender had received by then; 0 for none. A
 *     receiver that stood still knows by it what was sent since it woke
 * @param modules of a heartbeat, or of a clean goodbye with {@code handsOverAt} as final sequence;
 *     empty in a goodbye that a guardian sends
 */
public record Datagram(
    boolean goodbye,
    String cluster,
    String node,
    UUID incarnation,
    String boot,
    UUID session,
    long counter,
    UUID echo,
    long heard,
    Map<String, PeerStatus> modules) {
  static final UUID NONE = new UUID(0, 0);

  public Datagram {
    modules = Map.copyOf(modules);
  }
}
