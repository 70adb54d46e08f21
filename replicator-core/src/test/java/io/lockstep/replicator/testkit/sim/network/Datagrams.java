package io.lockstep.replicator.testkit.sim.network;

import io.lockstep.replicator.testkit.sim.Inbox;

/** Datagrams between two hosts over one pair of wires: no promise of any kind. */
public final class Datagrams {
  /** One that arrived; {@code bytes} is null for the news that nobody listens over there. */
  public record Arrived(int path, byte[] bytes) {}

  private static final long ROUND_NS = 200_000;
  private static final int SOCKET_BUFFER = 64;

  private final Wires wires;
  private final int path;
  private final Port[] ports = new Port[2];
  private final boolean[] deaf = new boolean[2];

  private static final class Port {
    final Inbox<Arrived> inbox;
    int waiting;

    Port(Inbox<Arrived> inbox) {
      this.inbox = inbox;
    }
  }

  /** Nobody listens yet. {@code path} is the number that arrivals carry. */
  public Datagrams(Wires wires, int path) {
    this.wires = wires;
    this.path = path;
  }

  /** The wires, to break them. */
  public Wires wires() {
    return wires;
  }

  /** A process on host {@code at} listens; null when none does any more. */
  public void listen(int at, Inbox<Arrived> inbox) {
    ports[at] = inbox == null ? null : new Port(inbox);
  }

  /** Whether what comes to host {@code at} is lost: a machine that stands still takes nothing. */
  public void deaf(int at, boolean isDeaf) {
    deaf[at] = isDeaf;
  }

  /** A process on {@code at} has taken one that arrived. */
  public void taken(int at) {
    if (ports[at] != null) {
      ports[at].waiting--;
    }
  }

  /**
   * Sends from host {@code from}.
   *
   * @param hostUp whether the other host is up, so that it can answer that nobody listens
   */
  public void send(int from, byte[] bytes, boolean hostUp) {
    int times = wires.loses() ? 0 : wires.doubles() ? 2 : 1;
    for (int i = 0; i < times; i++) {
      byte[] carried = bytes;
      if (wires.spoils()) {
        carried = bytes.clone();
        carried[wires.random().nextInt(carried.length)] ^= (byte) (1 << wires.random().nextInt(8));
      }
      byte[] arriving = carried;
      wires.scheduler().after(wires.delayNs(), () -> arrive(from, arriving, hostUp));
    }
  }

  private void arrive(int from, byte[] bytes, boolean hostUp) {
    if (wires.isCut(from) || deaf[1 - from]) {
      return;
    }
    Port port = ports[1 - from];
    if (port != null) {
      if (port.waiting < SOCKET_BUFFER) {
        port.waiting++;
        port.inbox.add(new Arrived(path, bytes));
      }
    } else if (hostUp && !wires.isCut(1 - from) && ports[from] != null) {
      Port sender = ports[from];
      wires
          .scheduler()
          .after(
              ROUND_NS,
              () -> {
                if (ports[from] == sender && ports[1 - from] == null) {
                  sender.waiting++;
                  sender.inbox.add(new Arrived(path, null));
                }
              });
    }
  }
}
