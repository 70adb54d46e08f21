package io.lockstep.failover.heartbeat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/**
 * Tells fresh datagrams of the peer from old ones that someone, or the network, repeats.
 *
 * <p>A datagram counts only if it echoes this process's own session (it was made in its lifetime),
 * is of the peer's current session or of one never seen before, and has a counter higher than all
 * before. Without the echo, a recording of yesterday's goodbye would stop the watch over a peer
 * that serves.
 *
 * <p>What waited in the socket while this process stood still is of its lifetime and yet old: the
 * peer may have taken over since. After {@link #distrustBefore} only what the peer sent when it had
 * heard of this process anew counts. For one thread.
 */
final class PeerSession {
  private static final int REMEMBERED = 64;
  private final UUID own;
  private final Deque<UUID> over = new ArrayDeque<>();
  private UUID current;
  private long counter;
  private UUID echo = Datagram.NONE;
  private long trustFrom;

  PeerSession(UUID own) {
    this.own = own;
  }

  /** Whether the datagram counts; notes it if so. */
  boolean accept(Datagram d) {
    if (!d.echo().equals(own)) {
      // genuine but maybe old: good enough to answer, so that the next one carries the echo
      if (!d.session().equals(current) && !over.contains(d.session())) {
        echo = d.session();
      }
      return false;
    }
    if (!d.session().equals(current)) {
      if (over.contains(d.session())) {
        return false;
      }
      retire();
      current = d.session();
      counter = Long.MIN_VALUE;
    }
    if (d.counter() <= counter) {
      return false;
    }
    counter = d.counter();
    echo = d.session();
    return d.goodbye() || d.heard() >= trustFrom;
  }

  /** A heartbeat counts only if the peer had received this one of ours, or a later one. */
  void distrustBefore(long ownCounter) {
    trustFrom = ownCounter;
  }

  /** The highest counter received of the session to echo; 0 for none. */
  long heard() {
    return echo.equals(current) ? Math.max(0, counter) : 0;
  }

  /** Whether it is the newest of all that counted, come once more, as by another network. */
  boolean newest(Datagram d) {
    return d.echo().equals(own)
        && d.session().equals(current)
        && d.counter() == counter
        && d.heard() >= trustFrom;
  }

  private void retire() {
    if (current != null) {
      over.addLast(current);
      if (over.size() > REMEMBERED) {
        over.removeFirst();
      }
    }
  }

  /** The session to echo to the peer. */
  UUID echo() {
    return echo;
  }
}
