package io.lockstep.replicator.testkit.sim.network;

import io.lockstep.replicator.link.Link.Lane;
import java.util.ArrayDeque;

/**
 * One time of being connected: two byte streams each way, one a lane, as TCP gives them. What is
 * cut off on its way arrives late, once the wires are whole again, and what the wires lose holds up
 * its lane until it has been repeated; nothing is lost while both ends keep the connection.
 */
final class Connection {
  /** A frame under way. */
  record Frame(long number, Lane lane, byte type, int module, byte[] payload, boolean spoiled) {}

  /** One direction of one lane. */
  final class Stream {
    final int from;
    final ArrayDeque<Frame> underWay = new ArrayDeque<>();
    final ArrayDeque<Frame> stuck = new ArrayDeque<>();
    long lastArrivalNs;
    long bytesUnderWay;

    private Stream(int from) {
      this.from = from;
    }

    void send(Frame frame) {
      bytesUnderWay += frame.payload().length;
      underWay.addLast(frame);
      schedule(frame, wires.delayNs() + wires.repeatsNs());
    }

    private void schedule(Frame frame, long delayNs) {
      lastArrivalNs = Math.max(lastArrivalNs, wires.scheduler().nowNs() + delayNs);
      wires.scheduler().at(lastArrivalNs, () -> arrive(frame));
    }

    private void arrive(Frame frame) {
      if (underWay.isEmpty() || underWay.peekFirst().number() != frame.number()) {
        return;
      }
      underWay.removeFirst();
      if (wires.isCut(from) || !stuck.isEmpty()) {
        stuck.addLast(frame);
        return;
      }
      bytesUnderWay -= frame.payload().length;
      links[1 - from].arrived(Connection.this, frame);
      if (links[from] != null) {
        links[from].roomAgain(frame.lane());
      }
    }

    /** The wires are whole again: TCP repeats what it has no acknowledgement for. */
    void healed() {
      if (stuck.isEmpty()) {
        return;
      }
      long delayNs = wires.delayNs() + wires.random().nextLong(200_000_000);
      while (!stuck.isEmpty()) {
        Frame frame = stuck.removeLast();
        underWay.addFirst(frame);
      }
      for (Frame frame : underWay) {
        schedule(frame, delayNs);
      }
    }

    /** The newest frames, a random number of them, never leave the host. */
    void loseTail(boolean some) {
      int keep = some ? wires.random().nextInt(underWay.size() + stuck.size() + 1) : 0;
      while (underWay.size() + stuck.size() > keep) {
        if (!underWay.isEmpty()) {
          underWay.removeLast();
        } else {
          stuck.removeLast();
        }
      }
    }
  }

  final Wires wires;
  final SimLink[] links;
  final boolean[] over = new boolean[2];
  final boolean[] opened = new boolean[2];
  final long[] epochs = {-1, -1};

  /**
   * By receiving side: when it last stopped being told that the peer lives; MAX_VALUE while it is.
   */
  final long[] quietSinceNs = {Long.MAX_VALUE, Long.MAX_VALUE};

  private final Stream[][] streams;

  Connection(Wires wires, SimLink[] links) {
    this.wires = wires;
    this.links = links.clone();
    this.streams = new Stream[][] {{new Stream(0), new Stream(0)}, {new Stream(1), new Stream(1)}};
  }

  Stream stream(int from, Lane lane) {
    return streams[from][lane == Lane.OPERATIONS ? 0 : 1];
  }

  void healed(int from) {
    for (Stream stream : streams[from]) {
      stream.healed();
    }
  }

  void loseTails(int from, boolean some) {
    for (Stream stream : streams[from]) {
      stream.loseTail(some);
    }
  }

  /** When the last thing sent by {@code from} arrives. */
  long lastArrivalNs(int from) {
    return Math.max(streams[from][0].lastArrivalNs, streams[from][1].lastArrivalNs);
  }

  boolean isOver() {
    return over[0] && over[1];
  }
}
