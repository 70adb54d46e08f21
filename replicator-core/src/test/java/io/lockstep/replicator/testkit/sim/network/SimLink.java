package io.lockstep.replicator.testkit.sim.network;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.LinkListener;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.testkit.sim.Inbox;
import io.lockstep.replicator.testkit.sim.ProcessDied;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.SimExecution;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * A process's end of the link, with the manners of {@link io.lockstep.replicator.link.NettyLink}:
 * two event loops, frames of one read in one batch, {@code up} before the bulk lane opens, {@code
 * down} once, and no frame of a connection after it.
 */
public final class SimLink implements Link {
  private static final int RECEIVE_BUFFER = 64 * 1024;
  private static final long HIGH_WATER = 1 << 20;

  /** What an event loop has to do. */
  private sealed interface Work {
    record Up(Connection connection, PeerHello peer) implements Work {}

    record Arrived(Connection connection, Connection.Frame frame) implements Work {}

    record Down(Connection connection, String reason) implements Work {}
  }

  private final LinkNetwork network;
  private final Scheduler scheduler;
  private final SimExecution execution;
  private final int side;
  private final PeerHello self;
  private final LinkListener listener;
  private final Inbox<Work> operations;
  private final Inbox<Work> bulk;
  private final ArrayDeque<Connection.Frame> early = new ArrayDeque<>();
  private final Inbox<Object> room;
  private final long[] sent = new long[2];
  private final long[] received = new long[2];
  private Connection current;
  private long epochs;
  private long frames;
  private boolean closed;

  SimLink(
      LinkNetwork network,
      SimExecution execution,
      int side,
      PeerHello self,
      LinkListener listener) {
    this.network = network;
    this.scheduler = network.scheduler();
    this.execution = execution;
    this.side = side;
    this.self = self;
    this.listener = listener;
    this.operations = new Inbox<>(scheduler, "frames of operations");
    this.bulk = new Inbox<>(scheduler, "bulk frames");
    this.room = new Inbox<>(scheduler, "room on a lane");
  }

  void start() {
    execution.task("link-operations", () -> loop(operations, Lane.OPERATIONS)).start();
    execution.task("link-bulk", () -> loop(bulk, Lane.BULK)).start();
  }

  PeerHello hello() {
    return self;
  }

  /** Whether it takes part: its process lives and has not closed it. */
  boolean alive() {
    return !closed && !execution.process().dead();
  }

  boolean frozen() {
    return execution.process().frozen();
  }

  Connection current() {
    return current;
  }

  // ---- what the network does; events

  void connected(Connection connection, PeerHello peer) {
    operations.add(new Work.Up(connection, peer));
  }

  void arrived(Connection connection, Connection.Frame frame) {
    if (!alive()) {
      return;
    }
    (frame.lane() == Lane.OPERATIONS ? operations : bulk).add(new Work.Arrived(connection, frame));
  }

  /** The connection is to end; {@code atOnce}: before what has arrived and was not read yet. */
  void end(Connection connection, String reason, boolean atOnce) {
    Work.Down down = new Work.Down(connection, reason);
    if (atOnce) {
      operations.addFirst(down);
    } else {
      operations.add(down);
    }
  }

  void roomAgain(Lane lane) {
    if (writable(lane)) {
      room.wake();
    }
  }

  // ---- the event loops

