package io.lockstep.simulator;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What was acknowledged once is not sent again with its content, though the peer has lost it with
 * its power since: only its number is.
 */
final class ResumingTooHigh extends Substitution {
  /** By side of the primary: what the peer acknowledged, and in which generation. */
  private final long[] acknowledged = new long[2];

  private final Object[] generation = new Object[2];

  @Override
  boolean onFrames() {
    return true;
  }

  @Override
  Plan plan(Plan drawn) {
    // the secondary loses its power over what it has just acknowledged, and is back while the
    // primary still waits for it; then it is the one to serve
    long workNs =
        drawn.bursts().stream()
            .mapToLong(Plan.Burst::atNs)
            .filter(at -> at > 20 * Plan.SECOND)
            .min()
            .orElseThrow();
    long atNs = workNs + 1 + drawn.seed() % 40 * Plan.SECOND / 1_000;
    return drawn.and(
        new Fault(Fault.Kind.POWER_CUT, atNs, 1, Plan.SECOND / 2, 0, null),
        new Fault(Fault.Kind.AGENT_KILLED, atNs + 15 * Plan.SECOND, 0, 60 * Plan.SECOND, 0, null));
  }

  @Override
  void comes(SimHost host, Link link, long epoch, byte type, byte[] payload) {
    if (type != StreamMessages.ACK) {
      return;
    }
    try {
      Ack ack = Ack.decode(ByteBuffer.wrap(payload));
      if (!ack.generation().equals(generation[host.side])) {
        generation[host.side] = ack.generation();
        acknowledged[host.side] = 0;
      }
      acknowledged[host.side] = Math.max(acknowledged[host.side], ack.received());
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  byte[] sends(SimHost host, Link.Lane lane, byte type, byte[] payload) {
    if (type != StreamMessages.OPERATION) {
      return payload;
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(payload);
      Object of = StreamMessages.getGeneration(in);
      long sequence = in.getLong();
      in.position(StreamMessages.OPERATION_HEADER_BYTES);
      Operation operation = OperationCodec.decode(in);
      boolean again = of.equals(generation[host.side]) && sequence <= acknowledged[host.side];
      return again && operation instanceof Operation.Write w ? hollow(payload, w) : payload;
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hollow(byte[] payload, Operation.Write write) {
    Operation nothing = new Operation.Identify(write.id(), write.path(), write.timeNs());
    ByteBuffer out =
        ByteBuffer.allocate(
            StreamMessages.OPERATION_HEADER_BYTES + OperationCodec.maxBytes(nothing));
    out.put(payload, 0, StreamMessages.OPERATION_HEADER_BYTES);
    OperationCodec.encode(nothing, out);
    return Arrays.copyOf(out.array(), out.position());
  }
}
