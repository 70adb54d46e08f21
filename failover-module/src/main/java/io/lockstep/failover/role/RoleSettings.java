package io.lockstep.failover.role;

/**
 * The times that the role machine goes by, all in ns, and the two nodes' names for its messages.
 *
 * @param ackTimeoutNs how long the application waits for the peer before the node runs alone
 * @param confirmNs how long, after that, for a peer whose heartbeats still come to say that it is
 *     OUTDATED
 * @param freshNs a heartbeat younger than this shows that the peer is alive
 * @param listenNs how long a node that ran alone listens at boot before it serves again
 * @param arbiterRetryNs between two questions when the arbiter gave no clear answer
 * @param blockedBoundNs how long waiting operations are held without a clear answer before they
 *     fail
 * @param retryNs between two attempts to bring the pair together again after one failed
 * @param arbiter whether an arbiter is configured; without one every grant is automatic
 * @param failbackNs how long the pair has to be in sync, undisturbed, before the module goes by
 *     itself to the peer, its preferred node; {@link Long#MAX_VALUE} for never
 * @param grouped whether the module belongs to a group, which then decides when it goes to the peer
 *     by choice, and when its application starts
 */
public record RoleSettings(
    String node,
    String peer,
    long ackTimeoutNs,
    long confirmNs,
    long freshNs,
    long listenNs,
    long arbiterRetryNs,
    long blockedBoundNs,
    long retryNs,
    boolean arbiter,
    long failbackNs,
    boolean grouped) {
  private static final long MS = 1_000_000;

  /** The usual relations to the three times that are configured. */
  public static RoleSettings of(
      String node, String peer, long heartbeatNs, long takeoverAfterNs, long ackTimeoutNs) {
    return new RoleSettings(
        node,
        peer,
        ackTimeoutNs,
        Math.min(300 * MS, Math.max(100 * MS, 2 * heartbeatNs)),
        Math.min(takeoverAfterNs / 2, 3 * heartbeatNs),
        2 * heartbeatNs,
        500 * MS,
        takeoverAfterNs,
        2_000 * MS,
        false,
        Long.MAX_VALUE,
        false);
  }

  /** The heartbeat's interval that these times are in relation to, see {@link #of}. */
  public long heartbeatNs() {
    return listenNs / 2;
  }

  /** The silence after which a takeover begins, that these times are in relation to. */
  public long takeoverAfterNs() {
    return blockedBoundNs;
  }

  /** The same times, with an arbiter. */
  public RoleSettings withArbiter() {
    return with(true, failbackNs, grouped);
  }

  /** The same times at a node that is not the preferred one, and does not keep the module. */
  public RoleSettings withFailback(long afterNs) {
    return with(arbiter, afterNs, grouped);
  }

  /** The same times for a module of a group. */
  public RoleSettings inGroup() {
    return with(arbiter, failbackNs, true);
  }

  private RoleSettings with(boolean asked, long goesBackNs, boolean together) {
    return new RoleSettings(
        node,
        peer,
        ackTimeoutNs,
        confirmNs,
        freshNs,
        listenNs,
        arbiterRetryNs,
        blockedBoundNs,
        retryNs,
        asked,
        goesBackNs,
        together);
  }
}