  private void loop(Inbox<Work> inbox, Lane lane) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(RECEIVE_BUFFER);
    while (true) {
      Work work = inbox.take();
      Connection batch = null;
      while (work != null) {
        if (work instanceof Work.Arrived arrived) {
          if (receive(arrived.connection(), arrived.frame(), buffer)) {
            batch = arrived.connection();
          }
        } else if (work instanceof Work.Up up) {
          bringUp(up.connection(), up.peer());
        } else if (work instanceof Work.Down down) {
          takeDown(down.connection(), down.reason());
        }
        work = inbox.isEmpty() ? null : inbox.take();
      }
      if (batch != null && !batch.over[side]) {
        Connection ended = batch;
        guarded(ended, () -> listener.batchEnd(ended.epochs[side], lane));
      }
    }
  }

  private void bringUp(Connection connection, PeerHello peer) {
    takeDown(current, "a new connection of the peer replaces it");
    if (closed || connection.over[side]) {
      return;
    }
    connection.epochs[side] = ++epochs;
    current = connection;
    network.tell(side, "link up, epoch " + epochs);
    guarded(connection, () -> listener.up(connection.epochs[side], peer));
    connection.opened[side] = true;
    // before whatever has come since
    while (!early.isEmpty()) {
      Connection.Frame frame = early.removeLast();
      (frame.lane() == Lane.OPERATIONS ? operations : bulk)
          .addFirst(new Work.Arrived(connection, frame));
    }
  }

  private void takeDown(Connection connection, String reason) {
    if (connection == null || connection.over[side]) {
      return;
    }
    connection.over[side] = true;
    early.clear();
    network.ended(connection, side);
    if (current != connection) {
      return;
    }
    current = null;
    room.wake();
    network.tell(side, "link down: " + reason);
    guarded(connection, () -> listener.down(connection.epochs[side], reason));
  }

  private boolean receive(Connection connection, Connection.Frame frame, ByteBuffer buffer) {
    if (connection.over[side]) {
      return false;
    }
    if (!connection.opened[side]) {
      early.addLast(frame);
      return false;
    }
    if (frame.spoiled() && network.refusesSpoiled(frame)) {
      takeDown(connection, "a frame with a wrong checksum");
      return false;
    }
    byte[] payload = frame.payload();
    ByteBuffer in =
        payload.length <= buffer.capacity() ? buffer : ByteBuffer.allocateDirect(payload.length);
    in.clear().put(payload).flip();
    received[frame.lane().ordinal()] += payload.length;
    long epoch = connection.epochs[side];
    guarded(
        connection, () -> listener.frame(epoch, frame.lane(), frame.type(), frame.module(), in));
    return true;
  }

  /** A receiver must not fail: what it does not understand it answers with a drop. */
  private void guarded(Connection connection, Runnable call) {
    try {
      call.run();
    } catch (ProcessDied e) {
      throw e;
    } catch (RuntimeException | Error e) {
      network.receiverFailed(connection, side, e);
    }
  }

  // ---- Link

  @Override
  public boolean connected() {
    return current != null;
  }

  @Override
  public boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
    scheduler.yieldPoint();
    Connection connection = current;
    if (connection == null || connection.epochs[side] != epoch) {
      return false;
    }
    int length = 0;
    for (ByteBuffer part : payload) {
      length += part.remaining();
    }
    byte[] bytes = new byte[length];
    int at = 0;
    for (ByteBuffer part : payload) {
      int count = part.remaining();
      part.get(part.position(), bytes, at, count);
      at += count;
    }
    sent[lane.ordinal()] += length;
    connection.stream(side, lane)
        .send(new Connection.Frame(++frames, lane, type, module, bytes, connection.wires.spoils()));
    return true;
  }

  @Override
  public boolean writable(Lane lane) {
    Connection connection = current;
    return connection != null && connection.stream(side, lane).bytesUnderWay < HIGH_WATER;
  }

  @Override
  public boolean awaitWritable(Lane lane, long timeoutMs) {
    long untilNs = scheduler.nowNs() + timeoutMs * 1_000_000;
    while (current != null && !writable(lane) && scheduler.nowNs() < untilNs) {
      room.poll(Math.min(untilNs, scheduler.nowNs() + 10_000_000));
    }
    return writable(lane);
  }

  @Override
  public void drop(long epoch, String reason) {
    Connection connection = current;
    if (connection != null && connection.epochs[side] == epoch) {
      end(connection, reason, true);
    }
  }

  @Override
  public long sentBytes(Lane lane) {
    return sent[lane.ordinal()];
  }

  @Override
  public long receivedBytes(Lane lane) {
    return received[lane.ordinal()];
  }

  @Override
  public void close() {
    closed = true;
    if (current != null) {
      end(current, "this node closed it", true);
    }
  }
}
