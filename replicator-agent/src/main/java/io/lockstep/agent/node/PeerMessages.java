package io.lockstep.agent.node;

import io.lockstep.failover.role.PeerMessage;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.StreamMessages;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Role machines' messages as bytes: type u8, generation 16, number i64, text (UTF-8, to the end).
 */
final class PeerMessages {
  private static final int MAX_TEXT_BYTES = 4096;
  private static final int PAUSE = 9;
  private static final int RESUME = 10;

  /** With TakeOver. */
  private static final String FAILS = "the application fails here";

  private PeerMessages() {}

  static ByteBuffer encode(PeerMessage message) {
    if (message instanceof PeerMessage.BecomeOutdated m) {
      return bytes(1, m.generation(), 0, "");
    } else if (message instanceof PeerMessage.OutdatedConfirmed m) {
      return bytes(2, m.generation(), 0, "");
    } else if (message instanceof PeerMessage.TakeOver m) {
      return bytes(3, m.generation(), m.finalSequence(), m.applicationFails() ? FAILS : "");
    } else if (message instanceof PeerMessage.TakeOverRefused m) {
      return bytes(4, Generation.NONE, 0, m.reason());
    } else if (message instanceof PeerMessage.StopModule m) {
      return bytes(5, Generation.NONE, 0, m.who());
    } else if (message instanceof PeerMessage.StartModule m) {
      return bytes(6, Generation.NONE, 0, m.who());
    } else if (message instanceof PeerMessage.SwitchOver m) {
      return bytes(7, Generation.NONE, 0, m.who());
    } else if (message instanceof PeerMessage.Yield m) {
      return bytes(8, m.keeps(), 0, "");
    } else if (message instanceof PeerMessage.Pause m) {
      return bytes(PAUSE, Generation.NONE, 0, m.who());
    } else if (message instanceof PeerMessage.Resume m) {
      return bytes(RESUME, Generation.NONE, 0, m.who());
    }
    throw new IllegalArgumentException("unknown message " + message);
  }

  private static ByteBuffer bytes(int type, Generation generation, long number, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(utf8.length, MAX_TEXT_BYTES);
    ByteBuffer buffer = ByteBuffer.allocate(25 + length).put((byte) type);
    StreamMessages.putGeneration(buffer, generation);
    return buffer.putLong(number).put(utf8, 0, length).flip();
  }

  static PeerMessage decode(ByteBuffer from) throws MalformedException {
    try {
      int type = from.get();
      Generation generation = StreamMessages.getGeneration(from);
      long number = from.getLong();
      String text = text(from);
      return switch (type) {
        case 1 -> new PeerMessage.BecomeOutdated(generation);
        case 2 -> new PeerMessage.OutdatedConfirmed(generation);
        case 3 -> new PeerMessage.TakeOver(generation, number, text.equals(FAILS));
        case 4 -> new PeerMessage.TakeOverRefused(text);
        case 5 -> new PeerMessage.StopModule(text);
        case 6 -> new PeerMessage.StartModule(text);
        case 7 -> new PeerMessage.SwitchOver(text);
        case 8 -> new PeerMessage.Yield(generation);
        case PAUSE -> new PeerMessage.Pause(text);
        case RESUME -> new PeerMessage.Resume(text);
        default -> throw new MalformedException("control message of unknown type " + type);
      };
    } catch (BufferUnderflowException e) {
      throw new MalformedException("control message cut short");
    }
  }

  private static String text(ByteBuffer from) throws MalformedException {
    if (from.remaining() > MAX_TEXT_BYTES) {
      throw new MalformedException("control message with " + from.remaining() + " bytes of text");
    }
    byte[] utf8 = new byte[from.remaining()];
    from.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
