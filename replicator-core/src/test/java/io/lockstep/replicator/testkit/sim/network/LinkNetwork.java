package io.lockstep.replicator.testkit.sim.network;

import io.lockstep.replicator.link.LinkListener;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.SimExecution;
import io.lockstep.replicator.testkit.sim.SimulationFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Connects the link's two ends through the {@link Wires}: dials with backoff while they are apart,
 * carries their frames, and lets either end find out by what it sees, and by nothing else, that the
 * connection is gone: the other's FIN, a spoiled frame, or silence.
 */
public final class LinkNetwork {
  private static final long BACKOFF_MIN_NS = 100_000_000;
  private static final long BACKOFF_MAX_NS = 2_000_000_000L;

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final Wires wires;
  private final long silenceNs;
  private final Predicate<byte[]> refusesSpoiled;
  private final SimLink[] links = new SimLink[2];
  private final List<Connection> connections = new ArrayList<>();
  private boolean dialling;
  private long backoffNs = BACKOFF_MIN_NS;
  private long connects;

  /**
   * No end yet.
   *
   * @param silenceNs how long an end hears nothing before it takes the other for dead
   * @param refusesSpoiled whether production's decoder refuses a frame of that payload after a bit
   *     of it was turned over
   */
  public LinkNetwork(
      Scheduler scheduler, Wires wires, long silenceNs, Predicate<byte[]> refusesSpoiled) {
    this.scheduler = scheduler;
    this.random = wires.random();
    this.wires = wires;
    this.silenceNs = silenceNs;
    this.refusesSpoiled = refusesSpoiled;
    wires.onChange(this::changed);
  }

  Scheduler scheduler() {
    return scheduler;
  }

  /** The wires, to break them. */
  public Wires wires() {
    return wires;
  }

  /** How often the ends were connected. */
  public long connects() {
    return connects;
  }

  /** A process's end on host {@code side}; takes the place of an earlier process's. */
  public SimLink open(SimExecution execution, int side, PeerHello self, LinkListener listener) {
    SimLink link = new SimLink(this, execution, side, self, listener);
    links[side] = link;
    link.start();
    dialLater();
    return link;
  }

  void tell(int side, String what) {
    if (scheduler.trace().keeps()) {
      scheduler.tell("host " + side + ": " + what);
    }
  }

  boolean refusesSpoiled(Connection.Frame frame) {
    return refusesSpoiled.test(frame.payload());
  }

  void receiverFailed(Connection connection, int side, Throwable failure) {
    scheduler.fail(
        new SimulationFailure(
            "host " + side + ": the receiver of the link failed: " + failure, failure));
    links[side].end(connection, "the receiver failed", true);
  }

  // ---- connecting

  private void dialLater() {
    if (!dialling) {
      dialling = true;
      scheduler.after(1 + random.nextLong(backoffNs), this::dial);
      backoffNs = Math.min(BACKOFF_MAX_NS, 2 * backoffNs);
    }
  }

  private void dial() {
    dialling = false;
    SimLink dialler = links[0];
    SimLink other = links[1];
    if (dialler == null || other == null || !dialler.alive() || !other.alive()) {
      return;
    }
    if (dialler.current() != null || pending(dialler)) {
      return;
    }
    if (wires.broken() || dialler.frozen() || other.frozen()) {
      dialLater();
      return;
    }
    Connection connection = new Connection(wires, links);
    connections.add(connection);
    connects++;
    backoffNs = BACKOFF_MIN_NS;
    // three round trips of a handshake; the last message tells the dialler, a moment later
    long upNs = 6 * wires.delayNs();
    scheduler.after(upNs, () -> other.connected(connection, dialler.hello()));
    scheduler.after(upNs + wires.delayNs(), () -> dialler.connected(connection, other.hello()));
    changed();
  }

  private boolean pending(SimLink dialler) {
    return connections.stream().anyMatch(c -> c.links[0] == dialler && !c.over[0]);
  }

  // ---- ending

  /** One end has let go: the other learns of it when the FIN, or a reset, comes through. */
  void ended(Connection connection, int side) {
    if (side == 0) {
      dialLater();
    }
    if (connection.isOver()) {
      connections.remove(connection);
      return;
    }
    fin(connection, side, random.nextBoolean());
  }

  private void fin(Connection connection, int side, boolean inOrder) {
    long atNs = scheduler.nowNs() + wires.delayNs();
    if (inOrder) {
      atNs = Math.max(atNs, connection.lastArrivalNs(side));
    }
    scheduler.at(atNs, () -> finArrived(connection, side, inOrder));
  }

  private void finArrived(Connection connection, int side, boolean inOrder) {
    int other = 1 - side;
    if (connection.over[other] || wires.isCut(side)) {
      return;
    }
    SimLink link = connection.links[other];
    if (link.alive()) {
      link.end(connection, "the peer closed the connection", !inOrder);
    } else {
      connection.over[other] = true;
      connections.remove(connection);
    }
  }

  /**
   * The process of host {@code side} has died.
   *
   * @param hostUp whether its kernel lives: then what was sent goes on, and the peer is told
   */
  public void processDied(int side, boolean hostUp) {
    SimLink link = links[side];
    if (link == null || link.alive()) {
      return;
    }
    for (Connection connection : List.copyOf(connections)) {
      if (connection.links[side] == link && !connection.over[side]) {
        connection.over[side] = true;
        connection.loseTails(side, hostUp ? random.nextBoolean() : true);
        if (hostUp) {
          fin(connection, side, true);
        }
        if (connection.isOver()) {
          connections.remove(connection);
        }
      }
    }
    changed();
    dialLater();
  }

  /** A host is back after a loss of power: it resets connections it does not know. */
  public void hostBack(int side) {
    for (Connection connection : List.copyOf(connections)) {
      if (connection.over[side] && !connection.over[1 - side]) {
        fin(connection, side, false);
      }
    }
  }

  /** Something that decides who hears whom may have changed: wires, lives, standstills. */
  public void changed() {
    for (Connection connection : List.copyOf(connections)) {
      for (int side = 0; side < 2; side++) {
        if (!wires.isCut(side)) {
          connection.healed(side);
        }
        watch(connection, side);
      }
    }
  }

  /** Whether {@code side} is told that its peer lives; silence is counted from when it is not. */
  private void watch(Connection connection, int side) {
    if (connection.over[side]) {
      return;
    }
    SimLink peer = connection.links[1 - side];
    boolean hears =
        !wires.isCut(1 - side) && !connection.over[1 - side] && peer.alive() && !peer.frozen();
    boolean counts = !hears && !connection.links[side].frozen();
    if (!counts) {
      connection.quietSinceNs[side] = Long.MAX_VALUE;
    } else if (connection.quietSinceNs[side] == Long.MAX_VALUE) {
      long sinceNs = scheduler.nowNs();
      connection.quietSinceNs[side] = sinceNs;
      scheduler.after(
          silenceNs + random.nextLong(silenceNs / 4), () -> silent(connection, side, sinceNs));
    }
  }

  private void silent(Connection connection, int side, long sinceNs) {
    if (connection.quietSinceNs[side] == sinceNs && !connection.over[side]) {
      SimLink link = connection.links[side];
      if (link.alive()) {
        link.end(connection, "the peer was silent", true);
      }
    }
  }
}
